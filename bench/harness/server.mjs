/** The servers under test, each in its own process of the Node that runs the harness. */
import { fileURLToPath } from 'node:url';
import { startChild } from './child.mjs';

const folder = fileURLToPath(new URL('../servers/', import.meta.url));
const profileFolder = fileURLToPath(new URL('../reports/', import.meta.url));

/**
 * Starts one of `servers/`; it listens when this resolves. `args` are for it, `flags` for Node.js, and `profile`
 * names the CPU profile it leaves at its end. `ask(line)` sends a line of `servers/announce.mjs` and gives the answer.
 */
export async function startServer(file, { args = [], flags = [], profile } = {}) {
  const profiling =
    profile === undefined
      ? []
      : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`, `--cpu-prof-name=${profile}.cpuprofile`];
  const child = startChild(process.execPath, [...flags, ...profiling, `${folder}${file}`, ...args]);
  try {
    const { port, pid } = JSON.parse(await child.nextLine());
    return {
      pid,
      port,
      stop: () => child.stop(),
      async ask(line) {
        child.writeLine(line);
        return JSON.parse(await child.nextLine());
      },
    };
  } catch (error) {
    await child.stop();
    throw error;
  }
}
