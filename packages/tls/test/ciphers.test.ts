/** Versions, ciphers, curves and options that a vhost offers, asked by node:tls and by openssl. */
import { execFile } from 'node:child_process';
import { constants } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { captureLog } from '../../core/test/captured-log.ts';
import { secureOptions } from '../src/ciphers.ts';
import { Authority, serving, TestDir } from './authority.ts';
import { hasOpenssl } from './openssl.ts';
import { ask, closeServed, codeOf, serve, statusOf } from './served.ts';

const run = promisify(execFile);
const ca = new Authority();
const dir = new TestDir();
const caFile = dir.write('ca.pem', ca.cert);
captureLog();
afterEach(closeServed);
afterAll(() => dir.remove());

const ec = { name: 'one.test', ...serving(ca.issue(['one.test'])) };
const rsa = { name: 'one.test', ...serving(ca.issue(['one.test'], { keys: 'rsa' })) };
const v12 = { maxVersion: 'TLSv1.2' } as const;
const cbc = { ...v12, ciphers: 'ECDHE-RSA-AES128-SHA256:@SECLEVEL=0' };
const noSecrecy = { ...v12, ciphers: 'AES128-GCM-SHA256:@SECLEVEL=0' };

describe('what is offered', () => {
  test.each([
    ['TLS 1.3, EC', ec, {}, 'TLSv1.3', 'TLS_AES_256_GCM_SHA384'],
    ['TLS 1.3, RSA', rsa, {}, 'TLSv1.3', 'TLS_AES_256_GCM_SHA384'],
    ['TLS 1.2, EC', ec, v12, 'TLSv1.2', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
    ['TLS 1.2, RSA', rsa, v12, 'TLSv1.2', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ] as const)('%s', async (_name, vhost, given, protocol, cipher) => {
    const { port } = await serve([vhost]);
    const answer = await ask(port, { ca: ca.cert, ...given });
    expect(answer).toMatchObject({ status: 200, protocol });
    if (protocol === 'TLSv1.2') expect(answer.cipher).toBe(cipher);
    else expect(answer.cipher).toMatch(/^TLS_(AES|CHACHA)/);
  });

  test.each([
    ['left out: no CBC', {}, cbc, false],
    ['left out: no RSA key exchange', {}, noSecrecy, false],
    ['DEFAULT: CBC', { sslCipherList: 'DEFAULT' }, cbc, true],
    ['ALL: RSA key exchange', { sslCipherList: 'ALL' }, noSecrecy, true],
    [
      'one alone: another is refused',
      { sslCipherList: 'ECDHE-RSA-AES256-GCM-SHA384' },
      { ...v12, ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' },
      false,
    ],
    [
      'one alone: it is taken',
      { sslCipherList: 'ECDHE-RSA-AES256-GCM-SHA384' },
      { ...v12, ciphers: 'ECDHE-RSA-AES256-GCM-SHA384' },
      true,
    ],
  ] as const)('sslCipherList %s', async (_name, given, asked, taken) => {
    const { port } = await serve([{ ...rsa, ...given }]);
    const status = await ask(port, { ca: ca.cert, ...asked }).then(
      (answer) => answer.status,
      () => 'refused',
    );
    expect(status).toBe(taken ? 200 : 'refused');
  });

  test('ciphers are those of the vhost that the name picks', async () => {
    const other = { ...rsa, name: 'two.test', sslCipherList: 'DEFAULT' };
    const { port } = await serve([rsa, other]);
    const of = (servername: string) =>
      ask(port, { rejectUnauthorized: false, ...cbc, servername }).then(
        ({ status }) => status,
        () => 'refused',
      );
    expect([await of('one.test'), await of('two.test')]).toEqual(['refused', 200]);
  });

  test('TLS 1.1 is refused', async () => {
    const { port } = await serve([{ ...rsa, sslCipherList: 'ALL:@SECLEVEL=0' }]);
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const;
    expect(await statusOf(ask(port, { ca: ca.cert, ...old }))).toBe('refused');
  });

  test.each([
    ['P-384', 'P-384', true],
    ['P-384', 'P-256', false],
    ['auto', 'P-256', true],
  ])('ecdhCurve %s, client with %s', async (ecdhCurve, offered, taken) => {
    const { port } = await serve([{ ...ec, ecdhCurve }]);
    const status = await ask(port, { ca: ca.cert, ecdhCurve: offered }).then(
      (answer) => answer.status,
      () => 'refused',
    );
    expect(status).toBe(taken ? 200 : 'refused');
  });

  test.each([
    ['set', { sslOptionsSet: constants.SSL_OP_NO_TLSv1_3 }, 'TLSv1.2'],
    ['not set', {}, 'TLSv1.3'],
  ])('sslOptionsSet: no TLS 1.3, %s', async (_name, given, protocol) => {
    const { port } = await serve([{ ...ec, ...given }]);
    expect(await ask(port, { ca: ca.cert })).toMatchObject({ protocol });
  });

  test('sslOptionsClear clears what lws-ts sets, and not the ban on renegotiation', () => {
    const { SSL_OP_CIPHER_SERVER_PREFERENCE: preference, SSL_OP_NO_RENEGOTIATION: ban } = constants;
    expect(secureOptions(0, 0) & preference).toBe(preference);
    expect(secureOptions(0, preference) & preference).toBe(0);
    expect(secureOptions(0, ban) & ban).toBe(ban);
  });

  test.each([
    ['left out', {}, 'ECDHE-RSA-AES128-GCM-SHA256'],
    [
      'cleared',
      { sslOptionsClear: constants.SSL_OP_CIPHER_SERVER_PREFERENCE },
      'ECDHE-RSA-AES256-GCM-SHA384',
    ],
  ])('sslOptionsClear of the preference of the server, %s', async (_name, given, cipher) => {
    const { port } = await serve([{ ...rsa, ...given }]);
    const ciphers = 'ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256';
    expect(await ask(port, { ca: ca.cert, ...v12, ciphers })).toMatchObject({ cipher });
  });

  test.each([
    [{}, ['http/1.1'], 'http/1.1'],
    [{}, undefined, 'none'],
    [{ alpn: 'x,http/1.1' }, ['http/1.1', 'x'], 'x'],
  ])('alpn %j, client with %j', async (given, offered, alpn) => {
    const { port } = await serve([{ ...ec, ...given }]);
    const protocols = offered === undefined ? {} : { ALPNProtocols: offered };
    expect(await ask(port, { ca: ca.cert, ...protocols })).toMatchObject({ alpn });
  });

  test('alpn without anything in common is refused', async () => {
    const { port } = await serve([ec]);
    expect(await statusOf(ask(port, { ca: ca.cert, ALPNProtocols: ['h7'] }))).toBe('refused');
  });
});

describe('renegotiation', () => {
  test('is refused and costs nothing', async () => {
    const { port } = await serve([{ ...rsa, sslOptionsClear: constants.SSL_OP_NO_RENEGOTIATION }]);
    const socket = connect({
      port,
      host: '127.0.0.1',
      servername: 'one.test',
      ca: ca.cert,
      ...v12,
    });
    socket.on('error', () => undefined);
    await once(socket, 'secureConnect');
    const error = await new Promise<Error | null>((resolve) => {
      socket.renegotiate({}, resolve);
      socket.once('error', resolve);
    });
    expect(String(error)).toMatch(/renegotiation/i);
    socket.destroy();
  });
});

describe('openssl s_client', () => {
  beforeEach((context) => {
    if (!hasOpenssl) context.skip('openssl is not installed');
  });

  test.each([
    ['-tls1_3', ec, /Verify return code: 0/],
    ['-tls1_2', rsa, /Verify return code: 0/],
  ] as const)('%s verifies it', async (flag, vhost, expected) => {
    const { port } = await serve([vhost]);
    const { stdout } = await client(port, flag);
    expect(stdout).toMatch(expected);
  });

  test('offers TLS 1.2 nothing with CBC or without forward secrecy', async () => {
    const { port } = await serve([rsa]);
    const { stdout } = await run('openssl', [
      'ciphers',
      '-tls1_2',
      '-s',
      'ALL:COMPLEMENTOFALL:@SECLEVEL=0',
    ]);
    const all = stdout
      .trim()
      .split(':')
      .filter((name) => !name.startsWith('TLS_'));
    const taken: string[] = [];
    for (const cipher of all)
      await client(port, '-tls1_2', '-cipher', `${cipher}:@SECLEVEL=0`).then(
        () => taken.push(cipher),
        () => undefined,
      );
    expect(all.length).toBeGreaterThan(20);
    expect(taken.length).toBeGreaterThan(0);
    expect(taken.filter((name) => !/^ECDHE-.*(GCM|CHACHA20)/.test(name))).toEqual([]);
  }, 60_000);

  function client(port: number, ...args: string[]) {
    const running = run('openssl', [
      's_client',
      '-connect',
      `127.0.0.1:${port}`,
      '-servername',
      'one.test',
      '-CAfile',
      caFile,
      ...args,
    ]);
    running.child.stdin?.end('Q\n');
    return running;
  }
});

test.each([
  ['sslCipherList', 'NO-SUCH-CIPHER'],
  ['ecdhCurve', 'no-such-curve'],
])('%s that OpenSSL does not know fails the vhost', async (option, value) => {
  expect(await codeOf(serve([{ ...ec, [option]: value }]))).toBe('LWS_ERR_TLS_CIPHERS');
});
