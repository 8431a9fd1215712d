/** Certificates for development: what they are good for, where they are, and when they are made anew. */
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { devCerts } from '../src/dev-certs/dev-certs.ts';
import { TestDir } from './authority.ts';
import { hasOpenssl } from './openssl.ts';

const day = 86_400_000;
let dir: TestDir;
beforeEach(() => {
  dir = new TestDir();
});
afterEach(() => dir.remove());

describe.each(['ec', 'rsa'] as const)('%s', (keys) => {
  test('a server with it is trusted by who has the CA, under each name', async () => {
    const certs = devCerts({ dir: dir.path, keys });
    const server = createServer({
      cert: readFileSync(certs.sslCertFilepath),
      key: readFileSync(certs.sslPrivateKeyFilepath),
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const ca = readFileSync(certs.caFilepath);
    for (const host of ['localhost', '127.0.0.1', '::1']) {
      const names = host === 'localhost' ? { servername: host } : {};
      const socket = connect({ port, host: '127.0.0.1', ca, ...names });
      await once(socket, 'secureConnect');
      const seen = socket.getPeerX509Certificate();
      expect(host.includes('o') ? seen?.checkHost(host) : seen?.checkIP(host)).toBe(host);
      socket.destroy();
    }
    server.close();
  });

  test('openssl verifies it, strictly', (context) => {
    if (!hasOpenssl) context.skip('openssl is not installed');
    const certs = devCerts({ dir: dir.path, keys });
    const args = ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', certs.caFilepath];
    expect(execFileSync('openssl', [...args, certs.sslCertFilepath]).toString()).toContain('OK');
    const show = (file: string) =>
      execFileSync('openssl', ['x509', '-in', file, '-noout', '-text']).toString();
    const [caText, leafText] = [show(certs.caFilepath), show(certs.sslCertFilepath)];
    const identifier = /Subject Key Identifier:\s*([\dA-F:]+)/.exec(caText)?.[1];
    expect(identifier).toHaveLength(59);
    expect(leafText).toContain('Subject Key Identifier');
    expect(/Authority Key Identifier:\s*([\dA-F:]+)/.exec(leafText)?.[1]).toBe(identifier);
    expect(leafText).not.toContain('CA:TRUE');
    expect(caText).toContain('CA:TRUE');
  });
});

test('files are for their user alone', () => {
  const certs = devCerts({ dir: dir.path });
  for (const name of readdirSync(dir.path))
    expect(statSync(join(dir.path, name)).mode & 0o777).toBe(0o600);
  chmodSync(certs.sslPrivateKeyFilepath, 0o644);
  devCerts({ dir: dir.path });
  expect(statSync(certs.sslPrivateKeyFilepath).mode & 0o777).toBe(0o600);
});

describe('they are kept', () => {
  const now = Date.now();
  const serial = (file: string) => new X509Certificate(readFileSync(file)).serialNumber;
  const made = (options: object = {}) => {
    const certs = devCerts({ dir: dir.path, names: ['localhost'], now, ...options });
    return {
      made: certs.made,
      leaf: serial(certs.sslCertFilepath),
      ca: serial(certs.caFilepath),
      certs,
    };
  };

  test.each<[string, object, (first: ReturnType<typeof made>) => void, 'kept' | 'leaf' | 'both']>([
    ['a day later', { now: now + day }, () => undefined, 'kept'],
    ['a week before they end', { now: now + 84 * day }, () => undefined, 'leaf'],
    ['after years', { now: now + 900 * day }, () => undefined, 'both'],
    ['for another name', { names: ['localhost', 'dev.test'] }, () => undefined, 'leaf'],
    [
      'when the key is damaged',
      {},
      (first) => writeFileSync(first.certs.sslPrivateKeyFilepath, 'x'),
      'leaf',
    ],
    ['when the CA is damaged', {}, (first) => writeFileSync(first.certs.caFilepath, 'x'), 'both'],
  ])('%s', (_name, options, change, expected) => {
    const first = made();
    expect(first.made).toBe(true);
    change(first);
    const second = made(options);
    expect(second.made).toBe(expected !== 'kept');
    expect(second.leaf === first.leaf).toBe(expected === 'kept');
    expect(second.ca === first.ca).toBe(expected !== 'both');
  });
});

test('it says what to do', () => {
  const certs = devCerts({ dir: dir.path });
  const ca = new X509Certificate(readFileSync(certs.caFilepath));
  expect(certs.fingerprint).toBe(ca.fingerprint256);
  expect(certs.trustCommand).toContain(certs.caFilepath);
});

describe('a directory that cannot be written is an error', () => {
  const error = (code: string, directory: string) =>
    expect.objectContaining({
      code: 'LWS_ERR_TLS_DEV_CERTS',
      message: expect.stringContaining(directory),
      cause: expect.objectContaining({ code }),
    });

  test('below a file', () => {
    const below = join(dir.write('file', ''), 'below');
    expect(() => devCerts({ dir: below })).toThrow(
      error(expect.stringMatching(/^(?:ENOTDIR|EEXIST)$/), below),
    );
  });

  test('a file in its place', () => {
    const file = dir.write('file', '');
    expect(() => devCerts({ dir: file })).toThrow(error('EEXIST', file));
  });

  test('directories where its files belong', () => {
    mkdirSync(join(dir.path, 'ca-ec.key'));
    expect(() => devCerts({ dir: dir.path })).toThrow(error('EISDIR', dir.path));
  });

  // mkdirSync of Node.js, told to make those above too, never returns from there
  test.runIf(existsSync('/proc/self/status'))('below /proc', () => {
    const below = '/proc/.cache/lws-ts/dev-certs';
    expect(() => devCerts({ dir: below })).toThrow(error('ENOENT', below));
  });
});

test.each([
  ['a member it does not know', { name: ['dev.example'] }, 'LWS_ERR_OPTION_UNKNOWN'],
  ['one name for a list', { names: 'dev.example' }, 'LWS_ERR_OPTION'],
  ['no name', { names: [] }, 'LWS_ERR_OPTION'],
  ['what is no name', { names: ['a b'] }, 'LWS_ERR_OPTION'],
  ['keys of another kind', { keys: 'dsa' }, 'LWS_ERR_OPTION'],
  ['a directory that is none', { dir: 5 }, 'LWS_ERR_OPTION'],
  ['a time that is none', { now: 'today' }, 'LWS_ERR_OPTION'],
])('%s is refused, and nothing is made', (_what, options, code) => {
  const below = join(dir.path, 'certs');
  expect(() => devCerts({ dir: below, ...(options as object) })).toThrow(
    expect.objectContaining({ code }),
  );
  expect(existsSync(below)).toBe(false);
});

test('directories above it are made', () => {
  const below = join(dir.path, 'a', 'b', 'c');
  expect(devCerts({ dir: below }).made).toBe(true);
  expect(statSync(below).mode & 0o777).toBe(0o700);
  expect(devCerts({ dir: below }).made).toBe(false);
});
