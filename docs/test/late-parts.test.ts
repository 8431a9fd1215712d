/** How a package is bundled whose source imports a file `late-….ts` under one name. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const bundle = fileURLToPath(new URL('../../scripts/bundle.mjs', import.meta.url));

const manifest = {
  type: 'module',
  exports: { '.': { '@lws-ts/source': './src/index.ts' } },
};

/** Files of a package that note when they are run. */
const sources: Readonly<Record<string, string>> = {
  'log.ts': 'export const log: string[] = [];',
  'index.ts': `
import * as lateOne from './late-one.ts';
import * as lateOther from './late-other.ts';
import * as lateDeep from './deep/late-deep.ts';
import { log } from './log.ts';
import { Base } from './base.ts';
export const run = log;
export const base = () => Base;
export const one = (): object => new lateOne.One('given');
export const other = (): object => lateOther.other();
export const fail = (): void => lateOne.fail();
export const failDeep = (): void => lateDeep.fail();`,
  'base.ts': "import { log } from './log.ts';\nlog.push('base');\nexport class Base {}",
  'both.ts': "import { log } from './log.ts';\nlog.push('both');\nexport class Both {}",
  'alone.ts': "import { log } from './log.ts';\nlog.push('alone');\nexport const alone = 1;",
  'one.ts': `
import { basename } from 'node:path';
import { alone } from './alone.ts';
import { Base } from './base.ts';
import { Both } from './both.ts';
export class One extends Base {
  readonly both = new Both();
  readonly name: string;
  constructor(name: string) {
    super();
    this.name = basename(name) + alone;
  }
}
export function fail(): void {
  throw new Error('on purpose');
}`,
  'other.ts': "import { Both } from './both.ts';\nexport const makeOther = (): Both => new Both();",
  'deep/fail.ts': "export function fail(): void {\n  throw new Error('deep');\n}",
  'deep/late-deep.ts': "export { fail } from './fail.ts';",
  'late-one.ts': "export { fail, One } from './one.ts';",
  'late-other.ts': "export { makeOther as other } from './other.ts';",
};

interface Built {
  readonly run: readonly string[];
  readonly base: () => new () => object;
  readonly one: () => { readonly both: object; readonly name: string };
  readonly other: () => object;
  readonly fail: () => void;
}

/** A package of these files, bundled. */
async function built(): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), 'late-parts-'));
  mkdirSync(join(home, 'src/deep'), { recursive: true });
  mkdirSync(join(home, 'dist'));
  writeFileSync(join(home, 'package.json'), JSON.stringify(manifest));
  for (const [name, code] of Object.entries(sources)) writeFileSync(join(home, 'src', name), code);
  await run(process.execPath, [bundle], { cwd: home });
  return join(home, 'dist/index.js');
}

test('a late part is run at its first use, once, and shares what others have too', async () => {
  const file = await built();
  const { base, one, other, run: log } = (await import(pathToFileURL(file).href)) as Built;
  expect(log).not.toContain('alone');
  expect(log).toContain('base');
  const made = one();
  expect(log.filter((name) => name === 'alone')).toEqual(['alone']);
  expect(made).toBeInstanceOf(base());
  expect(made.name).toBe('given1');
  expect(made.constructor.name).toBe('One');
  one();
  expect(log.filter((name) => name === 'alone')).toEqual(['alone']);
  // two late parts have it, so that it is in neither
  expect(log.filter((name) => name === 'both')).toEqual(['both']);
  expect(other().constructor).toBe(made.both.constructor);
});

test.each([
  ['beside the entry', 'fail', 'one.ts'],
  ['in a folder', 'failDeep', 'deep/fail.ts'],
])('stack traces lead to the source of one %s', async (_place, name, source) => {
  const file = await built();
  const program = `import { ${name} as run } from ${JSON.stringify(pathToFileURL(file).href)}; run();`;
  const args = ['--enable-source-maps', '--input-type=module', '--eval', program];
  const { stderr } = await run(process.execPath, args).catch((error: { stderr: string }) => error);
  const line = (sources[source] ?? '').split('\n').findIndex((text) => text.includes('throw')) + 1;
  const place = `${join(file, '../../src', source)}:${line}:`;
  expect(stderr).toMatch(/at (?:Object\.)?fail \(/);
  expect(stderr).toContain(place);
  expect(readFileSync(file, 'utf8')).not.toContain('require(');
});
