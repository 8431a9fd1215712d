/** SNI picks the vhost as Host does, and the two have to agree. */
import { once } from 'node:events';
import { type AddressInfo, connect as connectPlain, createServer, type Server } from 'node:net';
import { type ConnectionOptions, connect } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { captureLog } from '../../core/test/captured-log.ts';
import { Authority, serving } from './authority.ts';
import {
  ask,
  askOver,
  closeServed,
  codeOf,
  everything,
  plain,
  serve,
  statusOf,
  until,
} from './served.ts';

const ca = new Authority();
const lines = captureLog();
afterEach(closeServed);

const one = { name: 'one.test', ...serving(ca.issue(['one.test', '127.0.0.1'])) };
const two = { name: 'two.test', ...serving(ca.issue(['two.test', '*.two.test'], { keys: 'rsa' })) };

const secret = {
  name: 'secret.test',
  ...serving(ca.issue(['secret.test'])),
  serverSslCaMem: ca.cert,
  requireValidOpensslClientCert: true,
};

describe('the server name', () => {
  test.each([
    ['one.test', 'one.test'],
    ['two.test', 'two.test'],
    ['TWO.Test', 'two.test'],
    ['deep.two.test', 'two.test'],
    ['two.test.', 'two.test'],
  ])('%s is of vhost %s, with its certificate', async (servername, vhost) => {
    const { port } = await serve([one, two]);
    const answer = await ask(port, { ca: ca.cert, servername });
    expect(answer).toMatchObject({ status: 200, vhost });
  });

  test.each([
    ['unknown.test', {}],
    ['no name', { servername: '' }],
  ])('%s goes to the first vhost of the port', async (servername, given) => {
    const { port } = await serve([one, two]);
    const socket = connect({
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      servername,
      ...given,
    });
    await once(socket, 'secureConnect');
    expect(socket.getPeerX509Certificate()?.subject).toBe('CN=one.test');
    socket.destroy();
  });

  // RFC 6066 §3: a client names no address that it dials
  describe.each(['127.0.0.1', '[::1]'])('none, by a client that dials vhost %s', (name) => {
    const host = name.replaceAll(/[[\]]/g, '');
    const bind = { interface: host };
    const named = { ...bind, name, ...serving(ca.issue([host])) };
    const first = { ...one, ...bind };
    const dial = { host, ca: ca.cert, servername: '' };

    test.each([
      ['1.2', 'TLSv1.2', {}],
      ['1.3', 'TLSv1.3', {}],
      ['names are refused that nobody has', 'TLSv1.3', { refuseUnknownServerName: true }],
    ] as const)('is of it: %s', async (_name, maxVersion, given) => {
      const { port } = await serve([{ ...first, ...given }, { ...two, ...bind }, named]);
      const answer = await ask(port, { ...dial, maxVersion, asHost: `${name}:${port}` });
      expect(answer).toMatchObject({ status: 200, vhost: name });
    });

    test('and to the client certificates that it requires', async () => {
      const clients = { serverSslCaMem: ca.cert, requireValidOpensslClientCert: true };
      const { port } = await serve([first, { ...named, ...clients }]);
      const bare = ask(port, { ...dial, asHost: `${name}:${port}` });
      expect(await statusOf(bare)).toBe('refused');
      const shown = { ...dial, ...ca.issue(['a client']), asHost: `${name}:${port}` };
      expect(await ask(port, shown)).toMatchObject({ vhost: name, authorized: true });
    });

    test('and to the first vhost where it has no TLS', async () => {
      const plainly = { ...bind, name };
      const { port } = await serve([{ ...first, allowNonSslOnSslPort: true }, plainly]);
      const options = { ...dial, checkServerIdentity: () => undefined, asHost: 'one.test' };
      expect(await ask(port, options)).toMatchObject({ status: 200, vhost: 'one.test' });
    });
  });

  test.each([[[one]], [[one, two]]])(
    'refuseUnknownServerName refuses a name that none of %# has, and takes none at all',
    async (vhosts) => {
      const [first, ...rest] = vhosts as [typeof one];
      const { port, context } = await serve([{ ...first, refuseUnknownServerName: true }, ...rest]);
      // a client that would take any certificate
      const unknown = ask(port, { rejectUnauthorized: false, servername: 'unknown.test' });
      expect(await statusOf(unknown)).toBe('refused');
      for (const servername of ['one.test', 'ONE.test', 'one.test.', 'deep.one.test.'])
        expect(await ask(port, { rejectUnauthorized: false, servername })).toMatchObject({
          status: 200,
          vhost: 'one.test',
        });
      const nameless = await ask(port, {
        rejectUnauthorized: false,
        servername: '',
        asHost: 'one.test',
      });
      expect(nameless).toMatchObject({ status: 200, vhost: 'one.test' });
      await until('the count', () => context.counters.refused.size > 0);
      expect([...context.counters.refused]).toEqual([['LWS_ERR_TLS_SERVER_NAME', 1]]);
      expect(lines.join('\n')).toContain('LWS_ERR_TLS_SERVER_NAME');
    },
  );

  test.each([
    ['TLSv1.2', 'one.test', []],
    ['TLSv1.2', 'two.test', []],
    ['TLSv1.2', 'deep.two.test', []],
    ['TLSv1.2', 'two.test', [secret]],
    ['TLSv1.3', 'two.test', []],
  ] as const)('a session of %s is resumed, for %s %#', async (maxVersion, servername, more) => {
    const { port, context } = await serve([
      { ...one, refuseUnknownServerName: true },
      two,
      ...more,
    ]);
    const options = { port, host: '127.0.0.1', ca: ca.cert, servername, maxVersion };
    const session = await sessionOf(options);
    const again = connect({ ...options, session });
    again.on('error', () => undefined);
    await once(again, 'secureConnect');
    expect(again.isSessionReused()).toBe(true);
    const vhost = servername === 'one.test' ? servername : 'two.test';
    expect(await askOver(again, servername)).toMatchObject({ status: 200, vhost });
    again.destroy();
    expect(context.counters.refused.size).toBe(0);
  });

  test('a session of a vhost is resumed by none that asks for client certificates', async () => {
    const { port } = await serve([one, two, secret]);
    const options = { port, host: '127.0.0.1', ca: ca.cert, maxVersion: 'TLSv1.2' } as const;
    const session = await sessionOf({ ...options, servername: 'two.test' });
    const answer = ask(port, { ...options, session, servername: 'secret.test' });
    expect(await statusOf(answer)).toBe('refused');
  });

  test('two ports may have the same names', async () => {
    const { context } = await serve([{ ...one }]);
    const other = await context.createVhost({ ...one, port: 0, interface: '127.0.0.2' });
    const answer = await ask(other.port, { host: '127.0.0.2', ca: ca.cert });
    expect(answer).toMatchObject({ status: 200, vhost: 'one.test' });
  });
});

