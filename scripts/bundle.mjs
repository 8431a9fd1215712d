// Writes the JavaScript of the package in the current folder: one file for each entry that its package.json names,
// without comments, blanks and the names of what is local to a function, beside the declarations that tsc has written: V8
// keeps the text of each file. Run by `turbo run build` for each package.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { lateParts } from './late-parts.mjs';
import { shortLines } from './short-lines.mjs';

/** The source files that a package's exports and programs begin with, by the name of their output. */
function entriesOf({ exports, bin = {} }) {
  const sources = Object.values(exports)
    .map((target) => target['@lws-ts/source'])
    .filter((source) => source !== undefined);
  for (const program of Object.values(bin))
    sources.push(program.replace('./dist/', './src/').replace(/\.js$/, '.ts'));
  return Object.fromEntries(
    sources.map((source) => [source.slice('./src/'.length, -'.ts'.length), source]),
  );
}

/** Deletes the JavaScript of an earlier build, so that none of it is published; declarations are tsc's. */
function clean(dist) {
  for (const name of readdirSync(dist, { recursive: true }))
    if (/\.js(?:\.map)?$/.test(name)) rmSync(join(dist, name));
}

/** What a file finds by its own place would be looked for elsewhere when the bundle has another depth. */
function judgePlace(_code, id) {
  if (isAbsolute(id) && basename(dirname(id)) !== 'src')
    throw new Error(`${id} uses import.meta, which only files directly in src may`);
}

/** V8 keeps the text of a file in memory, with two bytes for each character when one of them is no Latin-1. */
function oneByte(code) {
  return code.replace(
    /[^\0-\xff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Bundles the package at `home`, whose `dist` has its declarations already. */
export async function bundlePackage(home) {
  const dist = join(home, 'dist');
  const input = entriesOf(JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')));
  const options = {
    cwd: home,
    input,
    platform: 'node',
    // one copy of each package in a program: only a package's own files go into its bundle
    external: (id) => !id.startsWith('.') && !isAbsolute(id),
    tsconfig: false,
    plugins: [
      {
        name: 'places',
        // a late part was judged file by file
        transform: {
          filter: { code: 'import.meta', id: { exclude: /\?late$/ } },
          handler: judgePlace,
        },
      },
    ],
    transform: { target: 'node20.19' },
    onLog(level, log) {
      if (level === 'warn') throw new Error(log.message);
    },
  };
  const late = await lateParts(options);
  const bundle = await rolldown({ ...options, plugins: [...options.plugins, late] });
  const { output } = await bundle.generate({
    dir: dist,
    format: 'esm',
    entryFileNames: '[name].js',
    // beside `index.js`, as the source is, for what is found by its place
    chunkFileNames: 'shared-[name].js',
    comments: false,
    // names stay: they are in stack traces, and whoever debugs a program reads them
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
    minifyInternalExports: false,
    sourcemap: true,
    sourcemapExcludeSources: true,
  });
  await bundle.close();
  clean(dist);
  for (const { fileName, code, map } of output) {
    if (code === undefined) continue;
    const file = join(dist, fileName);
    mkdirSync(dirname(file), { recursive: true });
    // one that only names what is elsewhere has no map
    const short = map === null ? { code } : shortLines(code, map.mappings);
    writeFileSync(file, oneByte(short.code));
    if (map !== null)
      writeFileSync(`${file}.map`, JSON.stringify({ ...map, mappings: short.mappings }));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundlePackage(process.cwd());
