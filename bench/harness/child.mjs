/** Child processes that answer in lines and live until their stdin ends: none outlives a harness that was killed. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const stopDeadlineMs = 5000;

/** Starts `command`. What it says on stderr is passed on, unless `stderr` is `ignore`. */
export function startChild(command, args, stderr = 'inherit') {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', stderr] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? code));
  });
  child.stdin.on('error', () => {}); // it is gone: nextLine and stop say how it ended
  return {
    pid: child.pid,

    /** Its next line; throws when it ends instead. */
    async nextLine() {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${[command, ...args].join(' ')} ended with ${await ended}`);
      return value;
    },

    writeLine(line) {
      child.stdin.write(`${line}\n`);
    },

    /** Ends its stdin, waits 5 s for it to end, then kills it. Returns the exit status, or why there is none. */
    async stop() {
      child.stdin.end();
      const deadline = setTimeout(() => child.kill('SIGKILL'), stopDeadlineMs);
      const how = await ended;
      clearTimeout(deadline);
      return how;
    },
  };
}