describe('a Host of another vhost', () => {
  test('is answered 421, logged and counted', async () => {
    const { port, context } = await serve([one, two]);
    const answer = await ask(port, { ca: ca.cert, servername: 'one.test', asHost: 'two.test' });
    expect(answer.status).toBe(421);
    expect(context.counters.refused.get('LWS_ERR_TLS_HOST')).toBe(1);
    expect(lines.join('\n')).toContain('LWS_ERR_TLS_HOST');
  });

  test('is served with strictHostCheck: false', async () => {
    const relaxed = { strictHostCheck: false };
    const { port } = await serve([
      { ...one, ...relaxed },
      { ...two, ...relaxed },
    ]);
    const answer = await ask(port, { ca: ca.cert, servername: 'one.test', asHost: 'two.test' });
    expect(answer).toMatchObject({ status: 200, vhost: 'two.test' });
  });

  test('is 421 in spite of that where client certificates are required', async () => {
    const secret = {
      ...two,
      serverSslCaMem: ca.cert,
      strictHostCheck: false,
      requireValidOpensslClientCert: true,
    };
    const { port } = await serve([{ ...one, strictHostCheck: false }, secret]);
    const answer = await ask(port, { ca: ca.cert, servername: 'one.test', asHost: 'two.test' });
    expect(answer.status).toBe(421);
  });

  test('of the same vhost may differ from the server name', async () => {
    const { port } = await serve([one, two]);
    const answer = await ask(port, { ca: ca.cert, servername: 'two.test', asHost: 'a.two.test' });
    expect(answer).toMatchObject({ status: 200, vhost: 'two.test' });
  });
});

