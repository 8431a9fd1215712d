/**
 * Peers of WebSocket that never read, and a program that has 100 MB a second for each: what they make the server keep.
 * `npm run --prefix conformance unread -- [--peers N] [--policy NAME] [--megabytes N] [--seconds N] [--json]`.
 *
 * Exits with 0 when the server grew by less than 4 MiB and 60 KiB for each peer, resident, gave back what it
 * pinned when they were gone, and answered another peer all the while; 1 when not; 2 when the command line is wrong.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Attacker } from './attack/attacker.mjs';
import { handshakeOf } from './attack/stages.mjs';
import { loopbackAddress } from './attack/target.mjs';

const policies = ['writeable', 'drop', 'close'];
const baseBytes = 4 * 2 ** 20;
const peerBytes = 60 * 1024;
/** What may still be pinned when all are gone. */
const leftBytes = 2 * 2 ** 20;
const warmMs = 2000;
const lookMs = 200;
const echoMs = 100;
const batch = 50;
const batchMs = 50;

const usage = `Usage: unread [options]

  --peers N      peers that never read (default 1)
  --policy NAME  what the program does with what does not go out: ${policies.join(', ')} (default writeable)
  --megabytes N  what it has for each of them a second (default 100)
  --seconds N    for so long (default 20)
  --json         the outcome as JSON
  --help         print this and end
`;

function wrong(what) {
  process.stderr.write(`unread: ${what}\n`);
  process.exit(2);
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        peers: { type: 'string', default: '1' },
        policy: { type: 'string', default: 'writeable' },
        megabytes: { type: 'string', default: '100' },
        seconds: { type: 'string', default: '20' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return wrong(`${error.message}\n\n${usage}`);
  }
}

const { values } = readOptions();
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}
if (!policies.includes(values.policy)) wrong(`--policy is one of ${policies.join(', ')}`);
const number = (name) => {
  const value = Number(values[name]);
  if (!(value > 0 && value <= 100_000)) wrong(`--${name} ${String(values[name])}: a number`);
  return value;
};
const peers = Math.floor(number('peers'));
const megabytes = number('megabytes');
const seconds = number('seconds');

const child = fork(
  fileURLToPath(new URL('unread/server.mjs', import.meta.url)),
  [values.policy, `${megabytes}`],
  { execArgv: ['--expose-gc'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
);
child.once('exit', (code) => wrong(`the server ended with ${code}`));
const [{ port }] = await once(child, 'message');
const target = { host: '127.0.0.1', port, hostField: 'localhost', path: '/', protocol: 'unread' };

async function look(collect = false) {
  const told = once(child, 'message');
  child.send({ collect });
  return (await told)[0];
}

async function open(how, protocol = 'unread') {
  const one = new Attacker(target, how);
  await one.until(() => one.connected, 5000);
  one.say(handshakeOf({ ...target, protocol }));
  return one;
}

/** Another peer of the server: how long its echoes take, in ms. */
class Other {
  took = [];
  lost = 0;
  #one;
  #timer;
  #over = false;
  async begin() {
    this.#one = await open({}, 'echo');
    await this.#one.until(() => this.#one.heard.includes('\r\n\r\n'), 5000);
    this.#timer = setInterval(() => void this.#ask(), echoMs);
  }
  async #ask() {
    const began = performance.now();
    const before = this.#one.heard.length;
    this.#one.say(Buffer.from('81810000000061', 'hex'));
    const is = await this.#one.until(() => this.#one.heard.length > before, 5000);
    if (is) this.took.push(performance.now() - began);
    else if (!this.#over) this.lost++;
  }
  end() {
    this.#over = true;
    clearInterval(this.#timer);
    this.#one.reset();
    this.took.sort((a, b) => a - b);
    return this.took[Math.floor(this.took.length * 0.99)] ?? Number.NaN;
  }
}

/** What is seen for so long, and how much it was at most. */
async function watch(ms) {
  const most = { rss: 0, kept: 0 };
  for (const until = performance.now() + ms; performance.now() < until; await sleep(lookMs)) {
    const now = await look();
    most.rss = Math.max(most.rss, now.rss);
    most.kept = Math.max(most.kept, now.kept);
  }
  return most;
}

// what is compiled and allocated once, and the program's own garbage, is not the peers'
const warm = await open({});
await sleep(warmMs);
warm.reset();
const other = new Other();
await other.begin();
const { rss: warmRss } = await watch(warmMs);
const before = { ...(await look(true)), rss: warmRss };

const all = [];
for (let at = 0; at < peers; at++) {
  all.push(open({ from: loopbackAddress(Math.floor(at / 20)), reads: false }));
  if (at % batch === batch - 1) await sleep(batchMs);
}
const opened = await Promise.all(all);
let connected = 0;
for (let tries = 0; tries < 25 && connected < peers; tries++) {
  connected = (await look()).peers - 1;
  if (connected < peers) await sleep(lookMs);
}
const most = await watch(seconds * 1000);
const during = await look(true);
for (const one of opened) one.reset();
const p99 = other.end();
for (let tries = 0; tries < 50 && (await look()).peers > 0; tries++) await sleep(lookMs);
await sleep(1000);
const after = await look(true);

const bound = baseBytes + peers * peerBytes;
const mebi = (bytes) => (bytes / 2 ** 20).toFixed(1);
const failures = [];
if (connected < peers && values.policy !== 'close')
  failures.push(`${peers - connected} did not connect`);
if (most.rss - before.rss >= bound)
  failures.push(`grew by ${mebi(most.rss - before.rss)} MiB, not under ${mebi(bound)}`);
if (after.peers > 0) failures.push(`${after.peers} connections are left`);
if (after.kept > 0) failures.push(`${after.kept} bytes of output are left`);
if (after.pinned - before.pinned > leftBytes)
  failures.push(`${mebi(after.pinned - before.pinned)} MiB are still pinned`);
if (other.lost > 0 || other.took.length === 0)
  failures.push(`another peer lost ${other.lost} echoes`);
if (during.offered === before.offered) failures.push('nothing was offered');
const report = {
  peers,
  policy: values.policy,
  megabytes,
  seconds,
  before,
  most,
  during,
  after,
  p99,
  failures,
};
if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
else
  process.stdout.write(
    `${peers} peers that never read, ${values.policy}, ${seconds} s\n` +
      `offered ${((during.offered - before.offered) / 1e6).toFixed(0)} MB, given to kernels ${((during.taken - before.taken) / 1e6).toFixed(0)} MB\n` +
      `resident MiB: before ${mebi(before.rss)}, at most ${mebi(most.rss)} (+${mebi(most.rss - before.rss)}, bound ${mebi(bound)}), after ${mebi(after.rss)}\n` +
      `pinned MiB: before ${mebi(before.pinned)}, with them ${mebi(during.pinned)}, after ${mebi(after.pinned)}\n` +
      `kept output MiB: at most ${mebi(most.kept)}, after ${mebi(after.kept)}\n` +
      `refused: ${JSON.stringify(during.refused)}\n` +
      `echo of another peer: p99 ${p99.toFixed(1)} ms of ${other.took.length}\n` +
      `${failures.length === 0 ? 'pass' : `FAIL: ${failures.join('; ')}`}\n`,
  );
child.removeAllListeners('exit');
child.disconnect();
process.exitCode = failures.length === 0 ? 0 : 1;
