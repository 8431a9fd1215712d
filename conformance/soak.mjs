/**
 * Opens connections and resets them at every stage, and says whether the server is as it was before:
 * `npm run --prefix conformance soak -- [--connections N] [--warm-up N] [--at-once N] [--json]`. Exits with 0 when
 * descriptors, handles, deadlines, tables and output are those of before exactly, and the heap within 3 %; 1 when not;
 * 2 when the command line is wrong.
 *
 * Before the baseline all header tables are in use at once, and the connections of the warm-up come in four rounds.
 * Each ends with the look at the heap that there is at the end, and the last of these is the baseline. By then what a
 * server makes once is there, and pools are full. One round would not do: a full collection while no connection is
 * open has V8 throw away the code that knows the shapes of what connections are made of, and what it needs to make
 * that again, lists of dependents above all, grows the first times.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { Attacker } from './attack/attacker.mjs';
import { stagesOf } from './attack/stages.mjs';

const addresses = 16;
const heapPart = 0.03;
/** Of the warm-up; after each the heap is collected and read, as at the end. */
const rounds = 4;
/** `maxHttpHeaderPool` by default, and heads that are begun to have all of them lent. */
const tables = 256;
const lentBy = 320;
/** An answer may take so long; the stage is reset then all the same. */
const heardMs = 2000;
/** Slow peers are found by deadlines, unread ones by probes. */
const settleMs = 60_000;
const lines = 10;

const usage = `Usage: soak [options]

  --connections N  connections that are opened and reset (default 1000000)
  --warm-up N      connections before the baseline (default 400000)
  --at-once N      so many at a time (default 100)
  --json           the outcome as JSON
  --help           print this and end
`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      connections: { type: 'string', default: '1000000' },
      'warm-up': { type: 'string', default: '400000' },
      'at-once': { type: 'string', default: '100' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const number = (name) => {
    const value = Number(values[name]);
    if (Number.isInteger(value) && value > 0) return value;
    throw new Error(`--${name} ${values[name]}: a number above 0`);
  };
  return {
    values,
    connections: number('connections'),
    warmUp: number('warm-up'),
    atOnce: number('at-once'),
  };
}

let options;
try {
  options = readOptions();
} catch (error) {
  process.stderr.write(`soak: ${error.message}\n\n${usage}`);
  process.exit(2);
}
const { values, connections, warmUp, atOnce } = options;
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}
const mebi = (bytes) => `${(bytes / 2 ** 20).toFixed(2)} MiB`;
const say = (line) => values.json || process.stdout.write(`${line}\n`);

const folder = mkdtempSync(join(tmpdir(), 'lws-soak-'));
writeFileSync(join(folder, 'a.txt'), 'alpha');
writeFileSync(join(folder, 'large.txt'), new Uint8Array(4 * 1024 * 1024));
const child = fork(fileURLToPath(new URL('soak/server.mjs', import.meta.url)), [folder], {
  execArgv: ['--expose-gc'],
  stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
});
child.once('exit', (code) => {
  process.stderr.write(`soak: the server ended with ${code}\n`);
  rmSync(folder, { recursive: true });
  process.exit(1);
});
const [{ port }] = await once(child, 'message');
const target = { host: '127.0.0.1', port, secure: false, hostField: 'localhost' };
const stages = stagesOf({
  hostField: 'localhost',
  path: '/a.txt',
  large: '/large.txt',
  post: '/form',
});
const errors = { refused: 0 };

async function one(at) {
  const { said, hears } = stages[at % stages.length];
  const from = `127.0.0.${2 + (at % addresses)}`;
  const reads = at % 7 !== 0;
  const peer = new Attacker(target, { from, reads });
  if (!(await peer.until(() => peer.connected, heardMs))) {
    errors.refused++;
    peer.reset();
    return;
  }
  const [first, ...rest] = said;
  if (first !== undefined) peer.say(first);
  if (hears && reads) await peer.until(() => peer.heard !== '', heardMs);
  for (const bytes of rest) peer.say(bytes);
  if (at % 3 === 0) await sleep(at % 7);
  peer.reset();
}

async function many(from, to) {
  let next = from;
  const worker = async () => {
    while (next < to) await one(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

let asked = 0;
async function held({ heap = false } = {}) {
  const id = ++asked;
  child.send({ id, heap });
  const [answer] = await once(child, 'message');
  return answer;
}

/** When all that is left of the connections is gone. */
async function settled() {
  const late = performance.now() + settleMs;
  while ((await held()).exact.connections > 0 && performance.now() < late) await sleep(500);
  return held({ heap: true });
}

/** Has all header tables of the server in use at once. Says how many were. */
async function lendTables() {
  const begun = Array.from({ length: lentBy }, (_, at) => {
    const peer = new Attacker(target, { from: `127.0.0.${2 + (at % addresses)}` });
    peer.say('GET /a.txt HTTP/1.1\r\nHo');
    return peer;
  });
  const late = performance.now() + heardMs;
  let lent = 0;
  while (lent < tables && performance.now() < late) lent = (await held()).exact.tables;
  for (const peer of begun) peer.reset();
  return lent;
}

const lent = await lendTables();
let before;
for (let round = 1; round <= rounds; round++) {
  const upTo = (share) => Math.floor((warmUp * share) / rounds);
  await many(upTo(round - 1), upTo(round));
  before = await settled();
  say(`warm-up: ${upTo(round)} connections, heap ${mebi(before.heapUsed)}`);
}
const began = performance.now();
for (let part = 1; part <= lines; part++) {
  const upTo = (share) => warmUp + Math.floor((connections * share) / lines);
  await many(upTo(part - 1), upTo(part));
  say(`${upTo(part) - warmUp} connections, ${((performance.now() - began) / 1000).toFixed(0)} s`);
}
const after = await settled();
const seconds = (performance.now() - began) / 1000;

const failures = [];
for (const [name, was] of Object.entries(before.exact))
  if (!isDeepStrictEqual(after.exact[name], was))
    failures.push(`${name}: ${JSON.stringify(after.exact[name])}, not ${JSON.stringify(was)}`);
if (after.exact.connections !== 0) failures.push(`${after.exact.connections} connections are left`);
for (const name of ['unhandled', 'threw'])
  if (after.exact[name] !== 0) failures.push(`${name}: ${after.exact[name]}`);
const grown = after.heapUsed / before.heapUsed - 1;
if (grown > heapPart) failures.push(`the heap grew by ${(grown * 100).toFixed(1)} %`);
if (errors.refused > 0) failures.push(`${errors.refused} connections were not taken`);
if (lent < tables) failures.push(`${lent} header tables were lent at once, not ${tables}`);
if (after.served === before.served) failures.push('nothing was served');

const report = {
  connections,
  warmUp,
  stages: stages.length,
  seconds,
  before,
  after,
  grown,
  failures,
};
if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
else {
  for (const [name, was] of Object.entries(before.exact))
    say(`${name.padEnd(12)} ${JSON.stringify(was)} -> ${JSON.stringify(after.exact[name])}`);
  say(`heap         ${mebi(before.heapUsed)} -> ${mebi(after.heapUsed)}`);
  say(`resident     ${mebi(before.rss)} -> ${mebi(after.rss)}`);
  say(failures.length === 0 ? 'pass' : `FAIL: ${failures.join('; ')}`);
}
child.removeAllListeners('exit');
child.disconnect();
rmSync(folder, { recursive: true });
process.exitCode = failures.length === 0 ? 0 : 1;
