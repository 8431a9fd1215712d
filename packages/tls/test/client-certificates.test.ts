/** Certificates that clients show: required, optional, of another CA, and on one port with vhosts that ask for none. */

import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { createContext } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { protocol, type SecureContextBuilder } from '@lws-ts/interface';
import { ws } from '@lws-ts/ws';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { captureLog } from '../../core/test/captured-log.ts';
import { reloadCertificates, tls } from '../src/index.ts';
import { Authority, serving, TestDir } from './authority.ts';
import { ask, askOver, closeServed, serve, statusOf, until } from './served.ts';

const ca = new Authority();
const clients = new Authority('a CA of clients');
const strangers = new Authority('a CA of strangers');
const known = clients.issue(['known client']);
const stranger = strangers.issue(['stranger']);
const expired = clients.issue(['expired'], { notAfter: Date.now() - 1000 });
const lines = captureLog();
afterEach(closeServed);

const base = { name: 'one.test', ...serving(ca.issue(['one.test'])), serverSslCaMem: clients.cert };
const required = { ...base, requireValidOpensslClientCert: true };
const optional = { ...required, peerCertNotRequired: true };

const { serverSslCaMem: _ca, ...withoutCa } = base;
const both = { requireValidOpensslClientCert: true, peerCertNotRequired: true };

const served = (shown: object) => ({ status: 200, ...shown });
const shownAndGood = served({ authorized: true, peer: 'shown' });
const none = served({ authorized: false, peer: 'none' });

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('%s', (version) => {
  const only = { ca: ca.cert, minVersion: version, maxVersion: version } as const;

  test.each([
    ['nobody is asked', base, known, none],
    ['required and known', required, known, shownAndGood],
    ['required and none', required, {}, 'refused'],
    ['required and unknown', required, stranger, 'refused'],
    ['required and expired', required, expired, 'refused'],
    ['optional and known', optional, known, shownAndGood],
    ['optional and none', optional, {}, none],
    ['optional and unknown', optional, stranger, 'refused'],
  ] as const)('%s', async (_name, vhost, shown, expected) => {
    const { port, context } = await serve([vhost]);
    const answer = await ask(port, { ...only, ...shown }).catch(() => ({ status: Number.NaN }));
    if (expected !== 'refused') expect(answer).toMatchObject(expected);
    else {
      expect(answer.status).toBeNaN();
      await until('the count', () => context.counters.rejected === 1);
      expect(context.counters.refused.get('LWS_ERR_TLS_CLIENT_CERTIFICATE')).toBe(1);
      expect(lines.join('\n')).toContain('LWS_ERR_TLS_CLIENT_CERTIFICATE');
    }
  });

  test.each([
    ['stays', () => undefined],
    ['is there when the context ends', (context: { close(): unknown }) => void context.close()],
  ])(
    'who is refused is cut after a moment, though it says more and %s',
    async (_name, meanwhile) => {
      const { port, context } = await serve([required]);
      const at = { port, host: '127.0.0.1', servername: 'one.test', ...only, allowHalfOpen: true };
      const client = connect(at).on('error', () => undefined);
      await once(client, 'secureConnect');
      client.write('GET / HTTP/1.1\r\n');
      await until('the refusal', () => context.counters.rejected === 1);
      meanwhile(context);
      // what is sent to a socket that is gone is answered with a reset
      await until('the cut', () => {
        if (!client.destroyed) client.write('x');
        return client.destroyed;
      });
      expect(context.counters.refused.get('LWS_ERR_TLS_CLIENT_CERTIFICATE')).toBe(1);
    },
  );

  test('without a CA of its own a vhost trusts no client at all', async () => {
    const { port } = await serve([{ ...withoutCa, ...both }]);
    const answer = await ask(port, { ...only, ...known }).catch(() => ({ status: Number.NaN }));
    expect(answer.status).toBeNaN();
  });

  test('a session of one vhost opens no other with another CA', async () => {
    const two = {
      name: 'two.test',
      ...serving(ca.issue(['two.test'])),
      serverSslCaMem: strangers.cert,
    };
    const { port } = await serve([required, { ...two, requireValidOpensslClientCert: true }]);
    const first = connect({ port, host: '127.0.0.1', servername: 'one.test', ...only, ...known });
    let session: Buffer | undefined;
    first.on('session', (one: Buffer) => {
      session = one;
    });
    await once(first, 'secureConnect');
    expect(await askOver(first, 'one.test')).toMatchObject(shownAndGood);
    expect(session).toBeDefined();
    // where it is from it is good
    const again = connect({
      port,
      host: '127.0.0.1',
      servername: 'one.test',
      ...only,
      ...known,
      session,
    });
    await once(again, 'secureConnect');
    expect(again.isSessionReused()).toBe(true);
    expect(await askOver(again, 'one.test')).toMatchObject(shownAndGood);
    const other = connect({
      port,
      host: '127.0.0.1',
      servername: 'two.test',
      ...only,
      ...known,
      session,
    });
    other.on('error', () => undefined);
    const answer = await Promise.race([
      once(other, 'secureConnect').then(() => askOver(other, 'two.test')),
      once(other, 'close').then(() => undefined),
    ]);
    expect([other.isSessionReused(), answer?.status ?? Number.NaN]).toEqual([false, Number.NaN]);
  });

  test.each([
    ['none', {}, none],
    ['a known one', known, shownAndGood],
  ])('a session is resumed with what was shown: %s', async (_name, shown, expected) => {
    const { port } = await serve([optional]);
    const at = { port, host: '127.0.0.1', servername: 'one.test', ...only, ...shown };
    const sessions: Buffer[] = [];
    const first = connect(at).on('session', (one: Buffer) => sessions.push(one));
    await once(first, 'secureConnect');
    expect(await askOver(first, 'one.test')).toMatchObject(expected);
    const again = connect({ ...at, session: sessions.at(-1) });
    await once(again, 'secureConnect');
    expect(again.isSessionReused()).toBe(true);
    expect(await askOver(again, 'one.test')).toMatchObject(expected);
  });

  test('vhosts with and without are on one port', async () => {
    const open = { name: 'open.test', ...serving(ca.issue(['open.test'])) };
    const { port } = await serve([open, required]);
    expect(await ask(port, { ...only, servername: 'open.test' })).toMatchObject(none);
    expect(await ask(port, { ...only, ...known })).toMatchObject(shownAndGood);
    expect(await statusOf(ask(port, only))).toBe('refused');
  });
});

