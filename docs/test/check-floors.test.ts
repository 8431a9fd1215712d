import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { root as repository, script } from './repository.ts';

interface Checked {
  readonly violations: readonly string[];
  readonly seen: Readonly<Record<'packages' | 'files' | 'imports', number>>;
}
const { checkFloors } = await script<{ checkFloors: (root: string) => Checked }>(
  'check-floors.mjs',
);

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'floors-'));
  give(manifest('interface'));
  give(manifest('core', ['@lws-ts/interface']));
  give(manifest('http', ['@lws-ts/core', '@lws-ts/interface']));
  give({ 'packages/interface/src/index.ts': "export { one } from './one.ts';\n" });
  give({ 'packages/interface/src/one.ts': 'export const one = 1;\n' });
  give({ 'packages/core/src/index.ts': "export { two } from './two.ts';\n" });
  give({ 'packages/core/src/two.ts': "export { one as two } from '@lws-ts/interface';\n" });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const give = (files: Readonly<Record<string, string>>): void => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
};

function manifest(
  folder: string,
  dependencies: readonly string[] = [],
  more: Readonly<Record<string, unknown>> = {},
): Record<string, string> {
  const name = folder === 'lws-ts' ? folder : `@lws-ts/${folder}`;
  const versions = Object.fromEntries(dependencies.map((dependency) => [dependency, '1.0.0']));
  const references = dependencies
    .filter((dependency) => dependency.startsWith('@lws-ts/'))
    .map((dependency) => ({ path: `../${dependency.slice('@lws-ts/'.length)}` }));
  const json = { name, dependencies: versions, publishConfig: { access: 'public' }, ...more };
  return {
    [`packages/${folder}/package.json`]: JSON.stringify(json),
    [`packages/${folder}/tsconfig.json`]: JSON.stringify({ references }),
  };
}

const check = (): { ok: boolean; said: string } => {
  const { violations } = checkFloors(root);
  return { ok: violations.length === 0, said: violations.join('\n') };
};

test('this repository keeps its floors', () => {
  expect(checkFloors(repository).violations).toEqual([]);
});

test('a repository that keeps them is counted', () => {
  expect(checkFloors(root)).toEqual({
    violations: [],
    seen: { packages: 3, files: 4, imports: 3 },
  });
});

test('a package that is used alongside may be a peer, and is not imported', () => {
  const peer = { '@lws-ts/vfs': '1.0.0' };
  const meta = { '@lws-ts/vfs': { optional: true } };
  give(manifest('vfs', ['@lws-ts/interface']));
  give(
    manifest('http-mounts', ['@lws-ts/interface'], {
      peerDependencies: peer,
      peerDependenciesMeta: meta,
    }),
  );
  expect(check()).toEqual({ ok: true, said: '' });
  give({ 'packages/http-mounts/src/index.ts': "export { x } from '@lws-ts/vfs';\n" });
  expect(check().said).toContain('@lws-ts/http-mounts may not import @lws-ts/vfs');
});

test('the script says what is wrong and fails', () => {
  const run = (): { status: number | null; said: string } => {
    const command = [join(repository, 'scripts/check-floors.mjs'), root];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
    return { status, said: stdout + stderr };
  };
  expect(run()).toEqual({ status: 0, said: 'floors: ok, 3 packages, 4 files, 3 imports\n' });
  give({ 'packages/core/src/two.ts': "import './three.ts';\n" });
  expect(run()).toEqual({
    status: 1,
    said: 'packages/core/src/two.ts:1: ./three.ts does not exist\nfloors: 1 violations\n',
  });
});

