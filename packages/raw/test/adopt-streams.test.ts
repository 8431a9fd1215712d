/** Sockets and streams that were opened elsewhere, served raw, as HTTP and as WebSocket. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Duplex, PassThrough } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { type Context, createContext, type Vhost } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { protocol, type WsiView } from '@lws-ts/interface';
import { memoryTransportPair, RawPeer, settle } from '@lws-ts/test-kit';
import { tls } from '@lws-ts/tls';
import { ws } from '@lws-ts/ws';
import { afterEach, describe, expect, test } from 'vitest';
import { Authority, serving } from '../../tls/test/authority.ts';
import { raw } from '../src/index.ts';
import { echoing, endsWithTest, lines, openRaw } from './open-raw.ts';

const ca = new Authority();
const servers: Server[] = [];
const sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

const until = (holds: () => boolean): Promise<void> =>
  expect.poll(holds, { timeout: 5000, interval: 5 }).toBe(true);

/** A client, and the socket that a server of node:net accepted from it. */
async function accepted(options = {}): Promise<{ client: Socket; socket: Socket }> {
  const server = createServer(options).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined);
  const [socket] = (await once(server, 'connection')) as [Socket];
  sockets.push(client, socket);
  return { client, socket };
}

/** What a socket has heard so far. */
function hearing(socket: Duplex): () => string {
  let heard = '';
  socket.on('data', (bytes: Buffer) => {
    heard += bytes.toString('latin1');
  });
  return () => heard;
}

async function everything(options: Record<string, unknown> = {}) {
  const { protocol: echo, events, wsis } = echoing();
  const talk = protocol({
    name: 'talk',
    session: () => ({ data: '' as string | Uint8Array }),
    ws: {
      message(wsi, data) {
        wsi.session.data = data;
        wsi.requestWriteable();
      },
      writeable(wsi, tx) {
        if (wsi.session.data !== '') tx.text(`you said ${String(wsi.session.data)}`);
        wsi.session.data = '';
      },
    },
  });
  const context = endsWithTest(
    (await createContext({
      use: [tls(), http(), ws(), raw()],
      vhosts: [{ port: -1, protocols: [talk.with({ default: true }), echo], ...options }],
    } as Parameters<typeof createContext>[0])) as unknown as Context,
  );
  return { context, vhost: context.vhosts[0] as Vhost, events, wsis };
}

describe('adoptDescriptor', () => {
  test.each([
    ['an accepted socket', {}],
    ['an accepted socket that is paused', { pauseOnConnect: true }],
  ])('%s is raw, with the address of its peer', async (_name, options) => {
    const { vhost, events, wsis } = await everything();
    const { client, socket } = await accepted(options);
    const heard = hearing(client);
    const wsi = vhost.adoptDescriptor(socket, 'echo');
    client.write('hello');
    await until(() => heard() === 'hello');
    expect(wsi).toBe(wsis[0]);
    expect(wsi.peer).toMatchObject({ address: '127.0.0.1', family: 'ipv4' });
    client.end();
    await until(() => events.includes('close'));
    expect(events).toEqual(['adopt', 'rx hello', 'close']);
  });

  test('who ends is still answered, whatever the socket was made for', async () => {
    const { vhost } = await everything();
    const { client, socket } = await accepted({ allowHalfOpen: false });
    const heard = hearing(client);
    vhost.adoptDescriptor(socket, 'echo');
    client.end('x'.repeat(300_000));
    await once(client, 'close');
    expect(heard()).toHaveLength(300_000);
  });

  test('the standard streams of a child', async () => {
    const { vhost, wsis, events } = await everything();
    const child = spawn('sh', ['-c', 'echo ready; cat >&2'], { stdio: ['pipe', 'pipe', 'pipe'] });
    const heard = hearing(child.stderr as unknown as Duplex);
    const both = Duplex.from({ readable: child.stdout, writable: child.stdin });
    vhost.adoptDescriptor(both, 'echo');
    await until(() => heard() === 'ready\n');
    expect(events).toEqual(['adopt', 'rx ready\n']);
    wsis[0]?.close();
    expect(await once(child, 'exit')).toEqual([0, null]);
    await until(() => events.includes('close'));
  });

  test('one stream of a child', async () => {
    const { vhost, events } = await everything();
    const child = spawn('sh', ['-c', 'echo one; echo two']);
    vhost.adoptDescriptor(child.stdout as unknown as Socket, 'echo');
    await until(() => events.includes('close'));
    expect(events.join('').replaceAll('rx ', '')).toBe('adoptone\ntwo\nclose');
  });

  test('any Duplex, and a transport of one’s own', async () => {
    const { vhost, events } = await everything();
    vhost.adoptDescriptor(new PassThrough(), 'echo').close();
    const [server, other] = memoryTransportPair();
    const peer = new RawPeer(other);
    vhost.adoptDescriptor(server, 'echo');
    await peer.send('hello');
    await until(() => peer.text === 'hello');
    expect(events).toContain('adopt');
  });

  test.each([
    ['destroyed', (socket: Socket) => socket.destroy()],
    ['ended', (socket: Socket) => socket.end()],
    ['not connected', () => connect(1, '192.0.2.1').on('error', () => undefined)],
  ])('a socket that is %s is refused', async (_name, spoil) => {
    const { vhost, context } = await everything();
    const { socket } = await accepted();
    const spoiled = spoil(socket);
    expect(() => vhost.adoptDescriptor(spoiled, 'echo')).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_ADOPT' }),
    );
    spoiled.destroy();
    expect(context.counters.wsi_alive).toBe(0);
  });

  test('what an admission refuses stays the caller’s', async () => {
    const { protocol: echo } = echoing();
    const refusing = {
      name: 'refusing',
      needs: [],
      contextOptions: {},
      vhostOptions: {},
      install: () => ({
        admission: {
          admit: () => ({ code: 'LWS_ERR_TEST', message: 'too many', hint: 'Go.' }) as const,
        },
      }),
    };
    const context = endsWithTest(
      (await createContext({
        use: [raw(), refusing],
        port: -1,
        protocols: [echo],
      })) as unknown as Context,
    );
    const { client, socket } = await accepted();
    expect(() => context.vhosts[0]?.adoptDescriptor(socket, 'echo')).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_TEST' }),
    );
    const heard = hearing(client);
    socket.write('still mine');
    await until(() => heard() === 'still mine');
    expect(context.counters.rejected).toBe(1);
  });
});

