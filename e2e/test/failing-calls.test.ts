/**
 * EXH-2: system calls that fail under a server that strangers use: a disk that breaks while it is read or written, a
 * system whose tables are full. `failing-calls.c` makes them fail where the name of a file says so.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missing } from './missing.ts';

const built = fileURLToPath(new URL('../../packages/lws-ts/dist/index.js', import.meta.url));
const source = fileURLToPath(new URL('failing-calls.c', import.meta.url));
const { EACCES, EIO, EMFILE, ENFILE, ENOSPC } = constants.errno;
const large = 1024 * 1024;

/** Tells its port, then with each line of its input what it has logged, refused and has open since the last. */
const program = `
import { openSync, readdirSync } from 'node:fs';
import { createContext, postDemo, protocol, setLogLevel } from ${JSON.stringify(built)};
const [folder] = process.argv.slice(1);
let lines = [];
setLogLevel(undefined, (_level, line) => lines.push(line));
let last;
const copy = protocol({
  name: 'copy',
  rawFile: {
    adopt(wsi) { if (wsi.session.says) wsi.requestWriteable(); },
    writeable: (wsi, tx) => tx.write('x'),
    close() { last = 'closed'; },
  },
  session: () => ({ says: writes }),
});
let writes = false;
const adopt = protocol({
  name: 'adopt',
  http: {
    request(wsi) {
      writes = wsi.path.includes('fail-write');
      last = 'open';
      context.vhosts[0].adoptDescriptor(openSync(folder + wsi.path.replace('/adopt', ''), writes ? 'w' : 'r'), 'copy');
      wsi.reply(200, [], 'adopted');
    },
  },
});
const uploadDir = process.env.UPLOADS;
const context = await createContext({
  interface: '127.0.0.1', port: 0, fileCacheBytes: 0, largeFileCacheBytes: 0, maxHttpBodySize: 2 ** 22,
  protocols: [postDemo.with({ uploadDir, maxFileBytes: 2 ** 22 }), copy, adopt],
  mounts: [
    { mountpoint: '/', origin: 'file://' + folder },
    { mountpoint: '/adopt', origin: 'callback://adopt' },
    { mountpoint: '/form', origin: 'callback://protocol-post-demo' },
  ],
});
let told = new Map();
function report() {
  const all = context.counters.refused;
  const refused = {};
  for (const [code, count] of all) if (count > (told.get(code) ?? 0)) refused[code] = count - (told.get(code) ?? 0);
  told = new Map(all);
  const descriptors = readdirSync('/proc/self/fd').length - 1;
  console.log(JSON.stringify({ refused, lines, descriptors, last, alive: context.counters.wsi_alive }));
  lines = [];
}
console.log(context.vhosts[0].port);
process.stdin.on('data', report).once('end', () => void context.close({ deadlineSecs: 0 }));
`;

interface Report {
  readonly refused: Readonly<Record<string, number>>;
  readonly lines: readonly string[];
  readonly descriptors: number;
  readonly last: string | undefined;
  readonly alive: number;
}

interface Server {
  readonly port: number;
  report(): Promise<Report>;
}

let folder = '';
const children: ChildProcess[] = [];
const readers: Interface[] = [];

function unfit(): string | undefined {
  if (process.platform !== 'linux') return 'LD_PRELOAD is for Linux here';
  if (!existsSync(built)) return missing('lws-ts is not built: npm run build');
  return spawnSync('cc', ['--version']).status === 0 ? undefined : missing('there is no cc');
}
const reason = unfit();

beforeAll(() => {
  if (reason !== undefined) return;
  folder = mkdtempSync(join(tmpdir(), 'failing-calls-'));
  const compiled = spawnSync(
    'cc',
    ['-O1', '-shared', '-fPIC', '-o', join(folder, 'calls.so'), source],
    { encoding: 'utf8' },
  );
  if (compiled.status !== 0) throw new Error(compiled.stderr);
  mkdirSync(join(folder, 'www'));
});
afterAll(async () => {
  for (const child of children) {
    child.stdin?.end();
    if (child.exitCode === null) await once(child, 'exit');
  }
  for (const reader of readers) reader.close();
  if (folder !== '') rmSync(folder, { recursive: true });
});