describe('an import that is refused', () => {
  test.each<[string, string, string, string]>([
    [
      'upwards',
      'core',
      "import { x } from '@lws-ts/http';",
      '@lws-ts/core may not import @lws-ts/http (floor 2 to floor 3)',
    ],
    [
      'upwards, a type',
      'core',
      "import type { X } from '@lws-ts/ws';",
      '@lws-ts/core may not import @lws-ts/ws',
    ],
    [
      'upwards, a type inline',
      'core',
      "type X = import('@lws-ts/ws').X;",
      '@lws-ts/core may not import @lws-ts/ws',
    ],
    ['upwards, a subpath', 'core', "export * from '@lws-ts/http/framing';", 'may not import'],
    ['upwards, dynamic', 'core', "const x = await import('@lws-ts/http');", 'may not import'],
    ['upwards, for its effects', 'core', "import '@lws-ts/http';", 'may not import'],
    ['upwards, required', 'core', 'const x = require("@lws-ts/http");', 'may not import'],
    [
      'upwards, over several lines',
      'core',
      "import {\n  a, // from 'nowhere'\n  b,\n} from '@lws-ts/http';",
      'two.ts:4: @lws-ts/core may not import @lws-ts/http',
    ],
    [
      'behind a regular expression with quotes',
      'core',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a source that has one
      "const q = /[`'\"]/; const z = `${`a`}`;\nimport { x } from '@lws-ts/http';",
      'may not import',
    ],
    [
      'sideways',
      'http',
      "import { x } from '@lws-ts/raw';",
      '@lws-ts/http may not import @lws-ts/raw (floor 3 to floor 3)',
    ],
    [
      'downwards to what it must not know',
      'http',
      "import { x } from '@lws-ts/vfs';",
      '@lws-ts/http may not import @lws-ts/vfs',
    ],
    [
      'from what is never published',
      'core',
      "import { x } from '@lws-ts/test-kit';",
      '@lws-ts/test-kit is not published',
    ],
    ['from the bench', 'core', "import { x } from '@lws-ts/bench';", 'is not published'],
    ['from e2e', 'core', "import { x } from '@lws-ts/e2e';", 'is not published'],
    ['from conformance', 'core', "import { x } from '@lws-ts/conformance';", 'is not published'],
    [
      'of itself by name',
      'core',
      "import { x } from '@lws-ts/core';",
      'imports its neighbours by path',
    ],
    [
      'of an outside package nobody declared',
      'core',
      "import { WebSocket } from 'ws';",
      'ws is not among the dependencies of @lws-ts/core',
    ],
    ['of node:http', 'core', "import { get } from 'node:http';", 'is never used in the product'],
    ['of a builtin without node:', 'core', "import { get } from 'http';", 'write node:http'],
    ['of a socket above core', 'http', "import net from 'node:net';", 'only a Transport touches'],
    ['of streams above core', 'http', "import { pipeline } from 'node:stream/promises';", 'only a'],
    [
      'that leaves the package',
      'core',
      "import { x } from '../../http/src/index.ts';",
      'leaves the package',
    ],
    ['of a file that is not there', 'core', "import { x } from './three.ts';", 'does not exist'],
    ['made at run time', 'core', 'const x = await import(name);', 'made at run time'],
  ])('%s', (_name, folder, source, says) => {
    give({ [`packages/${folder}/src/two.ts`]: `${source}\n` });
    const { ok, said } = check();
    expect(said).toContain(says);
    expect(ok).toBe(false);
  });
});

describe('what only looks like an import', () => {
  test.each<[string, string]>([
    ['in a line comment', "// import { x } from '@lws-ts/http';"],
    ['in a block comment', "/**\n * import { x } from '@lws-ts/http';\n */"],
    ['in a string', 'export const x = "import y from \'@lws-ts/http\'";'],
    ['in a template', "export const x = `\nimport y from '@lws-ts/http';\n`;"],
    ['a member of that name', "export const x = (wsi: Y) => wsi.import('@lws-ts/http');"],
  ])('%s', (_name, source) => {
    give({ 'packages/core/src/two.ts': `${source}\n` });
    expect(check()).toMatchObject({ ok: true });
  });
});

describe('a circle of files', () => {
  test.each<[string, string, string]>([
    ['of values', "import { b } from './b.ts';", "import { a } from './a.ts';"],
    ['of types', "import type { B } from './b.ts';", "import type { A } from './a.ts';"],
    ['through an index', "import { b } from './b.ts';", "export { a } from './index.ts';"],
  ])('%s', (_name, a, b) => {
    give({ 'packages/core/src/index.ts': "export { a } from './a.ts';\n" });
    give({ 'packages/core/src/a.ts': `${a}\n`, 'packages/core/src/b.ts': `${b}\n` });
    const { ok, said } = check();
    expect(said).toContain('circle: packages/core/src/');
    expect(ok).toBe(false);
  });

  test('of one file', () => {
    give({ 'packages/core/src/two.ts': "import { two } from './two.ts';\n" });
    expect(check().said).toContain('circle: packages/core/src/two.ts -> packages/core/src/two.ts');
  });
});

