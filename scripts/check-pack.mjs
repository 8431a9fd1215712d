// Packs the package in the current folder as pnpm would publish it, then holds the tarball against
// publint, attw and what every tarball of this repository has. Run by turbo for each package.
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const bin = fileURLToPath(new URL('../node_modules/.bin', import.meta.url));
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`, NO_COLOR: '1' };
const run = promisify(execFile);

/** Deletes what a renamed source left in `dist`: its declarations. The bundle of a build leaves no other JavaScript. */
export function pruneDist(home) {
  const dist = join(home, 'dist');
  if (!existsSync(dist)) return [];
  const stale = [];
  for (const name of readdirSync(dist, { recursive: true })) {
    const file = join(dist, name);
    if (!existsSync(file) || statSync(file).isDirectory()) continue;
    const stem = name.replace(/\.d\.ts(?:\.map)?$/, '');
    if (stem !== name && !existsSync(join(home, 'src', `${stem}.ts`))) stale.push(file);
  }
  for (const file of stale) rmSync(file);
  return stale;
}

/** The tarball of the package at `home`, put into the folder `into`. */
export function pack(home, into) {
  pruneDist(home);
  const out = execFileSync('pnpm', ['pack', '--pack-destination', into, '--json'], {
    cwd: home,
    env,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  return JSON.parse(out).filename;
}

/** What a tarball must and must not hold, as a list of complaints. */
function complaints(tarball) {
  const tar = (...args) => execFileSync('tar', args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  const files = tar('-tzf', tarball).trim().split('\n');
  const manifest = tar('-xzOf', tarball, 'package/package.json');
  const said = [];
  for (const wanted of ['README.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts', 'src/index.ts'])
    if (!files.includes(`package/${wanted}`)) said.push(`${wanted} is missing`);
  for (const file of files)
    if (/\.tsbuildinfo$|^package\/(?:test|node_modules|reports)\/|\.test\./.test(file))
      said.push(`${file} does not belong into it`);
  for (const map of files.filter((file) => file.endsWith('.js.map')))
    for (const source of JSON.parse(tar('-xzOf', tarball, map)).sources)
      if (!files.includes(posix.join(posix.dirname(map), source)))
        said.push(`${map} names ${source}, which is not in it`);
  for (const protocol of ['workspace:', 'catalog:', '@lws-ts/source'])
    if (manifest.includes(protocol)) said.push(`package.json still says ${protocol}`);
  for (const target of targets(JSON.parse(manifest)))
    if (!files.includes(`package/${target.replace(/^\.\//, '')}`))
      said.push(`package.json names ${target}, which is not in it`);
  return said;
}

function targets({ exports, bin: programs }) {
  const ends = (node) => (typeof node === 'string' ? [node] : Object.values(node).flatMap(ends));
  return [...ends(exports), ...(programs === undefined ? [] : ends(programs))];
}

/** Subpaths that are files for a page, not modules with types. */
function assets({ publishConfig }) {
  return Object.entries(publishConfig.exports)
    .filter(([subpath, target]) => typeof target === 'string' && subpath !== './package.json')
    .map(([subpath]) => subpath);
}

async function main(home) {
  const out = mkdtempSync(join(tmpdir(), 'packed-'));
  try {
    const manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
    const tarball = pack(home, out);
    const skip = assets(manifest);
    const excluded = skip.length > 0 ? ['--exclude-entrypoints', ...skip] : [];
    const attw = [tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-emoji', '--quiet'];
    const linted = await Promise.allSettled([
      run('publint', ['run', tarball, '--strict'], { env }),
      run('attw', [...attw, ...excluded], { env }),
    ]);
    const said = complaints(tarball);
    for (const { reason } of linted)
      if (reason !== undefined) said.push(`${reason.stdout}${reason.stderr}`.trim());
    if (said.length > 0) throw new Error(`${manifest.name}:\n${said.join('\n')}`);
    console.log(`packs well: ${manifest.name}`);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await main(process.cwd()).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
