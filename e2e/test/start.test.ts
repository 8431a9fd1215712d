/** What a program loads by importing a built package, and what a server loads by serving files and WebSockets. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { missing } from './missing.ts';

const run = promisify(execFile);
const packages = new URL('../../packages/', import.meta.url);
const built = fileURLToPath(new URL('lws-ts/dist/index.js', packages));

/** Modules of Node.js that cost memory and time, and that only some programs use. */
const late = [
  'child_process',
  'crypto',
  'dgram',
  'dns',
  'http',
  'https',
  'module',
  'tls',
  'tty',
  'worker_threads',
  'zlib',
];

interface Loaded {
  readonly modules: readonly string[];
  readonly files: readonly string[];
}

/** Runs `code` in a process of its own; its last line of output is what that has loaded. */
async function loadedBy(code: string): Promise<Loaded> {
  const program = `
    const { Session } = process.getBuiltinModule('node:inspector');
    const files = [];
    const session = new Session();
    session.on('Debugger.scriptParsed', ({ params: { url } }) => {
      if (/^(file:|[/]|[A-Z]:)/.test(url)) files.push(url);
    });
    session.connect();
    // what Node.js itself needs for an import is not counted
    await import('data:text/javascript,');
    const before = new Set(process.moduleLoadList);
    session.post('Debugger.enable');
    files.length = 0;
    ${code};
    const modules = process.moduleLoadList.filter((name) => !before.has(name));
    console.log(JSON.stringify({ modules, files }));
    process.exit();
  `;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program]);
  const { modules, files } = JSON.parse(stdout.trim().split('\n').at(-1) as string) as Loaded;
  const names = modules.map((name) => name.replace('NativeModule ', ''));
  return { modules: late.filter((name) => names.includes(name)), files };
}

/** Files of all packages together: two for each, and one for each protocol. */
const mostFiles = 32;

function entries(): readonly string[] {
  return readdirSync(packages)
    .filter((folder) => folder !== 'test-kit')
    .flatMap((folder) => {
      const manifest = readFileSync(new URL(`${folder}/package.json`, packages), 'utf8');
      const { exports } = JSON.parse(manifest) as {
        readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
      };
      return Object.values(exports).flatMap((target) =>
        typeof target === 'string' ? [] : [`${folder}/${target.default.slice('./'.length)}`],
      );
    });
}

test('it is told what was loaded', async () => {
  const code = "await import('node:zlib'); await import('node:child_process')";
  const { modules } = await loadedBy(code);
  expect(modules).toEqual(expect.arrayContaining(['child_process', 'zlib']));
});

test.for(entries())(
  '%s loads few files, and no module that it may never use',
  async (entry, task) => {
    const file = new URL(entry, packages);
    if (!existsSync(file)) task.skip(missing(`${entry} is not built: npm run build`));
    const { modules, files } = await loadedBy(`await import(${JSON.stringify(file.href)})`);
    expect(modules).toEqual([]);
    expect(files.length).toBeGreaterThan(0);
    expect(files.length).toBeLessThanOrEqual(mostFiles);
    expect(files.filter((name) => name.includes('yauzl'))).toEqual([]);
  },
);

test.for([
  ['with WebSocket loads crypto before somebody connects', '{ ws: { receive() {} } }', ['crypto']],
  ['without it does not', '{ http: { request() {} } }', []],
] as const)('a server %s', async ([_name, group, expected], task) => {
  if (!existsSync(built)) task.skip(missing('lws-ts is not built: npm run build'));
  const { modules } = await loadedBy(`
    const { createContext, protocol } = await import(${JSON.stringify(built)});
    const one = protocol({ name: 'one', ...${group} });
    await createContext({ port: 0, interface: '127.0.0.1', protocols: [one] })`);
  expect(modules.filter((name) => name === 'crypto')).toEqual(expected);
});

/** Heap in use that importing `what` takes, in MiB. */
async function heapOf(what: string): Promise<number> {
  const program = `
    const used = () => { gc(); gc(); return process.memoryUsage().heapUsed / 1024 / 1024; };
    await import('data:text/javascript,');
    const before = used();
    await import(${JSON.stringify(what)});
    console.log(used() - before);`;
  const args = ['--expose-gc', '--input-type=module', '--eval', program];
  const { stdout } = await run(process.execPath, args);
  return Number(stdout);
}

/** V8 of Node.js 24 takes a tenth more for the same. */
const mostHeap = Number.parseInt(process.versions.node, 10) < 22 ? 3.4 : 3.8;

test(`lws-ts takes less than ${mostHeap} MiB of heap before anything of it is used`, async (task) => {
  if (!existsSync(built)) task.skip(missing('lws-ts is not built: npm run build'));
  const heap = await heapOf(built);
  expect(heap).toBeGreaterThan(0.5);
  expect(heap).toBeLessThan(mostHeap);
});

const serve = (protocols: string) => `
  const { connect } = await import('node:net');
  const { createContext, echo, setLogLevel } = await import(${JSON.stringify(built)});
  setLogLevel(0);
  const context = await createContext({
    port: 0, interface: '127.0.0.1',
    protocols: ${protocols},
    mounts: [{ mountpoint: '/', origin: 'file://${fileURLToPath(packages)}lws-ts', def: 'package.json' }],
  });
  const ask = (lines) => new Promise((resolve) => {
    const socket = connect(context.vhosts[0].port, '127.0.0.1');
    socket.write(lines.join('\\r\\n') + '\\r\\n\\r\\n');
    socket.once('data', (bytes) => resolve(bytes.toString('latin1').slice(9, 12)));
  });
  const statuses = [await ask(['GET / HTTP/1.1', 'Host: x'])];
`;

/** What the listener of Node.js needs by itself. */
async function listening(): Promise<readonly string[]> {
  const { modules } = await loadedBy(`
    const { createServer } = await import('node:net');
    await new Promise((listens) => createServer().listen(0, '127.0.0.1', listens))`);
  return modules;
}

test('a server of files needs none of them but for its listener', async (task) => {
  if (!existsSync(built)) task.skip(missing('lws-ts is not built: npm run build'));
  const { modules } = await loadedBy(`${serve('[]')} if (statuses[0] !== '200') throw statuses`);
  expect(modules).toEqual(await listening());
});

test('the first WebSocket needs SHA-1 and nothing else', async (task) => {
  if (!existsSync(built)) task.skip(missing('lws-ts is not built: npm run build'));
  const upgrade = [
    'GET / HTTP/1.1',
    'Host: x',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  ];
  const serving = serve('[echo.with({ default: true })]');
  const code = `${serving} if (await ask(${JSON.stringify(upgrade)}) !== '101') throw statuses`;
  const { modules } = await loadedBy(code);
  expect(modules).toEqual(['crypto', ...(await listening())].sort());
});
