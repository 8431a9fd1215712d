/**
 * A good client in a process of its own, so that what it measures is the server and not the attackers' loop: asks for
 * a URL ten times a second, each time on a new connection. Started by `GoodClient` with an IPC channel; says `ready`
 * when it begins and `{ asked, failed, reasons, took }` when it is asked to stop, `took` in ms, sorted.
 */
import { get } from 'node:http';
import { get as getSecure } from 'node:https';

const everyMs = 100;
const patienceMs = 5000;
const url = process.argv[2];
const ask = url.startsWith('https:') ? getSecure : get;

const took = [];
const reasons = new Map();
let failed = 0;
let running = 0;
let stopping = false;

function fail(reason) {
  failed++;
  reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
}

function once() {
  const began = performance.now();
  running++;
  let over = false;
  const end = (reason) => {
    if (over) return;
    over = true;
    running--;
    if (reason === undefined) took.push(performance.now() - began);
    else fail(reason);
    if (stopping && running === 0) report();
  };
  const request = ask(
    url,
    { agent: false, rejectUnauthorized: false, timeout: patienceMs },
    (answer) => {
      answer.on('error', (error) => end(error.code ?? error.message));
      answer.once('end', () => end(answer.statusCode < 400 ? undefined : `${answer.statusCode}`));
      answer.resume();
    },
  );
  request.on('timeout', () => request.destroy(new Error(`nothing came for ${patienceMs} ms`)));
  request.on('error', (error) => end(error.code ?? error.message));
}

function report() {
  took.sort((a, b) => a - b);
  process.send({ asked: took.length + failed, failed, reasons: [...reasons], took });
  process.disconnect();
}

const timer = setInterval(once, everyMs);
process.send('ready');
process.once('message', () => {
  clearInterval(timer);
  stopping = true;
  if (running === 0) report();
});
process.once('disconnect', () => process.exit());
