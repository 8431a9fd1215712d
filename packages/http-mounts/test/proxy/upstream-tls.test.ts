/** How a proxy mount speaks to an upstream over TLS. */
import { once } from 'node:events';
import { type AddressInfo, createServer as createPlain, type Socket } from 'node:net';
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import type { LwsError } from '@lws-ts/interface';
import { VirtualClock } from '@lws-ts/test-kit';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { answer } from '../../../http/test/client/scripted-origin.ts';
import { tls } from '../../../tls/src/index.ts';
import { Authority, type Issued } from '../../../tls/test/authority.ts';
import { get, logged, openProxy, readAnswer } from './open-proxy.ts';

const ca = new Authority();
const clients = new Authority('clients');
const good = ca.issue(['127.0.0.1']);
const named = ca.issue(['inside.test']);
const expired = ca.issue(['127.0.0.1'], { notAfter: Date.now() - 86_400_000 });
const shown = clients.issue(['proxy']);
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** Says whom it was asked for, and whom it was asked by. */
async function upstream(issued: Issued, options: TlsOptions = {}): Promise<number> {
  const server = createServer({ ...issued, ...options }, (socket: TLSSocket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      const who = String(socket.getPeerCertificate().subject?.CN ?? 'nobody');
      socket.write(answer(`${String(socket.servername)} ${who}`));
    });
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function asked(port: number, upstreamTls: object | undefined): Promise<string> {
  const mount = { origin: `https://127.0.0.1:${port}`, upstreamTls };
  const { ask } = await openProxy(() => undefined, { mount, modules: [tls()] });
  const got = readAnswer(await ask(get('/')));
  return got.status === 200 ? got.body : String(got.status);
}

const trusting = { clientSslCaMem: ca.cert };

describe('upstreamTls', () => {
  test.each<[string, Issued, object | undefined, string]>([
    ['none: nobody knows its CA', good, undefined, '502'],
    ['clientSslCaMem', good, trusting, 'false nobody'],
    ['clientSslCaMem of another', good, { clientSslCaMem: clients.cert }, '502'],
    ['allowSelfsigned', good, { allowSelfsigned: true }, 'false nobody'],
    ['another name', named, trusting, '502'],
    ['serverName', named, { ...trusting, serverName: 'inside.test' }, 'inside.test nobody'],
    [
      'skipServerCertHostnameCheck',
      named,
      { ...trusting, skipServerCertHostnameCheck: true },
      'false nobody',
    ],
    ['out of date', expired, trusting, '502'],
    ['allowExpired', expired, { ...trusting, allowExpired: true }, 'false nobody'],
    ['allowInsecure', named, { allowInsecure: true }, 'false nobody'],
  ])('%s', async (_name, issued, given, expected) => {
    expect(await asked(await upstream(issued), given)).toBe(expected);
    if (expected === '502') expect(logged.join()).toContain('LWS_ERR_TLS_SERVER_CERTIFICATE');
  });

  test.each<[string, object, string]>([
    ['without one', trusting, '502'],
    [
      'with one',
      { ...trusting, clientSslCertMem: shown.cert, clientSslKeyMem: shown.key },
      'false proxy',
    ],
  ])('an upstream that asks for a certificate, %s', async (_name, given, expected) => {
    const port = await upstream(good, {
      requestCert: true,
      ca: [clients.cert],
      maxVersion: 'TLSv1.2',
    });
    expect(await asked(port, given)).toBe(expected);
  });

  test.each<[string, object, string, RegExp]>([
    ['no record', { upstreamTls: true }, 'https', /upstreamTls is not a record/],
    ['an unknown member', { upstreamTls: { ca: 'x' } }, 'https', /ca/],
    ['no PEM', { upstreamTls: { clientSslCaMem: 1 } }, 'https', /clientSslCaMem is no PEM/],
    ['a name that is none', { upstreamTls: { serverName: 'a b' } }, 'https', /serverName/],
    ['of an origin without TLS', { upstreamTls: {} }, 'http', /not https:/],
  ])('refused at creation: %s', async (_name, given, scheme, message) => {
    const mount = { origin: `${scheme}://127.0.0.1:1`, ...given };
    const made = openProxy(() => undefined, { mount, modules: [tls()] });
    const error = (await made.catch((thrown: unknown) => thrown)) as LwsError;
    expect(error.code).toMatch(/^LWS_ERR_OPTION/);
    expect(error.message).toMatch(message);
  });
});

test.each<[string, object, number]>([
  ['connectTimeoutSecs', { connectTimeoutSecs: 2 }, 2],
  ['5 s unless told otherwise', {}, 5],
])('a handshake that nobody answers is 504 after %s', async (_name, given, secs) => {
  const met: Socket[] = [];
  const silent = createPlain((socket) => met.push(socket.on('error', () => undefined)));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  closers.push(() => silent.close());
  const { port } = silent.address() as AddressInfo;
  const clock = new VirtualClock();
  const mount = { origin: `https://127.0.0.1:${port}`, ...given };
  const { connect } = await openProxy(() => undefined, { mount, modules: [tls()], clock });
  const peer = await connect();
  await peer.send(get('/'));
  await vi.waitUntil(() => met.length === 1);
  await clock.advance(secs * 1000 - 500);
  expect(peer.text).toBe('');
  await clock.advance(1000);
  await vi.waitUntil(() => peer.text.includes('\r\n\r\n'));
  expect(readAnswer(peer.text).status).toBe(504);
  expect(logged.join()).toContain('LWS_ERR_MOUNT_UPSTREAM_TIMEOUT');
});
