/** The load generators: those in C are compiled when they are first needed; started once for each sample. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { fileURLToPath } from 'node:url';
import { startChild } from './child.mjs';

const loadFolder = fileURLToPath(new URL('../load/', import.meta.url));
const buildFolder = fileURLToPath(new URL('../.build/', import.meta.url));

/** What is measured stands in /proc. Throws {@link Skipped} where there is none. */
export function needLinux() {
  if (platform() !== 'linux') throw new Skipped('not Linux: epoll and /proc are needed');
}

/** This machine cannot run the benchmark, and that is no failure; the message says why. */
export class Skipped extends Error {}

/** The generators in C, and what each is compiled with. */
const compiled = {
  wsload: { source: 'wsload.c', flags: [], needs: undefined },
  httpload: { source: 'httpload.c', flags: [], needs: undefined },
  visitload: { source: 'visitload.c', flags: [], needs: undefined },
  'visitload-tls': {
    source: 'visitload.c',
    flags: ['-DTLS', '-lssl', '-lcrypto'],
    needs: { header: 'openssl/ssl.h', reason: 'no headers of OpenSSL (libssl-dev)' },
  },
};

/** Path of one of them, kept in `bench/.build` until its sources change. Throws {@link Skipped}. */
export function buildGenerator(name) {
  needLinux();
  const { source, flags, needs } = compiled[name];
  const hash = createHash('sha256');
  for (const file of ['common.h', source]) hash.update(readFileSync(loadFolder + file));
  const binary = `${buildFolder}${name}-${arch()}-${hash.digest('hex').slice(0, 16)}`;
  if (existsSync(binary)) return binary;
  if (needs !== undefined && compile(['-E', '-include', needs.header, '/dev/null']) !== 0)
    throw new Skipped(needs.reason);
  mkdirSync(buildFolder, { recursive: true });
  const made = `${binary}.${process.pid}`;
  if (compile(['-O2', '-o', made, loadFolder + source, ...flags], 'inherit') !== 0)
    throw new Error(`cc could not compile ${source}`);
  renameSync(made, binary);
  return binary;
}

/** Its exit status. Throws {@link Skipped} where there is no compiler. */
function compile(args, stdio = 'ignore') {
  const { error, status } = spawnSync('cc', args, { stdio });
  if (error?.code === 'ENOENT') throw new Skipped('no C compiler (cc)');
  if (error !== undefined) throw error;
  return status;
}

/**
 * One run of `wsload`: `{ port, connections, inflight, size, text, verify, warmup, messages }`. Its lines are `ready`,
 * and, when it was told to go on, a JSON object.
 */
export function startGenerator(binary, run, stderr = 'inherit') {
  const args = ['-p', run.port, '-c', run.connections, '-P', run.inflight, '-S', run.size];
  args.push('-W', run.warmup, '-N', run.messages);
  if (run.text) args.push('--text');
  if (run.verify) args.push('--verify');
  return startChild(binary, args.map(String), stderr);
}

/**
 * One run of `httpload`, as {@link startGenerator}: `{ port, connections, inflight, path, size, body, fields, verify, warmup,
 * messages }`. `body`: what it is where it is no file of `servers/http-files.mjs`; `fields`: lines besides Host.
 */
export function startHttpGenerator(binary, run, stderr = 'inherit') {
  const args = ['-p', run.port, '-c', run.connections, '-P', run.inflight, '-S', run.size];
  args.push('-u', run.path, '-W', run.warmup, '-N', run.messages);
  if (run.body !== undefined) args.push('-B', run.body);
  if (run.fields !== undefined) args.push('-F', run.fields.map((line) => `${line}\r\n`).join(''));
  if (run.verify) args.push('--verify');
  return startChild(binary, args.map(String), stderr);
}

/** One run of `visitload`, as {@link startGenerator}: `{ port, connections, tls, warmup, messages }`; all is checked always. */
export function startVisits(binary, run, stderr = 'inherit') {
  const args = ['-p', run.port, '-c', run.connections, '-W', run.warmup, '-N', run.messages];
  if (run.tls) args.push('--tls');
  return startChild(binary, args.map(String), stderr);
}

/** One of the generators of `load/` that are written for Node.js: `{ port: 1, verify: true }` as `--port 1 --verify`. */
export function startNodeLoad(file, settings) {
  const args = Object.entries(settings).flatMap(([name, value]) => {
    if (value === undefined || value === false) return [];
    return value === true ? [`--${name}`] : [`--${name}`, String(value)];
  });
  return startChild(process.execPath, [`${loadFolder}${file}`, ...args]);
}
