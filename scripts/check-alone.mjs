// Installs each published package alone: its tarball and those of what it declares, nothing else, by npm
// into an empty folder. There every export must import, the README's first example and each program's
// --help must run, and npm must list exactly the third-party packages that are declared and that the
// floor table allows. `node scripts/check-alone.mjs [NAME ...]`, after a build.
import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pack } from './check-pack.mjs';
import { floorTable } from './floor-table.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);
const npmFlags = [
  '--prefer-offline',
  '--no-audit',
  '--no-fund',
  '--ignore-scripts',
  '--loglevel=error',
];
const atOnce = 2;

const packages = new Map(
  ['packages', 'apps']
    .flatMap((area) => readdirSync(join(root, area)).map((folder) => join(root, area, folder)))
    .filter((home) => existsSync(join(home, 'package.json')))
    .map((home) => ({
      home,
      manifest: JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')),
    }))
    .filter(({ manifest }) => manifest.private !== true)
    .map((one) => [one.manifest.name, one]),
);

/** `name` and all it declares of this repository: dependencies, and optional peers. */
function closure(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  const { dependencies, peerDependencies } = packages.get(name).manifest;
  for (const dependency of Object.keys({ ...dependencies, ...peerDependencies }))
    if (packages.has(dependency)) closure(dependency, found);
  return found;
}

async function checkAlone(name, work) {
  const folder = join(work, name.replace('/', '-'));
  mkdirSync(folder);
  const ours = [...closure(name)];
  const manifest = {
    private: true,
    type: 'module',
    dependencies: Object.fromEntries(ours.map((one) => [one, `file:${packages.get(one).tarball}`])),
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  await run('npm', ['install', ...npmFlags], { cwd: folder });
  await checkTree(ours, folder);
  const subpaths = await checkExports(name, folder);
  const readme = join(folder, 'node_modules', name, 'README.md');
  await run(process.execPath, [join(root, 'scripts/run-readme.mjs'), readme, folder], {
    cwd: folder,
  });
  const programs = Object.keys(packages.get(name).manifest.bin ?? {});
  for (const program of programs)
    await run(join(folder, 'node_modules/.bin', program), ['--help'], { cwd: folder });
  const counts = `${subpaths} exports, its example, ${programs.length} programs, ${ours.length} of ours`;
  console.log(`stands alone: ${name} (${counts})`);
}

/** What npm installed directly below our packages is what they declare and what their rows allow. */
async function checkTree(ours, folder) {
  const { stdout } = await run('npm', ['ls', '--all', '--json'], { cwd: folder });
  const found = new Set();
  const visit = (node, parent) => {
    for (const [name, child] of Object.entries(node.dependencies ?? {})) {
      // an optional peer that is not installed is listed too, as an empty object
      if ((child.missing && child.optional) || child.version === undefined) continue;
      if (packages.has(name)) visit(child, name);
      else if (parent !== undefined) found.add(`${parent} -> ${name}`);
    }
  };
  visit(JSON.parse(stdout), undefined);
  const declared = new Set();
  const allowed = new Set();
  for (const one of ours) {
    for (const name of Object.keys(packages.get(one).manifest.dependencies ?? {}))
      if (!packages.has(name)) declared.add(`${one} -> ${name}`);
    for (const name of floorTable[one].outside ?? []) allowed.add(`${one} -> ${name}`);
  }
  for (const edge of found)
    if (!declared.has(edge) || !allowed.has(edge)) throw new Error(`npm installed ${edge}`);
  for (const edge of declared) if (!found.has(edge)) throw new Error(`npm did not install ${edge}`);
  const top = readdirSync(join(folder, 'node_modules'));
  if (
    declared.size === 0 &&
    top.some((name) => !name.startsWith('.') && !/^(?:@lws-ts|lws-ts)$/.test(name))
  )
    throw new Error(`npm installed more than ours: ${top.join(', ')}`);
}

async function checkExports(name, folder) {
  const home = join(folder, 'node_modules', name);
  const { exports } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  const subpaths = Object.keys(exports);
  const lines = subpaths.map((subpath) => {
    const specifier = JSON.stringify(name + subpath.slice(1));
    const data = typeof exports[subpath] === 'string';
    return data
      ? `readFileSync(fileURLToPath(import.meta.resolve(${specifier})));`
      : `if (Object.keys(await import(${specifier})).length === 0) throw new Error(${specifier} + ' exports nothing');`;
  });
  const head =
    "import { readFileSync } from 'node:fs';\nimport { fileURLToPath } from 'node:url';\n";
  writeFileSync(join(folder, 'exports.mjs'), head + lines.join('\n'));
  await run(process.execPath, ['exports.mjs'], { cwd: folder });
  return subpaths.length;
}

const wanted = process.argv.length > 2 ? process.argv.slice(2) : [...packages.keys()];
const work = mkdtempSync(join(tmpdir(), 'alone-'));
const failed = [];
try {
  const needed = new Set(wanted.flatMap((name) => [...closure(name)]));
  for (const name of needed) {
    const one = packages.get(name);
    one.tarball = pack(one.home, work);
  }
  const queue = [...wanted];
  const worker = async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift())
      await checkAlone(name, work).catch((error) => {
        failed.push(name);
        console.error(`does not stand alone: ${name}\n${error.stderr || error.message}`);
      });
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
} finally {
  rmSync(work, { recursive: true, force: true });
}
if (failed.length > 0) process.exit(1);
