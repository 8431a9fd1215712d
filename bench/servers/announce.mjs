/**
 * Tells the harness the port, and `pid` where another process than this one does the work; answers its lines, and ends the process when the harness ends its stdin or dies.
 *
 * - `gc` collects garbage (with `--expose-gc`) and gives what is then in use: `process.memoryUsage()`
 * - `watch` forgets the peak of external memory and looks at it from then on
 * - `peak` gives it, `{ external }`, and looks no more
 */
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const watchMs = 5;

export function announce(port, pid = process.pid) {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => void answers[line]().then(tell));
  lines.on('close', () => process.exit(0));
  tell({ port, pid });
}

const answers = {
  async gc() {
    for (let times = 0; times < 3; times++) {
      globalThis.gc();
      await sleep(20); // what is freed by other threads and in later turns
    }
    return process.memoryUsage();
  },
  async watch() {
    peak = 0;
    watching = setInterval(look, watchMs);
    return {};
  },
  async peak() {
    clearInterval(watching);
    look();
    return { external: peak };
  },
};

let peak = 0;
let watching;

function look() {
  peak = Math.max(peak, process.memoryUsage().external);
}

function tell(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