test('200 hostile server names neither throw nor hang, and the next client is served', async () => {
  const { port, context } = await serve([one, two]);
  const odd = [
    '__proto__',
    'constructor',
    'toString',
    '..',
    '.',
    'a\0b',
    '\xff\xfe',
    '%00',
    '*',
    '-',
    'a'.repeat(255),
  ];
  const names = Array.from({ length: 200 }, (_, at) => {
    const base = odd[at % odd.length] as string;
    return at < odd.length ? base : `${base}${String.fromCharCode(at)}.${'x'.repeat(at)}`;
  });
  const sockets = await Promise.all(names.map(() => plain(port)));
  for (const [at, socket] of sockets.entries())
    socket.write(helloFor(Buffer.from(names[at] as string, 'latin1')));
  await until('answers', () => sockets.every((socket) => socket.bytesRead > 0 || socket.destroyed));
  for (const socket of sockets) socket.destroy();
  expect(await ask(port, { ca: ca.cert })).toMatchObject({ status: 200 });
  await until('the end of all', () => context.counters.wsi_alive === 0);
  expect(lines.filter((line) => line.startsWith('err'))).toEqual([]);
});

describe('a ClientHello that is cut into records so that its name is hard to see', () => {
  const record = (bytes: Uint8Array): Buffer =>
    Buffer.concat([Buffer.from([22, 3, 1, bytes.length >> 8, bytes.length & 255]), bytes]);
  const empty = record(new Uint8Array(0));

  /** A port that passes connections on, with the first record of each client cut anew. */
  async function cutting(port: number, cut: (hello: Buffer) => Buffer): Promise<Server> {
    const server = createServer((client) => {
      const up = connectPlain(port, '127.0.0.1');
      for (const [from, to] of [
        [client, up],
        [up, client],
      ] as const) {
        from.on('error', () => undefined);
        from.on('close', () => to.destroy());
      }
      up.pipe(client);
      client.once('data', (first: Buffer) => {
        const end = 5 + first.readUInt16BE(3);
        up.write(Buffer.concat([cut(first.subarray(5, end)), first.subarray(end)]));
        client.pipe(up);
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return server;
  }

  test.each<[string, (hello: Buffer) => Buffer, string, number | 'refused']>([
    [
      'in two',
      (hello) => Buffer.concat([hello.subarray(0, 9), hello.subarray(9)].map(record)),
      'two.test',
      200,
    ],
    ['an empty one first', (hello) => Buffer.concat([empty, record(hello)]), 'two.test', 'refused'],
    [
      'an empty one between',
      (hello) => Buffer.concat([record(hello.subarray(0, 9)), empty, record(hello.subarray(9))]),
      'two.test',
      'refused',
    ],
    [
      'an empty one first, for the first vhost',
      (hello) => Buffer.concat([empty, record(hello)]),
      'one.test',
      200,
    ],
  ])('%s', async (_name, cut, servername, status) => {
    const { port, context } = await serve([one, two]);
    const server = await cutting(port, cut);
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const at = (server.address() as AddressInfo).port;
      const answer = ask(at, { rejectUnauthorized: false, servername, maxVersion });
      expect(await statusOf(answer)).toBe(status);
    }
    server.close();
    const refused = context.counters.refused.get('LWS_ERR_TLS_SERVER_NAME');
    expect(refused).toBe(status === 200 ? undefined : 2);
  });

  test('is no way around client certificates, for whatever the vhost speaks', async () => {
    const secret = { ...two, serverSslCaMem: ca.cert, requireValidOpensslClientCert: true };
    const { port } = await serve([one, secret]);
    const server = await cutting(port, (hello) => Buffer.concat([empty, record(hello)]));
    const at = (server.address() as AddressInfo).port;
    const options = { rejectUnauthorized: false, servername: 'two.test' };
    expect(await statusOf(ask(at, options))).toBe('refused');
    expect(await statusOf(ask(at, { ...options, asHost: 'one.test' }))).toBe('refused');
    server.close();
  });
});

describe('a request without Host, as HTTP/1.0 may have it', () => {
  test.each([['one.test'], ['two.test']])(
    'is for the vhost of the server name %s',
    async (name) => {
      const { port, context } = await serve([one, two]);
      const socket = connect({ port, host: '127.0.0.1', ca: ca.cert, servername: name });
      await once(socket, 'secureConnect');
      const other = name === 'one.test' ? 'two.test' : 'one.test';
      socket.write(`GET / HTTP/1.0\r\nHost: ${name}\r\nConnection: keep-alive\r\n\r\n`);
      socket.write('GET / HTTP/1.0\r\n\r\n');
      const all = await everything(socket);
      expect(all.match(/"vhost":"[^"]+"/g)).toEqual(Array(2).fill(`"vhost":"${name}"`));
      expect(all).not.toContain(other);
      expect(context.counters.refused.size).toBe(0);
    },
  );
});

describe('the first vhost of a port decides whether it has TLS', () => {
  const plainly = { name: 'plain.test' };
  const open = { ...one, allowNonSslOnSslPort: true };
  const redirecting = { ...one, redirectHttpToHttps: true };

  test.each([
    ['TLS behind a plain one', [plainly, one], 'one.test with TLS beside vhost plain.test without'],
    ['a plain one behind TLS', [one, plainly], 'plain.test without TLS beside vhost one.test with'],
  ])('%s is refused, at once and later', async (_name, vhosts, said) => {
    const error = { code: 'LWS_ERR_VHOST_TLS', message: expect.stringContaining(said) as string };
    await expect(serve(vhosts)).rejects.toMatchObject(error);
    const [first, next] = vhosts as [typeof one, typeof one];
    const { context, port } = await serve([first]);
    const at = { port: 0, interface: '127.0.0.1' };
    await expect(context.createVhost({ ...next, ...at })).rejects.toMatchObject(error);
    // nothing is left of it, and the first goes on
    expect(context.vhosts.map(({ name }) => name)).toEqual([first.name]);
    const answer =
      first === one ? await ask(port, { ca: ca.cert }) : await askOver(await plain(port), 'x');
    expect(answer).toMatchObject({ status: 200, vhost: first.name });
    await context.createVhost({ ...next, port: 0, interface: '127.0.0.2' });
  });

  test.each([
    ['allowNonSslOnSslPort', open],
    ['redirectHttpToHttps', redirecting],
  ])('%s lets a plain one be behind TLS', async (_name, first) => {
    const { port } = await serve([first, plainly]);
    expect(await askOver(await plain(port), 'plain.test')).toMatchObject({
      status: 200,
      vhost: 'plain.test',
    });
    expect(await ask(port, { ca: ca.cert })).toMatchObject({ status: 200, vhost: 'one.test' });
    expect(await codeOf(ask(port, { ca: ca.cert, servername: 'plain.test' }))).toBe(
      'ERR_TLS_CERT_ALTNAME_INVALID',
    );
  });

  test('who is not reached any more when the first went is logged', async () => {
    const { context } = await serve([open, plainly, two]);
    expect(lines).toEqual([]);
    await context.vhost('one.test')?.destroy();
    expect(lines.join('\n')).toMatch(
      /warn LWS_ERR_VHOST_TLS vhost two\.test with TLS is unreachable behind vhost plain\.test/,
    );
  });
});

/** What a connection of its own is given to resume. */
async function sessionOf(options: ConnectionOptions & { servername: string }): Promise<Buffer> {
  const socket = connect(options);
  socket.on('error', () => undefined);
  const given = once(socket, 'session') as Promise<[Buffer]>;
  await askOver(socket, options.servername);
  socket.destroy();
  return (await given)[0];
}

/** A ClientHello of TLS 1.2 with that server name; RFC 5246 §7.4.1.2. */
function helloFor(name: Buffer): Buffer {
  const u16 = (n: number): Buffer => Buffer.from([n >> 8, n & 255]);
  const sni = Buffer.concat([u16(name.length + 3), Buffer.from([0]), u16(name.length), name]);
  const groups = Buffer.from('000a000400020017', 'hex');
  const signatures = Buffer.from('000d0006000404030804', 'hex');
  const extensions = Buffer.concat([u16(0), u16(sni.length), sni, groups, signatures]);
  const body = Buffer.concat([
    Buffer.from('0303', 'hex'),
    Buffer.alloc(32, 7),
    Buffer.from([0]),
    Buffer.from('0004c02bc02f', 'hex'),
    Buffer.from('0100', 'hex'),
    u16(extensions.length),
    extensions,
  ]);
  const handshake = Buffer.concat([Buffer.from([1, 0]), u16(body.length), body]);
  return Buffer.concat([Buffer.from('160301', 'hex'), u16(handshake.length), handshake]);
}
