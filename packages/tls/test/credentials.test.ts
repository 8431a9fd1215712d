/** Certificates and keys as files and in memory: the good ones serve, the others fail their vhost with a reason. */

import { generateKeyPairSync } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { protocol, type SecureContextBuilder } from '@lws-ts/interface';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { captureLog } from '../../core/test/captured-log.ts';
import { readCredentials } from '../src/credentials.ts';
import { certificateEnd } from '../src/index.ts';
import type { ResolvedTlsOptions } from '../src/options.ts';
import { serverContextOptions } from '../src/secure-contexts.ts';
import { Authority, serving, TestDir } from './authority.ts';
import { ask, closeServed, serve, statusOf } from './served.ts';

const ca = new Authority();
const dir = new TestDir();
captureLog();
afterEach(closeServed);
afterAll(() => dir.remove());

const good = ca.issue(['one.test']);
const other = ca.issue(['one.test']);
const locked = ca.issue(['one.test'], { passphrase: 'open' });
const day = 86_400_000;
const expired = ca.issue(['one.test'], { notAfter: Date.now() - day / 2 });
const early = ca.issue(['one.test'], { notBefore: Date.now() + day });
const cert = dir.write('good.pem', good.cert);
const key = dir.write('good.key', good.key);
const lockedCert = dir.write('locked.pem', locked.cert);
const lockedKey = dir.write('locked.key', locked.key);
const otherKey = dir.write('other.key', other.key);
const junk = dir.write('junk.pem', 'this is no PEM');
const expiredCert = dir.write('expired.pem', expired.cert);
const expiredKey = dir.write('expired.key', expired.key);
const earlyCert = dir.write('early.pem', early.cert);
const earlyKey = dir.write('early.key', early.key);
const noCertificate = '-----BEGIN CERTIFICATE-----\nMIIBAAAA\n-----END CERTIFICATE-----\n';
const brokenChain = dir.write('chain.pem', `${good.cert}\n${noCertificate}`);
const brokenBundle = dir.write('bundle.pem', `${ca.cert}\n${noCertificate}\n${ca.cert}`);
const withText = `of the year\n${good.key}\nits certificate\n${good.cert}\nand its issuer\n${ca.cert}`;
const olderLock = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey.export({
  type: 'sec1',
  format: 'pem',
  cipher: 'aes-256-cbc',
  passphrase: 'open',
});
const none = join(dir.path, 'none.pem');

type Options = Record<string, unknown>;
const of = (options: Options) => ({ name: 'one.test', ...options });

describe('serves', () => {
  test.each<[string, Options]>([
    ['files', { sslCertFilepath: cert, sslPrivateKeyFilepath: key }],
    ['memory', serving(good)],
    [
      'bytes',
      { serverSslCertMem: Buffer.from(good.cert), serverSslPrivateKeyMem: Buffer.from(good.key) },
    ],
    ['a chain', { ...serving(good), serverSslCertMem: `${good.cert}\n${ca.cert}` }],
    ['a key in front of its certificate, with text', serving({ ...good, cert: withText })],
    ['a file and memory', { sslCertFilepath: cert, serverSslPrivateKeyMem: good.key }],
    [
      'a locked key',
      {
        sslCertFilepath: lockedCert,
        sslPrivateKeyFilepath: lockedKey,
        sslPrivateKeyPassword: 'open',
      },
    ],
  ])('%s', async (_name, options) => {
    const { port } = await serve([of(options)]);
    expect(await ask(port, { ca: ca.cert })).toMatchObject({ status: 200 });
  });
});

