/** A server of cgi mounts in a process of its own, so that its descriptors and children can be counted from outside. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { missing } from '../missing.ts';

const built = fileURLToPath(new URL('../../../packages/lws-ts/dist/index.js', import.meta.url));

/** Why there can be none here; undefined when there can. */
export function cgiMissing(): string | undefined {
  if (!existsSync('/proc/self/stat')) return missing('no /proc');
  if (!existsSync('/bin/bash')) return missing('no bash');
  return existsSync(built) ? undefined : missing('lws-ts is not built: npm run build');
}

const program = `
import { createContext, setLogLevel } from ${JSON.stringify(built)};
const logged = [];
setLogLevel(7, (_level, line) => void logged.push(line));
const context = await createContext({
  vhosts: [{ port: 0, interface: '127.0.0.1', mounts: JSON.parse(process.argv[1]) }],
});
const report = () => console.log(JSON.stringify({
  port: context.vhosts[0].port,
  refused: Object.fromEntries(context.counters.refused),
  logged: logged.splice(0),
}));
report();
process.stdin.setEncoding('utf8').on('data', (line) => {
  if (line.includes('exit')) process.exit(3);
  if (line.includes('throw')) setImmediate(() => { throw new Error('of the program'); });
  else report();
});
process.stdin.once('end', () => void context.close({ deadlineSecs: 0 }));
`;

/** What the tests were started with, and what is not closed on exec, is none of the server's: scripts would have it too. */
const closing =
  'for fd in $(ls /proc/self/fd); do [ "$fd" -gt 2 ] && eval "exec $fd>&-"; done; exec "$0" "$@"';

export interface CgiReport {
  readonly port: number;
  readonly refused: Readonly<Record<string, number>>;
  /** Lines of the log since the last report. */
  readonly logged: readonly string[];
}

export class CgiServer {
  readonly child: ChildProcess;
  readonly #lines: Interface;
  port = 0;

  private constructor(mounts: readonly object[], limit: number | undefined) {
    const args = ['--input-type=module', '--eval', program, JSON.stringify(mounts)];

    const limited = limit === undefined ? '' : `ulimit -n ${limit}; `;
    this.child = spawn('bash', ['-c', limited + closing, process.execPath, ...args], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.#lines = createInterface({ input: this.child.stdout as NodeJS.ReadableStream });
  }

  /** @param limit descriptors that the process may have; default: those of this one */
  static async start(mounts: readonly object[], limit?: number): Promise<CgiServer> {
    const server = new CgiServer(mounts, limit);
    server.port = (await server.#next()).port;
    return server;
  }

  get pid(): number {
    return this.child.pid as number;
  }

  get descriptors(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  report(): Promise<CgiReport> {
    const next = this.#next();
    this.tell('report');
    return next;
  }

  tell(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.stdin?.end();
    const patience = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
    await once(this.child, 'exit');
    clearTimeout(patience);
  }

  async #next(): Promise<CgiReport> {
    const [line] = (await once(this.#lines, 'line')) as [string];
    return JSON.parse(line) as CgiReport;
  }
}

export interface ProcessState {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly zombie: boolean;
}

/** All processes of the machine, as of now. */
export function processes(): readonly ProcessState[] {
  const all: ProcessState[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      const [state, parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const pid = Number(name);
      all.push({ pid, parent: Number(parent), group: Number(group), zombie: state === 'Z' });
    } catch {
      // it ended while it was looked at
    }
  }
  return all;
}

/** Whether a process group has anybody in it who is not dead. */
export function groupLives(group: number): boolean {
  return processes().some((one) => one.group === group && !one.zombie);
}

/** How many processes have `word` in their environment: wherever they went, their parents were given it. */
export function processesWith(word: string): number {
  return processes().filter(({ pid }) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(word);
    } catch {
      return false;
    }
  }).length;
}