describe('requireValidOpensslClientCert without a CA', () => {
  const asking = { ...withoutCa, requireValidOpensslClientCert: true };
  const supplying = (ca?: string) =>
    protocol({
      name: 'supplies',
      tls: {
        loadExtraServerVerifyCerts(context: SecureContextBuilder) {
          if (ca !== undefined) context.ca(ca);
        },
      },
    });
  const refused = {
    code: 'LWS_ERR_TLS_OPTIONS',
    message: expect.stringContaining('one.test: requireValidOpensslClientCert') as string,
    hint: expect.stringContaining('sslCaFilepath') as string,
  };

  test('is refused, as nobody could connect', async () => {
    await expect(serve([asking])).rejects.toMatchObject(refused);
    await expect(serve([{ ...asking, protocols: [supplying()] }])).rejects.toMatchObject(refused);
  });

  test.each([
    ['clients may come without', { ...asking, peerCertNotRequired: true }],
    ['the program has one', { ...asking, protocols: [supplying(clients.cert)] }],
  ])('is good where %s', async (_name, vhost) => {
    const { port } = await serve([vhost]);
    const shown = 'peerCertNotRequired' in vhost ? {} : known;
    expect(await ask(port, { ca: ca.cert, ...shown })).toMatchObject({ status: 200 });
  });
});

test.each(['requireValidOpensslClientCert', 'redirectHttpToHttps'])(
  '%s of a vhost without TLS is refused',
  async (option) => {
    for (const port of [0, -1])
      await expect(serve([{ name: 'one.test', port, [option]: true }])).rejects.toMatchObject({
        code: 'LWS_ERR_TLS_OPTIONS',
        message: expect.stringContaining(`one.test: ${option}`) as string,
      });
  },
);

