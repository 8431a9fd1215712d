/**
 * TLS-9: what a peer, or somebody between, cuts off is never taken for the whole. Node.js tells a FIN with a
 * `close_notify` before it and one without by the same event, so the framing above has to know where things end.
 */
import { once } from 'node:events';
import { connect as connectPlain, createServer, type Socket } from 'node:net';
import { connect, createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { createContext, type LwsContext, protocol, setLogLevel } from 'lws-ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Authority } from '../../packages/tls/test/authority.ts';

const ca = new Authority();
const { cert, key } = ca.issue(['localhost', '127.0.0.1']);
const closers: (() => unknown)[] = [];
let seen: string[];
let context: LwsContext;

beforeAll(() => setLogLevel('err,warn,notice', () => undefined));
afterAll(() => setLogLevel('err,warn,notice', null));
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Tells all that the program was given. */
const told = protocol({
  name: 'told',
  http: {
    body: (_wsi, chunk) => void seen.push(`body ${chunk.length}`),
    bodyCompletion(wsi) {
      seen.push('complete');
      wsi.reply(200, [], 'all of it');
    },
    closed: () => void seen.push('closed'),
  },
  ws: {
    established: () => void seen.push('established'),
    message: (_wsi, data) => void seen.push(`message ${data.length}`),
    closed: (_wsi, code) => void seen.push(`closed ${code}`),
  },
});

/** How a connection ends: by the rules, by FIN alone, and by a reset. */
const ends: readonly [string, (socket: TLSSocket, below: Socket) => void][] = [
  ['close_notify and FIN', (socket) => void socket.end()],
  ['FIN alone', (_socket, below) => below.destroySoon()],
  ['a reset', (_socket, below) => void below.resetAndDestroy()],
];

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let turn = 0; !holds(); turn++) {
    if (turn > 1500) throw new Error(`waited in vain for ${what}: ${seen.join()}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
  }
}

describe.each(ends)('cut by %s', (_end, cut) => {
  beforeEach(() => {
    seen = [];
  });

  describe('a client of ours to serve', () => {
    beforeEach(async () => {
      context = await createContext({
        name: 'localhost',
        port: 0,
        interface: '127.0.0.1',
        serverSslCertMem: cert,
        serverSslPrivateKeyMem: key,
        protocols: [told],
        mounts: [{ mountpoint: '/', origin: 'callback://told' }],
      });
      closers.push(() => context.close({ deadlineSecs: 0 }));
    });

    /** Sends it; gives what was answered when the connection is over. */
    async function say(wire: string | Buffer, arrived: () => boolean): Promise<string> {
      const below = connectPlain(context.vhosts[0]?.port ?? 0, '127.0.0.1');
      below.on('error', () => undefined);
      await once(below, 'connect');
      const socket = connect({ socket: below, ca: ca.cert, servername: 'localhost' });
      socket.on('error', () => undefined);
      await once(socket, 'secureConnect');
      let answer = '';
      socket.on('data', (bytes: Buffer) => {
        answer += bytes.toString('latin1');
      });
      socket.write(wire, 'latin1');
      await until('what was sent', arrived);
      cut(socket, below);
      await until('the end', () => context.counters.wsi_alive === 0);
      return answer;
    }

    test.each([
      ['Content-Length', 'Content-Length: 100\r\n\r\n0123456789', 'body 10'],
      ['chunks', 'Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n', 'body 10'],
      ['the last chunk', 'Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n', 'body 10'],
    ])('a request inside its body: %s', async (_name, rest, came) => {
      const head = 'POST / HTTP/1.1\r\nHost: localhost\r\n';
      const answer = await say(head + rest, () => seen.includes(came));
      expect(seen).toEqual([came, 'closed']);
      expect(answer).not.toContain('200');
    });

    test.each([
      ['a frame', '818a00000000abc'],
      ['a message between two frames', '018300000000abc'],
    ])('%s', async (_name, frame) => {
      const upgrade = [
        'GET / HTTP/1.1',
        'Host: localhost',
        'Upgrade: websocket',
        'Connection: Upgrade',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
        'Sec-WebSocket-Protocol: told',
        '\r\n',
      ].join('\r\n');
      const bytes = Buffer.concat([
        Buffer.from(upgrade),
        Buffer.from(frame.slice(0, 12), 'hex'),
        Buffer.from(frame.slice(12)),
      ]);
      await say(bytes, () => seen.includes('established'));
      expect(seen).toEqual(['established', 'closed 1006']);
    });
  });

  test.each([
    ['its head', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n'],
    ['its status line', 'HTTP/1.1 101'],
  ])('an answer to our client inside %s', async (_name, wire) => {
    const handshakes = createTlsServer({ cert, key });
    const server = createServer((below) => {
      below.on('error', () => undefined);
      handshakes.once('secureConnection', (socket: TLSSocket) => {
        socket.on('error', () => undefined);
        socket.once('data', () =>
          socket.write(wire, () => setTimeout(() => cut(socket, below), 10)),
        );
      });
      handshakes.emit('connection', below);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closers.push(() => server.close());
    const out = protocol({
      name: 'out',
      client: {
        established: () => void seen.push('established'),
        connectionError: (_wsi, { code }) => void seen.push(code),
      },
    });
    context = await createContext({
      vhosts: [{ port: -1, protocols: [out], clientSslCaMem: ca.cert }],
    });
    closers.push(() => context.close({ deadlineSecs: 0 }));
    const { port } = server.address() as { port: number };
    context.connect({ url: `wss://localhost:${port}/`, localProtocol: 'out' });
    await until('an error', () => seen.length > 0);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatch(/^LWS_ERR_(CONNECT_CLOSED|TRANSPORT_RESET)$/);
  });
});
