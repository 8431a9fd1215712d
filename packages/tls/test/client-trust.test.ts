/** Which servers a client of ours accepts, and what it shows them. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer as createPlainServer } from 'node:net';
import nodeTls, { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { type Context, createContext, type VhostOptions } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { type LwsError, protocol, type SecureContextBuilder } from '@lws-ts/interface';
import { ws } from '@lws-ts/ws';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { captureLog } from '../../core/test/captured-log.ts';
import { answerTo } from '../../ws/test/scripted-server.ts';
import { initVhostClientSsl, tls } from '../src/index.ts';
import { Authority, type Issued, serving, TestDir } from './authority.ts';

const day = 86_400_000;
const ca = new Authority();
const strangers = new Authority('strangers');
const clients = new Authority('clients');
const dir = new TestDir();
const closers: (() => unknown)[] = [];
captureLog();
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(() => dir.remove());

const good = ca.issue(['localhost', '127.0.0.1']);
const wildcard = ca.issue(['*.inside.test']);
const otherName = ca.issue(['other.test']);
const expired = ca.issue(['localhost', '127.0.0.1'], { notAfter: Date.now() - day / 2 });
const early = ca.issue(['localhost', '127.0.0.1'], { notBefore: Date.now() + day });
const unknown = strangers.issue(['localhost', '127.0.0.1']);
const oldUnknown = strangers.issue(['localhost', '127.0.0.1'], { notAfter: Date.now() - day / 2 });
const chained = { notAfter: Date.now() - day / 2, between: true };
const oldChained = ca.issue(['localhost', '127.0.0.1'], chained);
const oldUnknownChained = strangers.issue(['localhost', '127.0.0.1'], chained);
/** Signed by somebody whose certificate lets them sign nothing. */
const forged = ca.issue(['localhost', '127.0.0.1'], { ...chained, betweenMayIssue: false });
const shown = clients.issue(['client']);
const lockedKey = clients.issue(['client'], { passphrase: 'open' });

/** A WebSocket server over node:tls. */
async function server(issued: Issued, options: TlsOptions = {}) {
  const sockets: TLSSocket[] = [];
  const made = createServer({ ...issued, ...options }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.once('data', (bytes) => void socket.write(answerTo(bytes.toString('latin1'))));
  });
  made.on('tlsClientError', () => undefined);
  made.listen(0, '127.0.0.1');
  await once(made, 'listening');
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    made.close();
  });
  return { port: (made.address() as AddressInfo).port, sockets };
}

type Modules = readonly [ReturnType<typeof tls>, ReturnType<typeof http>, ReturnType<typeof ws>];
type Vhost = Partial<VhostOptions<Modules>>;
const out = protocol({ name: 'out', client: {} });

async function client(vhost: Vhost): Promise<Context<Modules>> {
  const context = await createContext({
    use: [tls(), http(), ws()] as const,
    vhosts: [{ port: -1, protocols: [out], ...vhost }],
  });
  closers.push(() => context.close({ deadlineSecs: 0 }));
  return context;
}

/** `ok`, or the code and message of the error. */
async function outcome(context: Context<Modules>, options: object): Promise<string> {
  return context.open(options as Parameters<typeof context.open>[0]).then(
    () => 'ok',
    (error: LwsError) => `${error.code} ${error.message}`,
  );
}

const trusting = { clientSslCaMem: ca.cert };
const allowSelfsigned = { allowSelfsigned: true };
const allowExpired = { allowExpired: true };
const skipServerCertHostnameCheck = { skipServerCertHostnameCheck: true };
const allowInsecure = { allowInsecure: true };
const refused = /^LWS_ERR_TLS_SERVER_CERTIFICATE .*/;

