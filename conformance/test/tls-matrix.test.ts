/**
 * Clients that are not ours on two vhosts of one TLS port: openssl s_client, curl, node:tls; TLS 1.2 and 1.3, RSA and
 * EC, by name, by a name that a wildcard covers and without a server name, with and without a client certificate.
 */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { createContext, type LwsContext, setLogLevel } from 'lws-ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Authority, TestDir } from '../../packages/tls/test/authority.ts';

const run = promisify(execFile);
const dir = new TestDir();
const ca = new Authority();
const clients = new Authority('a CA of clients');
const caFile = dir.write('ca.pem', ca.cert);
const shown = clients.issue(['a client']);
const certFile = dir.write('client.pem', shown.cert);
const keyFile = dir.write('client.key', shown.key);

/** What a client is asked to do. */
interface Visit {
  readonly port: number;
  readonly version: '1.2' | '1.3';
  /** An address goes without a server name. */
  readonly host: string;
  readonly shows: boolean;
}

/** What it was told: the body of the answer, or nothing. The certificate of the server was verified. */
type Client = (visit: Visit) => Promise<string | undefined>;

const request = (host: string): string =>
  `GET /who.txt HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
const isAddress = (host: string): boolean => /^[\d.]+$/.test(host);
const bodyOf = (printed: string): string | undefined =>
  /200 OK\r\n[\s\S]*?\r\n\r\n(\w+)\n/.exec(printed)?.[1];

const openssl: Client = async ({ port, version, host, shows }) => {
  const name = isAddress(host)
    ? ['-noservername', '-verify_ip', host]
    : ['-servername', host, '-verify_hostname', host];
  const child = spawn('openssl', [
    's_client',
    '-ign_eof',
    '-verify_return_error',
    '-connect',
    `127.0.0.1:${port}`,
    '-CAfile',
    caFile,
    `-tls${version.replace('.', '_')}`,
    ...name,
    ...(shows ? ['-cert', certFile, '-key', keyFile] : []),
  ]);
  let printed = '';
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    printed += text;
  });
  child.stdin.on('error', () => undefined);
  child.stdin.write(request(host));
  await new Promise((resolve) => child.once('close', resolve));
  const body = bodyOf(printed);
  if (body === undefined) return undefined;
  expect(printed).toContain('Verify return code: 0 (ok)');
  expect(printed).toMatch(new RegExp(`^New, TLSv${version}, Cipher is \\S*(GCM|CHACHA)`, 'm'));
  return body;
};

const curl: Client = async ({ port, version, host, shows }) => {
  const { stdout } = await run('curl', [
    '--silent',
    '--max-time',
    '8',
    '--cacert',
    caFile,
    `--tlsv${version}`,
    '--tls-max',
    version,
    '--resolve',
    `${host}:${port}:127.0.0.1`,
    ...(shows ? ['--cert', certFile, '--key', keyFile] : []),
    `https://${host}:${port}/who.txt`,
  ]).catch(() => ({ stdout: '' }));
  return stdout === '' ? undefined : stdout.trim();
};

const node: Client = ({ port, version, host, shows }) =>
  new Promise((resolve) => {
    const of = `TLSv${version}` as const;
    const socket = connect({
      port,
      host: '127.0.0.1',
      ca: ca.cert,
      minVersion: of,
      maxVersion: of,
      ...(isAddress(host) ? {} : { servername: host }),
      ...(shows ? shown : {}),
    });
    let printed = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      printed += text;
    });
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(bodyOf(printed)));
    socket.once('secureConnect', () => socket.write(request(host)));
  });

const has = (program: string, flag: string): boolean =>
  spawnSync(program, [flag]).error === undefined;
const table: readonly [string, Client, string | undefined][] = [
  ['openssl s_client', openssl, has('openssl', 'version') ? undefined : 'openssl is not installed'],
  ['curl', curl, has('curl', '--version') ? undefined : 'curl is not installed'],
  ['node:tls', node, undefined],
];

beforeAll(() => setLogLevel('err,warn,notice', () => undefined));
afterAll(() => {
  setLogLevel('err,warn,notice', null);
  dir.remove();
});

describe.each(['ec', 'rsa'] as const)('%s', (keys) => {
  describe.each([
    ['nobody is asked for a certificate', false, false, true],
    ['a client certificate is required and shown', true, true, true],
    ['a client certificate is required, and none is shown', true, false, false],
  ])('%s', (_name, required, shows, served) => {
    let context: LwsContext;
    let port = 0;

    beforeAll(async () => {
      const vhost = (name: string, names: readonly string[]) => {
        const { cert, key } = ca.issue(names, { keys });
        const www = join(dir.path, name);
        mkdirSync(www, { recursive: true });
        writeFileSync(join(www, 'who.txt'), `${name.split('.')[0]}\n`);
        return {
          name,
          port: 0,
          interface: '127.0.0.1',
          serverSslCertMem: cert,
          serverSslPrivateKeyMem: key,
          serverSslCaMem: clients.cert,
          requireValidOpensslClientCert: required,
          mounts: [{ mountpoint: '/', origin: `file://${www}` }],
        };
      };
      context = await createContext({
        vhosts: [
          vhost('localhost', ['localhost', '127.0.0.1']),
          vhost('wild.test', ['*.wild.test']),
        ],
      });
      port = context.vhosts[0]?.port ?? 0;
    });
    afterAll(() => context.close({ deadlineSecs: 0 }));

    describe.each(table)('%s', (_client, visit, reason) => {
      beforeEach((task) => {
        if (reason !== undefined) task.skip(reason);
      });

      test.each([
        ['1.2', 'localhost', 'localhost'],
        ['1.2', 'a.wild.test', 'wild'],
        ['1.2', '127.0.0.1', 'localhost'],
        ['1.3', 'localhost', 'localhost'],
        ['1.3', 'a.wild.test', 'wild'],
        ['1.3', '127.0.0.1', 'localhost'],
      ] as const)('TLS %s, %s', async (version, host, who) => {
        expect(await visit({ port, version, host, shows })).toBe(served ? who : undefined);
      });
    });
  });
});

test('curl follows the redirect from plain HTTP on the same port', async (task) => {
  if (!has('curl', '--version')) task.skip('curl is not installed');
  const { cert, key } = ca.issue(['localhost']);
  const context = await createContext({
    name: 'localhost',
    port: 0,
    interface: '127.0.0.1',
    redirectHttpToHttps: true,
    serverSslCertMem: cert,
    serverSslPrivateKeyMem: key,
    mounts: [{ mountpoint: '/', origin: `file://${join(dir.path, 'localhost')}` }],
  });
  try {
    const url = `http://localhost:${context.vhosts[0]?.port}/who.txt`;
    const options = ['--silent', '--max-time', '8', '--cacert', caFile];
    expect((await run('curl', [...options, url])).stdout).not.toBe('localhost\n');
    expect((await run('curl', ['--location', ...options, url])).stdout).toBe('localhost\n');
  } finally {
    await context.close({ deadlineSecs: 0 });
  }
});
