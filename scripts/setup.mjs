// `npm start` and `npm test` on a bare machine, from any Node >= 20.19 and npm:
//   node scripts/setup.mjs                install what the lockfile says, if that is not there yet
//   node scripts/setup.mjs CMD [ARG ...]  ... then run CMD with the repository's own tools first in PATH
// `--` separates several commands, run one after the other until one fails.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'node_modules', '.bin');
const stampFile = join(root, 'node_modules', '.setup-stamp');
const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const pnpm = packageManager.split('+')[0]; // pnpm@12.21.0

const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' };
const pathKey = Object.keys(env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH';
env[pathKey] = bin + delimiter + (env[pathKey] ?? '');

const shell = process.platform === 'win32'; // npx and the .bin files are .cmd there

function stamp() {
  const hash = createHash('sha256').update(`${pnpm} ${process.platform} ${process.arch}`);
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml'])
    hash.update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

function install() {
  const want = stamp();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === want) return;
  const npx = [
    '--yes',
    '--prefer-offline',
    pnpm,
    'install',
    '--frozen-lockfile',
    '--prefer-offline',
  ];
  console.error(`setup: installing dependencies (npx ${pnpm} install --frozen-lockfile)`);
  const { status } = spawnSync('npx', npx, { cwd: root, env, shell, stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(stampFile, want);
}

/** What builds says a word only when it fails, and never on stdout: that is the program's. */
function run(command, args) {
  const quiet = args.includes('--output-logs=errors-only');
  return new Promise((resolve) => {
    const stdio = quiet ? ['inherit', 'pipe', 'pipe'] : 'inherit';
    const child = spawn(command, args, { cwd: root, env, shell, stdio });
    const said = [];
    child.stdout?.on('data', (chunk) => said.push(chunk));
    child.stderr?.on('data', (chunk) => said.push(chunk));
    // a terminal tells the child too, and npm tells this process again: of one Ctrl-C one is handed on
    let told = Number.NEGATIVE_INFINITY;
    const forward = (signal) => {
      if (performance.now() - told < 500) return;
      told = performance.now();
      child.kill(signal);
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, forward);
    // npm hands SIGTERM to its `sh -c` only, which dies without passing it on: follow the parent
    const parent = process.ppid;
    const orphan = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(orphan);
      // npm that goes because of a signal leaves a child that has heard of it
      if (told === Number.NEGATIVE_INFINITY) child.kill('SIGTERM');
    }, 250);
    child.on('error', (error) => {
      console.error(`setup: cannot run ${command}: ${error.message}`);
      resolve(127);
    });
    child.on('close', (code, signal) => {
      if (code !== 0) for (const chunk of said) process.stderr.write(chunk);
      clearInterval(orphan);
      for (const name of signals) process.off(name, forward);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}

install();
const commands = [[]];
for (const arg of process.argv.slice(2)) {
  if (arg === '--') commands.push([]);
  else commands.at(-1).push(arg);
}
for (const [command, ...args] of commands) {
  if (command === undefined) continue;
  const code = await run(command, args);
  if (code !== 0) process.exit(code);
}