async function start(env: Readonly<Record<string, string>> = {}): Promise<Server> {
  const child = spawn(
    process.execPath,
    ['--input-type=module', '--eval', program, join(folder, 'www')],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {
        ...process.env,
        UPLOADS: join(folder, 'www'),
        ...env,
        LD_PRELOAD: join(folder, 'calls.so'),
      },
    },
  );
  children.push(child);
  const reader = createInterface({ input: child.stdout });
  readers.push(reader);
  const read = reader[Symbol.asyncIterator]();
  const port = Number((await read.next()).value);
  const report = async (): Promise<Report> => {
    child.stdin.write('report\n');
    return JSON.parse((await read.next()).value as string) as Report;
  };
  return { port, report };
}

/** Says `request` on a connection of its own; what was heard until it was over, or nothing came for a while. */
async function ask(port: number, request: string | Uint8Array): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let heard = '';
  socket.setEncoding('latin1').on('data', (text: string) => (heard += text));
  socket.on('error', () => undefined);
  socket.end(request);
  await new Promise((resolve) => socket.once('close', resolve));
  return heard;
}

const get = (path: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;

function upload(bytes: number): string {
  const body =
    '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' +
    `${'x'.repeat(bytes)}\r\n--b--\r\n`;
  return (
    'POST /form HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=b\r\n' +
    `Content-Length: ${body.length}\r\n\r\n${body}`
  );
}

describe.skipIf(reason !== undefined)('a file of a mount', () => {
  let server: Server;
  beforeAll(async () => {
    server = await start();
    writeFileSync(join(folder, 'www', 'good.txt'), 'good');
    await ask(server.port, get('/good.txt'));
    await server.report();
  });

  test.each([
    ['open', EACCES, 0, 100, 403, 'LWS_ERR_VFS_ACCESS'],
    ['open', EMFILE, 0, 100, 503, 'LWS_ERR_VFS_NO_DESCRIPTORS'],
    ['open', ENFILE, 0, 100, 503, 'LWS_ERR_VFS_NO_DESCRIPTORS'],
    ['open', EIO, 0, 100, 500, 'LWS_ERR_VFS_IO'],
    ['read', EIO, 0, 100, 500, 'LWS_ERR_VFS_IO'],
    ['read', EIO, 50_000, 60_000, 500, 'LWS_ERR_VFS_IO'],
  ] as const)(
    '%s that fails with %i from byte %i on, of %i: %i %s',
    async (call, error, from, bytes, status, code) => {
      const name = `fail-${call}-${error}-${from}.txt`;
      writeFileSync(join(folder, 'www', name), 'x'.repeat(bytes));
      const { descriptors } = await server.report();
      const heard = await ask(server.port, get(`/${name}`));
      expect(heard).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      const { refused, lines, descriptors: after } = await server.report();
      expect([refused, after]).toEqual([{ [code]: 1 }, descriptors]);
      expect(lines.filter((line) => line.includes(code) && line.includes(name))).toHaveLength(1);
      expect(await ask(server.port, get('/good.txt'))).toMatch(/^HTTP\/1\.1 200 .*good$/s);
      await server.report();
    },
  );

  test('a read that fails in the middle of a large one cuts the answer short of its length', async () => {
    const name = `fail-read-${EIO}-600000.txt`;
    writeFileSync(join(folder, 'www', name), 'x'.repeat(large));
    const { descriptors } = await server.report();
    const heard = await ask(server.port, get(`/${name}`));
    expect(heard).toMatch(/^HTTP\/1\.1 200 /);
    expect(heard).toContain(`content-length: ${large}\r\n`);
    expect(heard.length).toBeLessThan(large);
    const { refused, lines, descriptors: after, alive } = await server.report();
    expect([refused, after, alive]).toEqual([{ LWS_ERR_VFS_IO: 1 }, descriptors, 0]);
    expect(lines.filter((line) => /LWS_ERR_VFS_IO.*EIO/.test(line))).toHaveLength(1);
  });
});

describe.skipIf(reason !== undefined)('an adopted file', () => {
  test.each([
    ['read', EIO, 'EIO'],
    ['write', EIO, 'EIO'],
    ['write', ENOSPC, 'ENOSPC'],
  ] as const)(
    'a %s that fails with %i ends it, with a line and a count',
    async (call, error, name) => {
      const server = await start();
      const file = `fail-${call}-${error}-0.bin`;
      writeFileSync(join(folder, 'www', file), 'x');
      const { descriptors } = await server.report();
      expect(await ask(server.port, get(`/adopt/${file}`))).toMatch(/^HTTP\/1\.1 200 /);
      let lines: readonly string[] = [];
      let refused: Report['refused'] = {};
      await expect
        .poll(
          async () => {
            const report = await server.report();
            lines = [...lines, ...report.lines];
            refused = { ...refused, ...report.refused };
            return report.last === 'closed' && report.descriptors === descriptors;
          },
          { timeout: 5000 },
        )
        .toBe(true);
      expect(refused).toEqual({ LWS_ERR_TRANSPORT_FAILED: 1 });
      expect(lines.filter((line) => line.includes('LWS_ERR_TRANSPORT_FAILED'))).toEqual([
        expect.stringContaining(`${name}: `),
      ]);
    },
  );
});

describe.skipIf(reason !== undefined)('a file that is posted', () => {
  test.each([
    ['open', EMFILE, 0, 503, 'LWS_ERR_FORM_NO_DESCRIPTORS'],
    ['open', EACCES, 0, 500, 'LWS_ERR_FORM_IO'],
    ['write', EIO, 100_000, 500, 'LWS_ERR_FORM_IO'],
    ['write', ENOSPC, 100_000, 507, 'LWS_ERR_FORM_NO_SPACE'],
  ] as const)(
    '%s that fails with %i from byte %i on: %i %s, and nothing of it is left',
    async (call, error, from, status, code) => {
      const uploads = join(folder, `fail-${call}-${error}-${from}`);
      mkdirSync(uploads);
      const server = await start({ UPLOADS: uploads });
      const { descriptors } = await server.report();
      expect(await ask(server.port, upload(200_000))).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      const { refused, lines } = await server.report();
      expect([refused, readdirSync(uploads)]).toEqual([{ [code]: 1 }, []]);
      expect(lines.filter((line) => line.includes(code))).toHaveLength(1);
      // the connection goes when the server reads on
      await expect.poll(() => server.report(), { timeout: 5000 }).toMatchObject({ descriptors });
    },
  );
});

describe.skipIf(reason !== undefined)('an accept that fails', () => {
  test.each([
    ['ENFILE', ENFILE],
    ['EMFILE', EMFILE],
    ['ENOBUFS', constants.errno.ENOBUFS],
  ])(
    'with %s is over with its connection: nothing else ends, nothing is logged',
    async (_name, error) => {
      const server = await start({ FAIL_ACCEPT: `${error}-20` });
      writeFileSync(join(folder, 'www', 'good.txt'), 'good');
      const { descriptors } = await server.report();
      for (let at = 0; at < 20; at++) expect(await ask(server.port, get('/good.txt'))).toBe('');
      expect(await ask(server.port, get('/good.txt'))).toMatch(/^HTTP\/1\.1 200 /);
      expect(await server.report()).toMatchObject({ refused: {}, lines: [] });
      await expect
        .poll(() => server.report(), { timeout: 5000 })
        .toMatchObject({ alive: 0, descriptors });
    },
  );
});
