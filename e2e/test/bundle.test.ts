/** What is built for publication: its lines are short enough to be shown, and lead back to the source. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { missing } from './missing.ts';

const run = promisify(execFile);
const packages = new URL('../../packages/', import.meta.url);
const built = new URL('lws-ts/dist/index.js', packages);

/** Node.js shows the line that an error was thrown in. */
const longestLine = 2000;

/** A program that gives a wrong option, and what Node.js says of it when it ends by that. */
async function refusedBy(...flags: readonly string[]): Promise<string> {
  const program = `
    import { createContext } from ${JSON.stringify(built.href)};
    await createContext({ port: 'seven' });`;
  const args = [...flags, '--input-type=module', '--eval', program];
  const { stderr } = await run(process.execPath, args).catch((error: { stderr: string }) => error);
  return stderr;
}

test('no line of a built package is long', (task) => {
  if (!existsSync(built)) task.skip(missing('lws-ts is not built: npm run build'));
  const long: string[] = [];
  let files = 0;
  for (const folder of readdirSync(packages)) {
    const dist = new URL(`${folder}/dist/`, packages);
    if (!existsSync(dist)) continue;
    for (const name of readdirSync(dist, { recursive: true }) as string[]) {
      if (!name.endsWith('.js')) continue;
      files++;
      const lines = readFileSync(new URL(name, dist), 'utf8').split('\n');
      for (const line of lines) if (line.length > longestLine) long.push(`${folder}/${name}`);
    }
  }
  expect(files).toBeGreaterThan(10);
  expect(long).toEqual([]);
});

test('a stack trace has the names of functions', async (task) => {
  if (!existsSync(built)) task.skip(missing('lws-ts is not built: npm run build'));
  const said = await refusedBy();
  expect(said).toMatch(/at resolveOptions \(.*interface\/dist\/index\.js:\d+:\d+\)/);
  expect(said).toMatch(/at createContext \(.*lws-ts\/dist\/index\.js:\d+:\d+\)/);
});

/** Where `text` stands in a source file. */
function lineOf(source: string, text: string): number {
  const lines = readFileSync(new URL(source, packages), 'utf8').split('\n');
  return lines.findIndex((line) => line.includes(text)) + 1;
}

test('with source maps it has the lines of the source', async (task) => {
  if (!existsSync(built)) task.skip(missing('lws-ts is not built: npm run build'));
  const said = await refusedBy('--enable-source-maps');
  const prepare = lineOf('core/src/create-context.ts', 'context.prepareVhosts(');
  const call = lineOf('lws-ts/src/create-context.ts', 'return createCoreContext(');
  expect(said).toContain(`${fileURLToPath(packages)}core/src/create-context.ts:${prepare}:`);
  expect(said).toContain(`${fileURLToPath(packages)}lws-ts/src/create-context.ts:${call}:`);
});
