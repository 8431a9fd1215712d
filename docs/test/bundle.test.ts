import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { script } from './repository.ts';

const { bundlePackage } = await script<{
  readonly bundlePackage: (home: string) => Promise<void>;
}>('bundle.mjs');
let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'bundle-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const give = (files: Readonly<Record<string, string>>): void => {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, file)), { recursive: true });
    writeFileSync(join(home, file), text);
  }
};
const entry = (stem: string) => ({ '@lws-ts/source': `./src/${stem}.ts` });
const built = (file: string): string => readFileSync(join(home, 'dist', file), 'utf8');
const scripts = (): readonly string[] =>
  (readdirSync(join(home, 'dist'), { recursive: true }) as string[])
    .filter((name) => name.endsWith('.js'))
    .sort();

test('each entry is one file of plain code, beside what entries share', async () => {
  give({
    'package.json': JSON.stringify({
      exports: {
        '.': entry('index'),
        './part': entry('part/index'),
        './asset.js': './assets/asset.js',
        './package.json': './package.json',
      },
      bin: { program: './dist/main.js' },
    }),
    'src/index.ts':
      "export { Thing } from './thing.ts';\nexport type { Shape } from './shape.ts';\nexport { only } from './only.ts';",
    'src/only.ts':
      "import { join } from 'node:path';\nimport { outside } from '@lws-ts/other';\nexport const only = (): string => join(outside, 'x');",
    'src/shape.ts': 'export interface Shape { readonly a: number }',
    'src/thing.ts':
      '/** What it is. */\nexport class Thing {\n  // why\n  boom(): never {\n    throw new Error("b…💥m");\n  }\n}',
    'src/part/index.ts': "export { Thing } from '../thing.ts';",
    'src/main.ts': "#!/usr/bin/env node\nimport { Thing } from './thing.ts';\nnew Thing().boom();",
    'dist/old.js': '',
    'dist/old.js.map': '',
    'dist/index.d.ts': 'export {};',
  });
  await bundlePackage(home);
  expect(scripts()).toEqual(['index.js', 'main.js', 'part/index.js', 'shared-thing.js']);
  expect(readdirSync(join(home, 'dist'))).toContain('index.d.ts');
  expect(built('index.js')).toContain('from"node:path"');
  expect(built('index.js')).toContain('from"@lws-ts/other"');
  expect(built('main.js')).toMatch(/^#!\/usr\/bin\/env node\n/);
  expect(built('shared-thing.js')).not.toMatch(/What it is|why|[^\0-\xff]/);
  expect(built('shared-thing.js')).toContain('//# sourceMappingURL=shared-thing.js.map');
  const map = JSON.parse(built('shared-thing.js.map')) as Record<string, unknown>;
  expect([map['sources'], map['sourcesContent'] ?? []]).toEqual([['../src/thing.ts'], []]);
  const { Thing } = (await import(join(home, 'dist/part/index.js'))) as {
    readonly Thing: new () => { boom(): never };
  };
  expect(Thing.name).toBe('Thing');
  expect(() => new Thing().boom()).toThrow('b…💥m');
});

test('an import of a file that is not there stops the build, and leaves dist as it is', async () => {
  give({
    'package.json': JSON.stringify({ exports: { '.': entry('index') } }),
    'src/index.ts': "export { missing } from './missing.ts';",
    'dist/index.js': 'before',
  });
  await expect(bundlePackage(home)).rejects.toThrow('missing');
  expect(built('index.js')).toBe('before');
});

test('what a file finds by its own place it finds from the bundle too', async () => {
  const reading = 'export const place = import.meta.url;';
  give({
    'package.json': JSON.stringify({ exports: { '.': entry('index'), './part': entry('part') } }),
    'src/index.ts': "export { place } from './place.ts';",
    'src/part.ts': "export { place } from './place.ts';",
    'src/place.ts': reading,
    'dist/index.d.ts': '',
  });
  await bundlePackage(home);
  const { place } = (await import(join(home, 'dist/part.js'))) as { readonly place: string };
  expect(new URL('../www', place).pathname).toBe(join(home, 'www'));

  give({
    'src/index.ts': "export { place } from './deep/place.ts';",
    'src/deep/place.ts': reading,
  });
  await expect(bundlePackage(home)).rejects.toThrow('only files directly in src');
});