describe('a certificate', () => {
  test.each<[string, Issued, Vhost, object, RegExp]>([
    ['of a known CA', good, trusting, {}, /^ok$/],
    ['of a CA in a file', good, { clientSslCaFilepath: dir.write('ca.pem', ca.cert) }, {}, /^ok$/],
    ['of a CA that the call names', good, {}, trusting, /^ok$/],
    [
      'of a CA that the call names, in a file',
      good,
      { clientSslCaMem: strangers.cert },
      { clientSslCaFilepath: dir.write('own-ca.pem', ca.cert) },
      /^ok$/,
    ],
    [
      'of a CA of the vhost where the call names another',
      good,
      trusting,
      { clientSslCaMem: strangers.cert },
      refused,
    ],
    ['of a name that the call asks for', otherName, trusting, { serverName: 'other.test' }, /^ok$/],
    [
      'of another name than the call asks for',
      good,
      trusting,
      { serverName: 'other.test' },
      refused,
    ],
    ['of nobody that the system knows', good, {}, {}, refused],
    ['of nobody at all', good, { disableOsCaCerts: true }, {}, refused],
    ['of another CA', unknown, trusting, {}, refused],
    ['of another CA, allowed', unknown, trusting, allowSelfsigned, /^ok$/],
    ['of another CA, another thing allowed', unknown, trusting, allowExpired, refused],
    ['of another CA and of yesterday, one allowed', oldUnknown, trusting, allowExpired, refused],
    ['of another CA and of yesterday, the other', oldUnknown, trusting, allowSelfsigned, refused],
    [
      'of another CA and of yesterday, both allowed',
      oldUnknown,
      trusting,
      { ...allowSelfsigned, ...allowExpired },
      /^ok$/,
    ],
    ['of yesterday, with one between, allowed', oldChained, trusting, allowExpired, /^ok$/],
    [
      'of another CA and of yesterday, with one between',
      oldUnknownChained,
      trusting,
      allowExpired,
      refused,
    ],
    ['of one who may issue none, and of yesterday', forged, trusting, allowExpired, refused],
    [
      'of another name',
      otherName,
      trusting,
      {},
      /LWS_ERR_TLS_SERVER_CERTIFICATE.*(localhost|altnames)/,
    ],
    ['of another name, allowed', otherName, trusting, skipServerCertHostnameCheck, /^ok$/],
    ['of another name, another thing allowed', otherName, trusting, allowSelfsigned, refused],
    ['of yesterday', expired, trusting, {}, /LWS_ERR_TLS_SERVER_CERTIFICATE.*CERT_HAS_EXPIRED/],
    ['of yesterday, allowed', expired, trusting, allowExpired, /^ok$/],
    [
      'of yesterday, another thing allowed',
      expired,
      trusting,
      skipServerCertHostnameCheck,
      refused,
    ],
    ['of tomorrow', early, trusting, {}, /LWS_ERR_TLS_SERVER_CERTIFICATE.*NOT_YET_VALID/],
    [
      'of another CA and name, all allowed',
      strangers.issue(['x']),
      trusting,
      allowInsecure,
      /^ok$/,
    ],
  ])('%s', async (_name, issued, vhost, options, expected) => {
    const { port } = await server(issued);
    const context = await client(vhost);
    expect(await outcome(context, { url: `wss://localhost:${port}/`, ...options })).toMatch(
      expected,
    );
  });

  test('is there for the program, however often it looks', async () => {
    const seen: string[] = [];
    const looks = protocol({
      name: 'looks',
      client: {
        established({ security }) {
          for (let at = 0; at < 2; at++)
            seen.push(new X509Certificate(security?.peerCertificate ?? '').subjectAltName ?? '');
        },
      },
    });
    const issued = ca.issue(['localhost'], { between: true });
    const { port } = await server(issued);
    const context = await client({ ...trusting, protocols: [looks] });
    expect(await outcome(context, { url: `wss://localhost:${port}/` })).toBe('ok');
    expect(seen).toEqual(['DNS:localhost', 'DNS:localhost']);
  });

  test.each([
    ['on a list', ca.revoked([good]), {}, /^LWS_ERR_TLS_SERVER_CERTIFICATE .*CERT_REVOKED/],
    ['on a list, another thing allowed', ca.revoked([good]), allowSelfsigned, refused],
    ['on none', ca.revoked([otherName]), {}, /^ok$/],
    ['on a list, and of yesterday, allowed', ca.revoked([expired]), allowExpired, refused, expired],
  ] as const)('that was revoked: %s', async (name, list, options, expected, issued = good) => {
    const { port } = await server(issued);
    const clientSslCrlFilepath = dir.write(`${name.replaceAll(/\W/g, '-')}.pem`, list);
    const context = await client({ ...trusting, clientSslCrlFilepath });
    const url = `wss://localhost:${port}/`;
    expect(await outcome(context, { url, ...options })).toMatch(expected);
  });

  test.each([
    ['for an address', good, '127.0.0.1', /^ok$/],
    ['of another name for an address', otherName, '127.0.0.1', refused],
    ['with a wildcard', wildcard, 'a.inside.test', /^ok$/],
    ['with a wildcard for two labels', wildcard, 'a.b.inside.test', refused],
  ])('%s', async (_name, issued, host, expected) => {
    const { port } = await server(issued);
    const context = await client(trusting);
    const lookup = (
      _host: string,
      options: { all?: boolean },
      done: (...all: unknown[]) => void,
    ) =>
      options.all === true
        ? done(null, [{ address: '127.0.0.1', family: 4 }])
        : done(null, '127.0.0.1', 4);
    expect(await outcome(context, { url: `wss://${host}:${port}/`, lookup })).toMatch(expected);
  });

  test('CAs of loadExtraClientVerifyCerts count too', async () => {
    const supplies = protocol({
      name: 'supplies',
      client: {},
      tls: { loadExtraClientVerifyCerts: (context: SecureContextBuilder) => context.ca(ca.cert) },
    });
    const { port } = await server(good);
    const context = await client({ protocols: [supplies] });
    expect(await outcome(context, { url: `wss://localhost:${port}/` })).toBe('ok');
  });
});

test('the server name is sent for a name, and none for an address', async () => {
  const { port, sockets } = await server(good);
  const context = await client(trusting);
  await context.open({ url: `wss://localhost:${port}/` });
  await context.open({ url: `wss://127.0.0.1:${port}/` });
  const names = sockets.map((socket) => (socket as { servername?: string | false }).servername);
  expect(names).toEqual(['localhost', false]);
});