describe('adoptSocket', () => {
  const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
  const upgrade =
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

  test('is served as HTTP, and by an upgrade as WebSocket', async () => {
    const { vhost } = await everything();
    const { client, socket } = await accepted();
    const heard = hearing(client);
    vhost.adoptSocket(socket);
    client.write(get);
    await until(() => heard().startsWith('HTTP/1.1 404 '));
    client.write(upgrade);
    await until(() => heard().includes('101 Switching Protocols'));
    client.write(Buffer.from('818200000000' + '6869', 'hex'));
    await until(() => heard().endsWith('you said hi'));
    expect(heard().match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 404', 'HTTP/1.1 101']);
  });

  test.each([
    ['the beginning', get.slice(0, 9), get.slice(9)],
    ['one byte', get.slice(0, 1), get.slice(1)],
    ['all of it', get, ''],
    ['nothing', '', get],
  ])('readbuf has %s of a request', async (_name, before, after) => {
    for (const how of ['socket', 'duplex', 'memory']) {
      const { vhost } = await everything();
      const readbuf = Buffer.from(before);
      let heard: () => string;
      if (how === 'memory') {
        const [server, other] = memoryTransportPair();
        const peer = new RawPeer(other);
        heard = () => peer.text;
        vhost.adoptSocket(server, { readbuf });
        peer.push(after);
      } else {
        const { client, socket } = await accepted();
        heard = hearing(client);
        const stream =
          how === 'duplex' ? Duplex.from({ readable: socket, writable: socket }) : socket;
        vhost.adoptSocket(stream, { readbuf });
        client.write(after);
      }
      await until(() => heard() !== '');
      expect(heard()).toMatch(/^HTTP\/1\.1 404 /);
    }
  });

  test('readbuf of a fallen-back connection comes first', async () => {
    const { vhost, events } = await everything({ fallbackToRaw: true });
    const { client, socket } = await accepted();
    const heard = hearing(client);
    vhost.adoptSocket(socket, { readbuf: Buffer.from('SSH-') });
    client.write('2.0\r\n');
    await until(() => heard() === 'SSH-2.0\r\n');
    expect(events[0]).toBe('adopt');
  });

  test('protocol makes it raw', async () => {
    const { vhost } = await everything();
    const { client, socket } = await accepted();
    const heard = hearing(client);
    vhost.adoptSocket(socket, { protocol: 'echo', readbuf: Buffer.from(get) });
    await until(() => heard().length >= get.length);
    expect(heard()).toBe(get);
  });

  test.each([
    ['HTTP', {}, get, /^HTTP\/1\.1 404 /],
    ['raw', { protocol: 'echo' }, 'hello', /^hello$/],
  ])('of a vhost with TLS it is secured first: %s', async (_name, options, says, expected) => {
    const pair = serving(ca.issue(['a.test']));
    const { vhost, wsis } = await everything({ name: 'a.test', ...pair });
    const { client, socket } = await accepted();
    // the first record was read by somebody
    const [hello] = await (async () => {
      const secured = connectTls({ socket: client, servername: 'a.test', ca: ca.cert });
      secured.once('secureConnect', () => secured.write(says));
      const heard = hearing(secured);
      const first = (await once(socket, 'data')) as [Buffer];
      socket.pause();
      socket.removeAllListeners('data');
      vhost.adoptSocket(socket, { ...options, readbuf: first[0] });
      await until(() => expected.test(heard()));
      secured.destroy();
      return first;
    })();
    expect(hello?.[0]).toBe(22);
    if (_name === 'raw') expect(wsis[0]?.security?.protocol).toMatch(/^TLSv1/);
  });

  test.each([
    ['an option it has not', { readBuf: new Uint8Array(1) }, 'LWS_ERR_OPTION_UNKNOWN'],
    ['a readbuf that is none', { readbuf: 'GET' }, 'LWS_ERR_OPTION'],
    ['a protocol that is not there', { protocol: 'none' }, 'LWS_ERR_OPTION'],
    ['a protocol that is not raw', { protocol: 'talk' }, 'LWS_ERR_RAW_PROTOCOL'],
  ])('%s is refused', async (_name, options, code) => {
    const { vhost, context } = await everything();
    const { client, socket } = await accepted();
    expect(() => vhost.adoptSocket(socket, options as object)).toThrow(
      expect.objectContaining({ code }),
    );
    const heard = hearing(client);
    socket.write('still mine');
    await until(() => heard() === 'still mine');
    expect(context.counters.wsi_alive).toBe(0);
  });

  test('a descriptor that is no socket is refused', async () => {
    const { openSync, closeSync, writeSync } = await import('node:fs');
    const { vhost } = await everything();
    const fd = openSync('/dev/null', 'w');
    expect(() => vhost.adoptSocket(fd)).toThrow(expect.objectContaining({ code: 'LWS_ERR_ADOPT' }));
    writeSync(fd, 'x');
    closeSync(fd);
  });
});

describe('with a parent', () => {
  test.each([
    [
      'adoptDescriptor',
      (vhost: Vhost, socket: Socket, parent: WsiView) =>
        void vhost.adoptDescriptor(socket, 'echo', parent),
    ],
    [
      'adoptSocket',
      (vhost: Vhost, socket: Socket, parent: WsiView) =>
        vhost.adoptSocket(socket, { protocol: 'echo', parentWsi: parent }),
    ],
    [
      'adoptSocket as HTTP',
      (vhost: Vhost, socket: Socket, parent: WsiView) =>
        vhost.adoptSocket(socket, { parentWsi: parent }),
    ],
  ])('%s: it ends with that', async (_name, adopt) => {
    const { vhost, context } = await everything();
    const first = await accepted();
    const second = await accepted();
    const parent = vhost.adoptDescriptor(first.socket, 'echo');
    adopt(vhost, second.socket, parent);
    await until(() => context.counters.wsi_alive === 2);
    second.client.resume();
    parent.abort();
    await until(() => context.counters.wsi_alive === 0);
    const late = await accepted();
    expect(() => adopt(vhost, late.socket, parent)).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_OPTION' }),
    );
    const heard = hearing(late.client);
    late.socket.write('still mine');
    await until(() => heard() === 'still mine');
  });
});

describe('a protocol asks its own vhost', () => {
  test('to adopt, from init on', async () => {
    const events: string[] = [];
    const [server, other] = memoryTransportPair();
    const peer = new RawPeer(other);
    const own = protocol({
      name: 'own',
      init: (vhost) => void vhost.adoptDescriptor(server),
      raw: { rx: (_wsi, data) => void events.push(Buffer.from(data).toString()) },
    });
    await openRaw(own);
    await peer.send('hello');
    expect(events).toEqual(['hello']);
  });

  test('not before', async () => {
    for (const what of ['adoptDescriptor', 'connect'] as const) {
      const early = protocol({
        name: 'early',
        vhostData: (vhost) => vhost[what](1 as never),
        raw: {},
      });
      await expect(openRaw(early)).rejects.toMatchObject({ code: 'LWS_ERR_PROTOCOL_DEFINITION' });
    }
    await settle();
    expect(lines.filter((line) => line.includes('ERR:'))).toEqual([]);
  });
});
