// Parts of a bundle that are run when they are first used. A file that imports `late-….ts` under one name,
//
//   import * as lateCgi from './late-cgi.ts';
//
// and writes `lateCgi.answerCgi(...)` gets a function around all that only that file needs: until it is called V8 keeps
// the text of it and nothing else. In the source, as tests run it, it is an import as any other.
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { rolldown } from 'rolldown';

const lateImport = /^import \* as (\w+) from '(\.[^']*\/late-[\w-]+)\.ts';$/gm;
const suffix = '?late';

/**
 * The plugin that bundles what `options` of rolldown lead to with its late parts. What more than one part needs, or
 * the rest too, is no part of any.
 */
export async function lateParts(options) {
  const files = new Set();
  const eager = new Set();
  const first = await outputOf({
    ...options,
    external: (id, importer, resolved) => files.has(id) || options.external(id, importer, resolved),
    plugins: [...options.plugins, findLate(files)],
  });
  for (const { moduleIds } of first) for (const id of moduleIds) eager.add(id);
  return plugin(await bundleParts(options, files, eager));
}

/** Leaves late files out, and notes them. */
function findLate(files) {
  return {
    name: 'find-late',
    transform: {
      filter: { code: '/late-' },
      handler(code, id) {
        for (const [, , file] of code.matchAll(lateImport))
          files.add(join(dirname(id), `${file}.ts`));
        return null;
      },
    },
    resolveId: {
      filter: { id: /\/late-[\w-]+\.ts$/ },
      handler(source, importer) {
        const id = join(dirname(importer), source);
        return files.has(id) ? { id, external: true } : null;
      },
    },
  };
}

/** Code and map of each late file, by its path. */
async function bundleParts(options, files, eager) {
  for (;;) {
    const parts = new Map();
    const seen = new Set();
    let shared = false;
    for (const file of files) {
      const [chunk] = await outputOf({
        ...options,
        input: file,
        external: (id, importer, resolved) =>
          (isAbsolute(id) && eager.has(id)) || options.external(id, importer, resolved),
        plugins: [...options.plugins, outside(eager)],
      });
      for (const id of chunk.moduleIds)
        if (seen.has(id)) {
          shared = true;
          eager.add(id);
        } else seen.add(id);
      parts.set(file, wrapped(chunk));
    }
    if (!shared) return parts;
  }
}

/** Leaves out what the rest of the bundle has. */
function outside(eager) {
  return {
    name: 'outside',
    resolveId: {
      filter: { id: /^\./ },
      handler(source, importer) {
        if (importer === undefined) return null;
        const id = join(dirname(importer), source);
        return eager.has(id) ? { id, external: true } : null;
      },
    },
  };
}

async function outputOf(options) {
  const bundle = await rolldown(options);
  const { output } = await bundle.generate({
    format: 'esm',
    comments: false,
    sourcemap: true,
    // a part is loaded from where its source is, not from `dist`
    sourcemapPathTransform: (source, map) => resolve(dirname(map), source),
  });
  await bundle.close();
  return output.filter(({ type }) => type === 'chunk');
}

/** The code of a chunk within a function that gives what it exports; line for line, so that its map stays true. */
function wrapped({ code, map, exports, fileName }) {
  const lines = code.split('\n');
  const names = /^export \{ (.*) \};$/;
  const exporting = lines.findLastIndex((line) => names.test(line));
  if (exporting < 0 || exports.length === 0) throw new Error(`${fileName} exports nothing`);
  const body = lines.findIndex((line) => !/^(?:import |\/\/|$)/.test(line));
  const importing = lines.slice(0, body).findLastIndex((line) => line.startsWith('import '));
  const given = names.exec(lines[exporting])[1].replace(/(\w+) as (\w+)/g, '$2: $1');
  const begin = 'let loaded; export const load = () => (loaded ??= make()); function make() {';
  lines[Math.max(importing, 0)] =
    importing < 0 ? `${begin} ${lines[0]}` : `${lines[importing]} ${begin}`;
  lines[exporting] = `return { ${given} }; }`;
  const kept = lines.filter((line) => !line.startsWith('//# sourceMappingURL'));
  return { code: kept.join('\n'), map, moduleType: 'js' };
}

function plugin(parts) {
  return {
    name: 'late-parts',
    transform: {
      filter: { code: '/late-' },
      handler(code, id) {
        const found = [...code.matchAll(lateImport)];
        if (found.length === 0) return null;
        let changed = code.replace(lateImport, `import { load as $1 } from '$2.ts${suffix}';`);
        for (const [, name] of found) changed = changed.replaceAll(`${name}.`, `(${name}()).`);
        // line for line
        const mappings = `AAAA${';AACA'.repeat(code.split('\n').length - 1)}`;
        return { code: changed, map: { version: 3, sources: [id], names: [], mappings } };
      },
    },
    resolveId: {
      filter: { id: /\.ts\?late$/ },
      handler: (source, importer) => join(dirname(importer), source),
    },
    load: {
      filter: { id: /\.ts\?late$/ },
      handler: (id) => parts.get(id.slice(0, -suffix.length)),
    },
  };
}