describe('a manifest that is refused', () => {
  test.each<[string, Record<string, string>, string]>([
    [
      'a dependency upwards',
      manifest('core', ['@lws-ts/interface', '@lws-ts/http']),
      '@lws-ts/core dependencies: @lws-ts/http is not what it may use',
    ],
    [
      'an outside dependency that is not in its column',
      manifest('core', ['@lws-ts/interface', 'ws']),
      'ws is not in its third-party column (none)',
    ],
    [
      'an outside dependency of another package',
      manifest('http', ['@lws-ts/core', '@lws-ts/interface', 'mrmime']),
      'mrmime is not in its third-party column',
    ],
    [
      'a peer that is not optional',
      manifest('tls', [], { peerDependencies: { 'node-forge': '1' } }),
      'peer node-forge is not marked optional',
    ],
    [
      'a peer that should be a dependency',
      manifest('vfs', [], {
        peerDependencies: { yauzl: '1' },
        peerDependenciesMeta: { yauzl: { optional: true } },
      }),
      'peerDependencies: yauzl is not in its third-party column',
    ],
    ['a package without a floor', manifest('attic'), '@lws-ts/attic has no row'],
    [
      'a published test-kit',
      manifest('test-kit'),
      '@lws-ts/test-kit has no row in scripts/floor-table.mjs (published: true)',
    ],
    [
      'a project reference that is missing',
      { 'packages/core/tsconfig.json': '{}' },
      '@lws-ts/core does not reference ../interface',
    ],
    [
      'a project reference too many',
      { 'packages/interface/tsconfig.json': '{"references":[{"path":"../core"}]}' },
      '@lws-ts/interface references ../core, which it does not depend on',
    ],
  ])('%s', (_name, files, says) => {
    give(files);
    const { ok, said } = check();
    expect(said).toContain(says);
    expect(ok).toBe(false);
  });
});

describe('rules on the text', () => {
  test.each<[string, string, string]>([
    ['the word in a string', 'http', "export const token = 'websocket';"],
    ['the word in a comment', 'http', '// a WebSocket role may take it'],
  ])('http does not know WebSocket: %s', (_name, folder, source) => {
    give({ [`packages/${folder}/src/two.ts`]: `${source}\n` });
    expect(check().said).toContain('http does not know WebSocket');
  });

  test('an index is only exports', () => {
    give({
      'packages/core/src/index.ts': "export { two } from './two.ts';\nexport const x = 1;\n",
    });
    expect(check().said).toContain('an index.ts is only exports, not export const x = 1;');
  });
});

test('a private getter or setter is refused, a private method and a word in a comment are not', () => {
  give({
    'packages/core/src/two.ts':
      'export class A {\n  #b() {}\n  // get #c\n  get d() { return 1; }\n}\n',
  });
  expect(check().ok).toBe(true);
  give({ 'packages/core/src/two.ts': 'export class A {\n  get #b() { return 1; }\n}\n' });
  expect(check().said).toContain('packages/core/src/two.ts:2: a private getter or setter');
});

describe('timers', () => {
  test.each<[string, string]>([
    ['a call', 'setTimeout(() => {}, 5);'],
    ['a call of setInterval', 'const t = setInterval(tick, 5);'],
    ['a reference', 'const wake = setTimeout;'],
    ['through globalThis', 'globalThis.setTimeout(tick, 5);'],
    ['in a ternary', 'const x = on\n  ? setTimeout(tick, 5)\n  : undefined;'],
    ['from node:timers', "import { setTimeout as wait } from 'node:timers/promises';"],
  ])('%s outside core is refused', (_name, source) => {
    give({ 'packages/http/src/two.ts': `${source}\n` });
    expect(check().said).toContain('setTimeout and setInterval stand in one file of core');
  });

  test.each<[string, string]>([
    ['a method call', 'host.setTimeout(reason, 5);'],
    ['an optional call', 'host?.setTimeout(reason, 5);'],
    ['a private method', 'class A { go() { this.#setTimeout(5); } #setTimeout(x: number) {} }'],
    ['a method', 'class A {\n  setTimeout(reason: string, f: () => void): void {\n  }\n}'],
    ['a signature', 'interface A {\n  setTimeout(reason: string): void;\n}'],
    ['a comment', '// setTimeout(now)'],
  ])('%s is something else', (_name, source) => {
    give({ 'packages/http/src/two.ts': `${source}\n` });
    expect(check()).toMatchObject({ ok: true });
  });

  test('core has them in one file', () => {
    give({ 'packages/core/src/a.ts': 'setTimeout(() => {}, 5);\n' });
    expect(check()).toMatchObject({ ok: true });
    give({ 'packages/core/src/b.ts': 'clearTimeout(setTimeout(() => {}, 5));\n' });
    const { ok, said } = check();
    expect(ok).toBe(false);
    expect(said).toContain('stand in more than one file');
  });
});