describe('revoked certificates', () => {
  const dir = new TestDir();
  const second = clients.issue(['second client']);
  const none = clients.revoked([]);
  const crl = dir.write('crl.pem', clients.revoked([known]));
  const two = dir.write('two.pem', `${strangers.revoked([])}\n${clients.revoked([known])}`);
  const supplies = protocol({
    name: 'supplies',
    tls: {
      loadExtraServerVerifyCerts(context: SecureContextBuilder) {
        context.crl(clients.revoked([known]));
      },
    },
  });
  afterAll(() => dir.remove());

  test.each([
    ['one of sslCrlFilepath', { sslCrlFilepath: crl }, known, 'refused'],
    ['one of crl() of the handler', { protocols: [supplies] }, known, 'refused'],
    ['another is taken', { sslCrlFilepath: crl }, second, 200],
    ['of a list that is empty', { sslCrlFilepath: dir.write('none.pem', none) }, known, 200],
    ['one of the second list of a file', { sslCrlFilepath: two }, known, 'refused'],
    ['another is taken by the second list of a file', { sslCrlFilepath: two }, second, 200],
    [
      'anybody when the list is out of date',
      { sslCrlFilepath: dir.write('old.pem', clients.revoked([], Date.now() - 60_000)) },
      second,
      'refused',
    ],
    [
      'anybody when there is only the list of another CA',
      { sslCrlFilepath: dir.write('other.pem', strangers.revoked([])) },
      second,
      'refused',
    ],
  ] as const)('%s', async (_name, given, shown, expected) => {
    const { port, context } = await serve([{ ...required, ...given }]);
    expect(await statusOf(ask(port, { ca: ca.cert, ...shown }))).toBe(expected);
    if (expected === 200) return;
    await until('the count', () => context.counters.rejected === 1);
    expect(lines.join('\n')).toMatch(/LWS_ERR_TLS_CLIENT_CERTIFICATE.*(REVOKED|CRL)/);
  });

  test('a list that changes is used for new connections, sessions of before included', async () => {
    const file = dir.write('changing.pem', none);
    const { port, context } = await serve([{ ...required, sslCrlFilepath: file }]);
    const at = { port, host: '127.0.0.1', servername: 'one.test', ca: ca.cert, ...known };
    let session: Buffer | undefined;
    const first = connect(at).on('session', (one: Buffer) => {
      session = one;
    });
    await once(first, 'secureConnect');
    expect(await askOver(first, 'one.test')).toMatchObject(shownAndGood);
    dir.write('changing.pem', clients.revoked([known]));
    const [vhost] = context.vhosts;
    expect(vhost && reloadCertificates(vhost)).toBeUndefined();
    expect(session).toBeDefined();
    const again = ask(port, { ca: ca.cert, ...known, ...(session && { session }) });
    expect(await statusOf(again)).toBe('refused');
    expect(await ask(port, { ca: ca.cert, ...second })).toMatchObject(shownAndGood);
  });

  test.each([
    ['no PEM', dir.write('junk.pem', 'junk'), 'LWS_ERR_TLS_CERTIFICATE'],
    ['a certificate', dir.write('cert.pem', known.cert), 'LWS_ERR_TLS_CERTIFICATE'],
    [
      'a second list that is none',
      dir.write('half.pem', none + none.slice(0, 60)),
      'LWS_ERR_TLS_CERTIFICATE',
    ],
    ['no file', '/nothing/here.pem', 'LWS_ERR_TLS_FILE'],
  ])('%s fails the vhost, and the message names the file', async (_name, file, code) => {
    await expect(serve([{ ...required, sslCrlFilepath: file }])).rejects.toMatchObject({
      code,
      message: expect.stringContaining(file) as string,
    });
  });
});

test('a WebSocket handler reads who it is', async () => {
  const seen: unknown[] = [];
  const who = protocol({
    name: 'who',
    ws: {
      established({ security }) {
        const { peerCertificate } = security ?? {};
        seen.push(security?.authorized);
        if (peerCertificate !== undefined) seen.push(new X509Certificate(peerCertificate).subject);
      },
    },
  });
  const context = await createContext({
    use: [tls(), http(), ws()],
    vhosts: [
      { ...required, port: 0, interface: '127.0.0.1', protocols: [who.with({ default: true })] },
    ],
  });
  const socket = new WebSocket(`wss://127.0.0.1:${context.vhosts[0]?.port}`, {
    ca: ca.cert,
    servername: 'one.test',
    headers: { host: 'one.test' },
    ...known,
  } as ClientOptions);
  await once(socket, 'open');
  await until('the handler', () => seen.length === 2);
  expect(seen).toEqual([true, 'CN=known client']);
  socket.terminate();
  await context.close({ deadlineSecs: 0 });
});
