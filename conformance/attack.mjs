/**
 * Attacks a server on loopback and says whether it holds: `npm run --prefix conformance attack -- URL [options]`.
 * Beside each attack a good client asks ten times a second. Exits with 0 when all passed, 1 when one failed, 2 when
 * the command line is wrong.
 */
import { parseArgs } from 'node:util';
import { Attacker } from './attack/attacker.mjs';
import { LoopLag } from './attack/beside.mjs';
import { kinds } from './attack/kinds.mjs';
import { runAlone, runAttack } from './attack/run-attack.mjs';
import { handshakeOf } from './attack/stages.mjs';
import { readTarget } from './attack/target.mjs';

const usage = `Usage: attack URL [options]

  --attackers N    connections of each attack (default 100)
  --kind NAME      only that attack; may be given again: ${kinds.map(({ name }) => name).join(', ')}
  --post PATH      where slow bodies go (default: the path of the URL)
  --protocol NAME  subprotocol of WebSocket to ask for (default: none)
  --per-address N  so many attackers share an address of 127.0.0.0/8 (default 20)
  --scale N        bounds are so many times as long (default 1)
  --seconds N      the good client asks for so long at least, ten times a second (default 3)
  --p99 MS         bound of the good client (default 250)
  --pid N          process of the server, to see its memory and descriptors (Linux)
  --lag FILE       of a server that was started with attack/loop-lag.mjs: how late its event loop is
  --json           the outcome as JSON
  --help           print this and end
`;

function readOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      attackers: { type: 'string', default: '100' },
      kind: { type: 'string', multiple: true, default: [] },
      post: { type: 'string' },
      protocol: { type: 'string' },
      'per-address': { type: 'string', default: '20' },
      scale: { type: 'string', default: '1' },
      seconds: { type: 'string', default: '3' },
      p99: { type: 'string', default: '250' },
      pid: { type: 'string' },
      lag: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    process.exit(0);
  }
  const [url, ...more] = positionals;
  if (url === undefined || more.length > 0) throw new Error('give one URL');
  const target = readTarget(url, values.post, values.protocol);
  const unknown = values.kind.find((name) => kinds.every((kind) => kind.name !== name));
  if (unknown !== undefined) throw new Error(`there is no attack ${unknown}`);
  const number = (name, least) => {
    const value = Number(values[name]);
    if (!(value >= least && value <= 1_000_000))
      throw new Error(`--${name} ${values[name]}: a number`);
    return value;
  };
  new LoopLag(values.lag);
  return {
    url,
    target,
    chosen: kinds.filter(({ name }) => values.kind.length === 0 || values.kind.includes(name)),
    json: values.json,
    settings: {
      attackers: Math.floor(number('attackers', 1)),
      perAddress: Math.floor(number('per-address', 1)),
      scale: number('scale', 0.001),
      leastMs: number('seconds', 0) * 1000,
      p99Ms: number('p99', 1),
      pid: values.pid === undefined ? undefined : Math.floor(number('pid', 1)),
      lag: values.lag,
    },
  };
}

/** Whether there is WebSocket at the URL. */
async function speaksWs(target) {
  const one = new Attacker(target);
  await one.until(() => one.connected, 5000);
  one.say(handshakeOf(target));
  await one.until(() => one.status !== undefined, 5000);
  one.reset();
  return one.status === 101;
}

const secs = (ms) => (ms === undefined ? '-' : (ms / 1000).toFixed(1));
const mebi = (bytes) => (bytes / 2 ** 20).toFixed(0);

function row({ attack, connected, cut, held, cutAfterMs, good, lag, memory, failures }) {
  return [
    attack.padEnd(17),
    String(connected).padStart(8),
    String(cut).padStart(6),
    String(held).padStart(5),
    `${secs(cutAfterMs.median)}/${secs(cutAfterMs.most)}`.padStart(12),
    `${good.failed}/${good.asked}`.padStart(9),
    `${good.p99.toFixed(0)}/${good.worst.toFixed(0)}`.padStart(12),
    (lag === undefined ? '-' : `${lag.p99.toFixed(0)}/${lag.most.toFixed(0)}`).padStart(10),
    (memory === undefined
      ? '-'
      : `${mebi(memory.before.rss)}/${mebi(memory.most.rss)}/${mebi(memory.after.rss)}`
    ).padStart(13),
    failures.length === 0 ? '  pass' : `  FAIL: ${failures.join('; ')}`,
  ].join(' ');
}

const title =
  'attack            connected    cut  held  cut after s  good bad p99/worst ms   late ms       RSS MiB';

let options;
try {
  options = readOptions();
} catch (error) {
  process.stderr.write(`attack: ${error.message}\n\n${usage}`);
  process.exit(2);
}
const { url, target, chosen, settings, json } = options;
const say = (line) => json || process.stdout.write(`${line}\n`);
const outcomes = [];
const notRun = [];
say(title);
const take = (outcome) => {
  outcomes.push(outcome);
  say(row(outcome));
};
take(await runAlone(url, settings));
const ws = chosen.some((kind) => kind.ws) && (await speaksWs(target));
for (const kind of chosen) {
  const missing =
    kind.ws && !ws ? 'no WebSocket is there' : kind.tls && !target.secure ? 'no TLS is there' : '';
  if (missing === '') take(await runAttack(url, target, kind, settings));
  else {
    notRun.push({ attack: kind.name, reason: missing });
    say(`${kind.name.padEnd(17)} not run: ${missing}`);
  }
}
if (json) process.stdout.write(`${JSON.stringify({ settings, outcomes, notRun })}\n`);
process.exitCode = outcomes.every(({ failures }) => failures.length === 0) ? 0 : 1;