describe('fails, naming the file and the reason', () => {
  test.each<[string, Options, string, string[]]>([
    [
      'no file',
      { sslCertFilepath: none, sslPrivateKeyFilepath: key },
      'LWS_ERR_TLS_FILE',
      [none, 'ENOENT'],
    ],
    [
      'a directory',
      { sslCertFilepath: dir.path, sslPrivateKeyFilepath: key },
      'LWS_ERR_TLS_FILE',
      [dir.path, 'EISDIR'],
    ],
    [
      'no PEM',
      { sslCertFilepath: junk, sslPrivateKeyFilepath: key },
      'LWS_ERR_TLS_CERTIFICATE',
      [junk],
    ],
    [
      'no PEM key',
      { sslCertFilepath: cert, sslPrivateKeyFilepath: junk },
      'LWS_ERR_TLS_CERTIFICATE',
      [junk],
    ],
    [
      'a key of another',
      { sslCertFilepath: cert, sslPrivateKeyFilepath: otherKey },
      'LWS_ERR_TLS_CERTIFICATE_KEY',
      [cert, otherKey],
    ],
    [
      'expired',
      { sslCertFilepath: expiredCert, sslPrivateKeyFilepath: expiredKey },
      'LWS_ERR_TLS_CERTIFICATE_DATES',
      [expiredCert, 'valid from'],
    ],
    [
      'not yet valid',
      { sslCertFilepath: earlyCert, sslPrivateKeyFilepath: earlyKey },
      'LWS_ERR_TLS_CERTIFICATE_DATES',
      [earlyCert, 'valid from'],
    ],
    [
      'no key',
      { sslCertFilepath: cert },
      'LWS_ERR_TLS_NO_CERTIFICATE',
      ['one.test', 'private key'],
    ],
    [
      'no certificate',
      { sslPrivateKeyFilepath: key },
      'LWS_ERR_TLS_NO_CERTIFICATE',
      ['certificate'],
    ],
    [
      'a locked key without its password',
      { sslCertFilepath: lockedCert, sslPrivateKeyFilepath: lockedKey },
      'LWS_ERR_TLS_CERTIFICATE',
      [lockedKey, 'encrypted', 'no password'],
    ],
    [
      'a locked key of the older form without its password',
      { ...serving(good), serverSslPrivateKeyMem: olderLock },
      'LWS_ERR_TLS_CERTIFICATE',
      ['the key in memory is encrypted'],
    ],
    [
      'a locked key with another password',
      {
        sslCertFilepath: lockedCert,
        sslPrivateKeyFilepath: lockedKey,
        sslPrivateKeyPassword: 'shut',
      },
      'LWS_ERR_TLS_CERTIFICATE',
      [lockedKey],
    ],
    [
      'a chain of which one is none',
      { sslCertFilepath: brokenChain, sslPrivateKeyFilepath: key },
      'LWS_ERR_TLS_CERTIFICATE',
      [brokenChain],
    ],
    [
      'several CAs of which one is none',
      { ...serving(good), sslCaFilepath: brokenBundle },
      'LWS_ERR_TLS_CERTIFICATE',
      [brokenBundle],
    ],
    [
      'several CAs of which the last is cut off',
      { ...serving(good), serverSslCaMem: ca.cert + ca.cert.slice(0, 300) },
      'LWS_ERR_TLS_CERTIFICATE',
      ['a CA in memory'],
    ],
    [
      'another certificate in memory beside a file',
      { sslCertFilepath: cert, sslPrivateKeyFilepath: key, serverSslCertMem: other.cert },
      'LWS_ERR_TLS_CERTIFICATE_KEY',
      ['the certificate in memory', key],
    ],
    [
      'a CA that is none',
      { ...serving(good), sslCaFilepath: junk },
      'LWS_ERR_TLS_CERTIFICATE',
      [junk],
    ],
    [
      'a CA of memory that is none',
      { ...serving(good), serverSslCaMem: 'x' },
      'LWS_ERR_TLS_CERTIFICATE',
      ['CA'],
    ],
    [
      'a certificate of clients that is none',
      { clientSslCertFilepath: junk, clientSslPrivateKeyFilepath: key },
      'LWS_ERR_TLS_CERTIFICATE',
      [junk],
    ],
    [
      'a CA of servers that is none',
      { clientSslCaFilepath: junk },
      'LWS_ERR_TLS_CERTIFICATE',
      [junk],
    ],
    ['an option of another kind', { sslCertFilepath: 7 }, 'LWS_ERR_OPTION', ['sslCertFilepath']],
  ])('%s', async (_name, options, code, parts) => {
    const error = await serve([of(options)]).then(
      () => undefined,
      (reason: { code: string; message: string }) => reason,
    );
    expect(error?.code).toBe(code);
    for (const part of parts) expect(error?.message).toContain(part);
  });

  test.skipIf(process.getuid?.() === 0)(
    'a file that may not be read (root may read all: skipped)',
    async () => {
      const shut = dir.write('shut.key', good.key);
      chmodSync(shut, 0);
      const error = await serve([of({ sslCertFilepath: cert, sslPrivateKeyFilepath: shut })]).catch(
        (reason: { message: string }) => reason,
      );
      expect(error).toMatchObject({ code: 'LWS_ERR_TLS_FILE' });
    },
  );
});

