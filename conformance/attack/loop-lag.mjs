/**
 * Preloaded into a server under attack: tells how late its event loop is. `LOOP_LAG_FILE=FILE node --import
 * ./conformance/attack/loop-lag.mjs SERVER …` writes FILE, whose process writes it anew at each SIGUSR2: what came since
 * the one before. Given to the attack runner by `--lag FILE`. A loop that stands still answers when it goes on.
 */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How often it is looked, ms; what is late is counted beyond it. */
const resolution = 5;

const file = process.env.LOOP_LAG_FILE;
if (file === undefined) throw new Error('LOOP_LAG_FILE names the file for the lag of the loop');
const histogram = monitorEventLoopDelay({ resolution });
const late = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - resolution);

function write() {
  const { count, max } = histogram;
  const lag =
    count === 0
      ? { p50: 0, p99: 0, most: 0 }
      : {
          p50: late(histogram.percentile(50)),
          p99: late(histogram.percentile(99)),
          most: late(max),
        };
  // whole, or as it was
  writeFileSync(`${file}.new`, JSON.stringify({ pid: process.pid, looks: count, ...lag }));
  renameSync(`${file}.new`, file);
  histogram.reset();
}

histogram.enable();
process.on('SIGUSR2', write);
process.once('exit', () => rmSync(file, { force: true }));
write();
