/**
 * Opens connections and resets them at every stage, and says whether the server is as it was before:
 * `npm run --prefix conformance soak -- [--connections N] [--at-once N] [--json]`. Exits with 0 when descriptors,
 * handles, deadlines, tables and output are those of before exactly, and the heap within 3 %; 1 when not.
 *
 * The baseline is taken when a tenth of the connections, 2,000 at least, are over. The server runs without V8's optimizing
 * compiler: its code, and V8's lists of what that code depends on, grow for a million connections, and would hide what does not belong there.
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
const leastWarm = 2000;
/** An answer may take so long; the stage is reset then all the same. */
const heardMs = 2000;
/** Slow peers are found by deadlines, unread ones by probes. */
const settleMs = 60_000;
const lines = 10;

function readNumber(values, name) {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value > 0) return value;
  process.stderr.write(`soak: --${name} ${values[name]}: a number above 0\n`);
  process.exit(2);
}

const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '1000000' },
    'at-once': { type: 'string', default: '100' },
    json: { type: 'boolean', default: false },
  },
});
const connections = readNumber(values, 'connections');
const atOnce = readNumber(values, 'at-once');
const say = (line) => values.json || process.stdout.write(`${line}\n`);

const folder = mkdtempSync(join(tmpdir(), 'lws-soak-'));
writeFileSync(join(folder, 'a.txt'), 'alpha');
writeFileSync(join(folder, 'large.txt'), new Uint8Array(4 * 1024 * 1024));
const child = fork(fileURLToPath(new URL('soak/server.mjs', import.meta.url)), [folder], {
  execArgv: ['--expose-gc', '--no-opt'],
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
async function held() {
  const id = ++asked;
  child.send({ id });
  const [answer] = await once(child, 'message');
  return answer;
}

/** When all that is left of the connections is gone. */
async function settled() {
  const late = performance.now() + settleMs;
  let answer = await held();
  while (answer.exact.connections > 0 && performance.now() < late) {
    await sleep(500);
    answer = await held();
  }
  return answer;
}

const warm = Math.min(connections, Math.max(leastWarm, Math.floor(connections / 10)));
const began = performance.now();
await many(0, warm);
const before = await settled();
for (let part = 1; part <= lines; part++) {
  const upTo = (share) => warm + Math.floor(((connections - warm) * share) / lines);
  await many(upTo(part - 1), upTo(part));
  say(`${upTo(part)} connections, ${((performance.now() - began) / 1000).toFixed(0)} s`);
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
if (after.served === before.served && connections > warm) failures.push('nothing was served');

const report = {
  connections,
  warm,
  stages: stages.length,
  seconds,
  before,
  after,
  grown,
  failures,
};
if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
else {
  const mebi = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
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
