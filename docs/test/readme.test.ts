import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root, script } from './repository.ts';

interface Example {
  readonly line: number;
  readonly code: string;
}
interface Runner {
  readonly readExamples: (file: string, heading?: string) => readonly Example[];
  readonly runExample: (
    code: string,
    folder: string,
    load: (file: string) => Promise<unknown>,
  ) => Promise<readonly string[]>;
}
const { readExamples, runExample } = await script<Runner>('readme-examples.mjs');

const headings = ['Install', 'Use', 'What it does not do', 'Options', 'Errors', 'lws equivalents'];

/** The name a package's manifest gives, and whether it is published. */
const manifestOf = (folder: string): { name: string; private?: boolean } =>
  JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as { name: string };

const packages = ['packages', 'apps']
  .flatMap((area) => readdirSync(join(root, area)).map((name) => `${area}/${name}`))
  .filter((folder) => existsSync(join(root, folder, 'package.json')))
  .map((folder) => ({ folder, readme: join(root, folder, 'README.md'), ...manifestOf(folder) }));

const run = (code: string, folder: string): Promise<readonly string[]> =>
  runExample(code, join(root, folder, 'reports'), (file) => import(file));

describe.each(packages)('README of $name', ({ name, folder, readme }) => {
  test('has the headings that every package has', () => {
    const lines = readFileSync(readme, 'utf8').split('\n');
    expect(lines[0]).toBe(`# ${name}`);
    const found = lines.filter((line) => line.startsWith('## ')).map((line) => line.slice(3));
    expect(found).toEqual(headings);
  });

  test('has an example, and its examples run', async () => {
    const examples = readExamples(readme, 'Use');
    expect(examples.length).toBeGreaterThan(0);
    for (const { code, line } of examples)
      await run(code, folder).catch((error: unknown) => {
        throw new Error(`the example of line ${line} failed`, { cause: error });
      });
  });
});

test.each(packages)(
  'README of $name says how to install what its examples import',
  ({ readme }) => {
    const installed = new Set<string>();
    for (const [, names = ''] of readFileSync(readme, 'utf8').matchAll(
      /npm install (?!--global)([^`\n]*)/g,
    ))
      for (const name of names.split(' ')) installed.add(name);
    const imported = readExamples(readme).flatMap(({ code }) =>
      Array.from(
        code.matchAll(/ from '((?:@[\w-]+\/)?[\w-]+)[^:']*';$/gm),
        ([, name = '']) => name,
      ),
    );
    expect(imported.filter((name) => !installed.has(name))).toEqual([]);
  },
);

describe('README of the repository', () => {
  const readme = join(root, 'README.md');

  test('has an example, and its examples run', async () => {
    const examples = readExamples(readme);
    expect(examples.length).toBeGreaterThan(0);
    for (const { code } of examples) await run(code, 'packages/lws-ts');
  });
});

const pages = readdirSync(join(root, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => ({ name, examples: readExamples(join(root, 'docs', name)) }))
  .filter(({ examples }) => examples.length > 0);

// there lws-ts, its packages and ws can be imported
test.each(pages)('docs/$name: its examples run', async ({ examples }) => {
  expect(examples.length).toBeGreaterThan(0);
  for (const { code, line } of examples)
    await run(code, 'conformance').catch((error: unknown) => {
      throw new Error(`the example of line ${line} failed`, { cause: error });
    });
});

describe('the runner', () => {
  const here = 'packages/interface';

  test('gives what an example printed', async () => {
    expect(await run("console.log('a', 1);\n// prints: a 1\n", here)).toEqual(['a 1']);
  });

  test.each<[string, string, string]>([
    ['that throws', "throw new Error('oh');", 'oh'],
    ['that imports what is not there', "import '@lws-ts/no-such-package';", 'no-such-package'],
    ['that prints something else', "console.log('b');\n// prints: a", 'says it prints "a"'],
    [
      'that leaves its server open',
      "import { createServer } from 'node:http';\n" +
        'const server = createServer((_, answer) => answer.end()).listen(0);\n' +
        "await new Promise((done) => server.once('listening', done));\n" +
        'server.unref();\nsetTimeout(() => server.close(), 500).unref();',
      'leaves a listener open',
    ],
    [
      'whose server answers 500',
      "import { createServer } from 'node:http';\n" +
        'const server = createServer((_, answer) => answer.writeHead(500).end()).listen(0);\n' +
        "await new Promise((done) => server.once('listening', done));\n" +
        'server.unref();\nsetTimeout(() => server.close(), 500).unref();',
      'GET / was answered 500',
    ],
    [
      'whose server does not speak what it says',
      "import { createServer } from 'node:http';\n" +
        'const server = createServer((_, answer) => answer.end()).listen(0);\n' +
        "await new Promise((done) => server.once('listening', done));\n" +
        'const context = {\n' +
        "  vhosts: [{ protocols: [{ name: 'heron', spec: { ws: {} } }] }],\n" +
        '  close: () => new Promise((done) => server.close(done)),\n};\n' +
        'server.unref();\nsetTimeout(() => server.close(), 500).unref();',
      'a WebSocket of heron was answered 200',
    ],
  ])('fails an example %s', async (_name, code, says) => {
    await expect(run(code, here)).rejects.toThrow(says);
  });

  test('visits what was started, on a port of its own, and closes it', async () => {
    const code = `
      import { WebSocketServer } from 'ws';
      import { createServer } from 'node:http';
      import { existsSync } from 'node:fs';
      const server = createServer((_, answer) => answer.end('hello'));
      const sockets = new WebSocketServer({ server });
      sockets.on('connection', (_, request) =>
        console.log('ws', request.headers['sec-websocket-protocol']));
      server.on('request', ({ method, url }) => console.log(method, url));
      const asked = { port: 7681 };
      await new Promise((done) => server.listen(asked.port, '127.0.0.1', done));
      console.log(existsSync('www/index.html'), server.address().port === asked.port);
const context = {
        vhosts: [{ protocols: [{ name: 'heron', spec: { ws: {} } }, { name: 'raw', spec: {} }] }],
        close: () => new Promise((done) => { sockets.close(); server.close(done); }),
      };
      process.once('SIGTERM', () => context.close());`;
    const listeners = process.listenerCount('SIGTERM');
    expect(await run(code, 'packages/ws')).toEqual(['true true', 'GET /', 'ws heron']);
    expect(process.listenerCount('SIGTERM')).toBe(listeners);
  });

  test('reads the js fences of one section, and where they stand', () => {
    const file = join(root, 'packages/interface/README.md');
    expect(readExamples(file, 'Use')).toHaveLength(1);
    expect(readExamples(file, 'Install')).toEqual([]);
    const lines = readFileSync(file, 'utf8').split('\n');
    for (const { line, code } of readExamples(file)) expect(lines[line]).toBe(code.split('\n')[0]);
  });
});
