/** The load generator: compiled when it is first needed, started once for each sample. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { fileURLToPath } from 'node:url';
import { startChild } from './child.mjs';

const source = fileURLToPath(new URL('../load/wsload.c', import.meta.url));
const loadFolder = fileURLToPath(new URL('../load/', import.meta.url));
const buildFolder = fileURLToPath(new URL('../.build/', import.meta.url));

/** What is measured stands in /proc. Throws {@link Skipped} where there is none. */
export function needLinux() {
  if (platform() !== 'linux') throw new Skipped('not Linux: epoll and /proc are needed');
}

/** This machine cannot run the benchmark, and that is no failure; the message says why. */
export class Skipped extends Error {}

/** Path of the compiled generator, kept in `bench/.build` until its source changes. Throws {@link Skipped}. */
export function buildGenerator() {
  needLinux();
  const digest = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16);
  const binary = `${buildFolder}wsload-${arch()}-${digest}`;
  if (existsSync(binary)) return binary;
  mkdirSync(buildFolder, { recursive: true });
  const made = `${binary}.${process.pid}`;
  const { error, status } = spawnSync('cc', ['-O2', '-o', made, source], { stdio: 'inherit' });
  if (error?.code === 'ENOENT') throw new Skipped('no C compiler (cc)');
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`cc could not compile ${source}`);
  renameSync(made, binary);
  return binary;
}

/**
 * One run: `{ port, connections, inflight, size, text, verify, warmup, messages }`. Its lines are `ready`,
 * and, when it was told to go on, a JSON object.
 */
export function startGenerator(binary, run, stderr = 'inherit') {
  const args = ['-p', run.port, '-c', run.connections, '-P', run.inflight, '-S', run.size];
  args.push('-W', run.warmup, '-N', run.messages);
  if (run.text) args.push('--text');
  if (run.verify) args.push('--verify');
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