describe('createVhostSslCtx', () => {
  const supplied = (supply: (context: SecureContextBuilder) => void) =>
    protocol({ name: 'supplies', tls: { loadExtraServerVerifyCerts: supply } });

  test('serves the pair that the program supplies', async () => {
    const protocols = [
      supplied((context) => {
        context.certificate(locked.cert);
        context.privateKey(locked.key, 'open');
      }),
    ];
    const { port } = await serve([of({ createVhostSslCtx: true, protocols })]);
    expect(await ask(port, { ca: ca.cert })).toMatchObject({ status: 200, protocol: 'TLSv1.3' });
  });

  test.each([
    ['supplies nothing', () => undefined],
    [
      'supplies a certificate alone',
      (context: SecureContextBuilder) => context.certificate(good.cert),
    ],
  ])('fails when the program %s', async (_name, supply) => {
    const error = await serve([
      of({ createVhostSslCtx: true, protocols: [supplied(supply)] }),
    ]).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'LWS_ERR_TLS_NO_CERTIFICATE' });
  });

  test.each([
    ['loadExtraServerVerifyCerts', { createVhostSslCtx: true }],
    ['loadExtraClientVerifyCerts', { ...serving(good), clientSslCaMem: ca.cert }],
  ])('fails when %s gives a promise', async (name, options) => {
    const later = async () => {
      throw new Error('later');
    };
    const protocols = [protocol({ name: 'late', tls: { [name]: later as never } })];
    const error = await serve([of({ ...options, protocols })]).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'LWS_ERR_PROTOCOL_DEFINITION',
      message: expect.stringContaining(`tls.${name} of protocol "late" gave a promise`),
    });
  });

  test('without the option a vhost has no TLS, whatever the program supplies', async () => {
    let asked = 0;
    const { port } = await serve([of({ protocols: [supplied(() => void asked++)] })]);
    expect(await statusOf(ask(port, { ca: ca.cert }))).toBe('refused');
    expect(asked).toBe(0);
  });

  test('CAs of clients come beside those of the options', async () => {
    const clients = new Authority('of clients');
    const shown = clients.issue(['client']);
    const protocols = [supplied((context) => context.ca(clients.cert))];
    const { port } = await serve([
      of({
        ...serving(good),
        serverSslCaMem: ca.cert,
        requireValidOpensslClientCert: true,
        protocols,
      }),
    ]);
    expect(await ask(port, { ca: ca.cert, ...shown })).toMatchObject({ authorized: true });
    expect(await ask(port, { ca: ca.cert, ...other })).toMatchObject({ authorized: true });
  });
});

test('certificateEnd and ssl_cert_end say when, of a context the first of all', async () => {
  const plain = { name: 'plain.test', interface: '127.0.0.2' };
  const soon = serving(ca.issue(['soon.test'], { notAfter: Date.now() + 2 * day }));
  const { context } = await serve([of(serving(good)), plain, of({ name: 'soon.test', ...soon })]);
  const [first, second, third] = context.vhosts;
  const ends = context.vhosts.map(({ counters }) => counters.ssl_cert_end);
  expect(ends[0]).toBe(Math.floor(((first && certificateEnd(first)) ?? 0) / 1000));
  expect(ends[1]).toBe(0);
  expect(context.counters.ssl_cert_end).toBe(ends[2]);
  await third?.destroy();
  expect(context.counters.ssl_cert_end).toBe(ends[0]);
  expect(first && certificateEnd(first)).toBeGreaterThan(Date.now() + 29 * day);
  expect(second && certificateEnd(second)).toBeUndefined();
});

test('sessions are of one vhost, however much alike the names are', async () => {
  const { context } = await serve([of(serving(good))]);
  const options = context.vhosts[0]?.options as unknown as ResolvedTlsOptions;
  const source = {
    certFile: undefined,
    cert: good.cert,
    keyFile: undefined,
    key: good.key,
    passphrase: undefined,
  };
  const supply = { pair: readCredentials(source, 'x', Date.now()), cas: [], crls: [] };
  const idOf = (name: string) => serverContextOptions(name, options, supply).sessionIdContext;
  const long = 'a.name.that.begins.as.the.other.one.does';
  const ids = ['one.test', 'two.test', `${long}.test`, `${long}.example`].map(idOf);
  expect(new Set(ids).size).toBe(4);
  // what OpenSSL takes
  for (const id of ids) expect(id).toHaveLength(32);
});