describe('a certificate of the client', () => {
  const asking = { requestCert: true, rejectUnauthorized: true, ca: clients.cert };
  const cert = dir.write('client.pem', shown.cert);
  const key = dir.write('client.key', shown.key);
  test.each<[string, Vhost, boolean]>([
    ['none', {}, false],
    ['in memory', { clientSslCertMem: shown.cert, clientSslKeyMem: shown.key }, true],
    ['in files', { clientSslCertFilepath: cert, clientSslPrivateKeyFilepath: key }, true],
    [
      'with a locked key',
      {
        clientSslCertMem: lockedKey.cert,
        clientSslPrivateKeyFilepath: dir.write('locked.key', lockedKey.key),
        clientSslPrivateKeyPassword: 'open',
      },
      true,
    ],
  ])('%s', async (_name, vhost, taken) => {
    const { port } = await server(good, { ...asking, maxVersion: 'TLSv1.2' });
    const context = await client({ ...trusting, ...vhost });
    const came = await outcome(context, { url: `wss://localhost:${port}/` });
    expect(came === 'ok').toBe(taken);
    if (!taken) expect(came).toMatch(/^LWS_ERR_/);
  });
});

test('a name that ends with a dot is asked for without it (RFC 6066 §3)', async () => {
  const { port, sockets } = await server(good);
  const context = await client(trusting);
  // not every resolver knows it so
  const lookup = (_host: string, _options: object, found: (...args: unknown[]) => void): void =>
    found(null, [{ address: '127.0.0.1', family: 4 }]);
  expect(await outcome(context, { url: `wss://localhost.:${port}/`, lookup })).toBe('ok');
  expect(sockets[0]).toHaveProperty('servername', 'localhost');
});

test('clientSslCipherList is for clients alone', async () => {
  const { port } = await server(ca.issue(['localhost'], { keys: 'rsa' }), {
    maxVersion: 'TLSv1.2',
    ciphers: 'ECDHE-RSA-AES256-GCM-SHA384',
  });
  const url = `wss://localhost:${port}/`;
  const one = await client({ ...trusting, clientSslCipherList: 'ECDHE-RSA-AES128-GCM-SHA256' });
  expect(await outcome(one, { url })).toMatch(/^LWS_ERR_TLS_HANDSHAKE/);
  const two = await client({ ...trusting, clientSslCipherList: 'ECDHE-RSA-AES256-GCM-SHA384' });
  expect(await outcome(two, { url })).toBe('ok');
  // without it they have those of the vhost
  const three = await client({ ...trusting, sslCipherList: 'ECDHE-RSA-AES128-GCM-SHA256' });
  expect(await outcome(three, { url })).toMatch(/^LWS_ERR_TLS_HANDSHAKE/);
});

describe('a vhost that serves', () => {
  const listening = { port: 0, interface: '127.0.0.1', ...serving(good) };

  test('has no clients of TLS until initVhostClientSsl, and says so', async () => {
    const { port } = await server(good);
    const context = await client(listening);
    const options = { url: `wss://localhost:${port}/`, allowSelfsigned: true };
    const error = await context.open(options).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'LWS_ERR_TLS_CLIENT_INIT' });
    expect((error as LwsError).hint).toContain('initVhostClientSsl');
    const [vhost] = context.vhosts;
    if (vhost !== undefined) initVhostClientSsl(vhost);
    expect(await outcome(context, options)).toBe('ok');
  });

  test('has them at once when an option of clients is set', async () => {
    const { port } = await server(good);
    const context = await client({ ...listening, ...trusting });
    expect(await outcome(context, { url: `wss://localhost:${port}/` })).toBe('ok');
  });

  test('initVhostClientSsl of a vhost without tls() is refused', async () => {
    expect(() => initVhostClientSsl({ name: 'x' })).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_OPTION' }),
    );
  });
});

test.each([
  [{ disableOsCaCerts: true }, []],
  [{ disableOsCaCerts: true, ...trusting }, [ca.cert]],
  [trusting, [ca.cert]],
])('of %o nobody but those who are named is trusted', async (vhost, trusted) => {
  const { port } = await server(good);
  const made = vi.spyOn(nodeTls, 'createSecureContext');
  await outcome(await client(vhost), { url: `wss://localhost:${port}/` });
  expect(made.mock.calls.map(([options]) => options?.ca)).toContainEqual(trusted);
  made.mockRestore();
});

test('what is no TLS is told in one line', async () => {
  const made = createPlainServer((socket) => {
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  made.listen(0, '127.0.0.1');
  await once(made, 'listening');
  closers.push(() => made.close());
  const { port } = made.address() as AddressInfo;
  const said = await outcome(await client(trusting), { url: `wss://localhost:${port}/` });
  expect(said).toMatch(/^LWS_ERR_TLS_HANDSHAKE .*wrong version number/);
  expect(said).not.toContain('\n');
});
