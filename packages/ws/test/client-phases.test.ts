/** Each way to give a connection up, and each way to lose it, in each phase of it: told once, and let go of. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type Context, createContext, setLogLevel } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { type LwsError, protocol, type Wsi } from '@lws-ts/interface';
import { VirtualClock } from '@lws-ts/test-kit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ws } from '../src/index.ts';

let closers: (() => unknown)[];
let events: string[];
let errors: LwsError[];
let wsis: unknown[];
let clock: VirtualClock;
let context: Context;

beforeEach(async () => {
  closers = [];
  events = [];
  errors = [];
  wsis = [];
  setLogLevel(undefined, () => {});
  clock = new VirtualClock();
  const out = protocol({
    name: 'out',
    client: {
      established: () => void events.push('established'),
      closed: () => void events.push('closed'),
      connectionError(wsi, error) {
        events.push(error.code);
        errors.push(error);
        wsis.push(wsi);
      },
    },
  });
  context = (await createContext({
    use: [http(), ws()],
    clock,
    vhosts: [{ port: -1, protocols: [out] }],
  })) as Context;
});
afterEach(async () => {
  await context.close({ deadlineSecs: 0 });
  for (const close of closers.reverse()) await close();
  setLogLevel(undefined, null);
});

async function until(done: () => boolean): Promise<void> {
  for (let turn = 0; !done(); turn++) {
    if (turn > 1000) throw new Error(`waited in vain: ${events.join()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A server that answers what comes by the pieces given, one for each, and then is silent. */
class Peer {
  readonly port: number;
  readonly sockets: Socket[] = [];
  heard = 0;

  private constructor(port: number) {
    this.port = port;
  }

  static async listen(pieces: readonly (string | (() => string))[]): Promise<Peer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const peer = new Peer((server.address() as AddressInfo).port);
    server.on('connection', (socket) => {
      peer.sockets.push(socket);
      socket.on('error', () => undefined);
      let at = 0;
      socket.on('data', () => {
        peer.heard++;
        const piece = pieces[at++];
        if (piece !== undefined)
          socket.write(typeof piece === 'string' ? piece : piece(), 'latin1');
      });
    });
    closers.push(async () => {
      for (const socket of peer.sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    return peer;
  }

  get closed(): boolean {
    return this.sockets.every(({ destroyed, readableEnded }) => destroyed || readableEnded);
  }
}

interface Reached {
  readonly wsi: Wsi<unknown, unknown>;
  readonly controller: AbortController;
  /** Who has the socket of the connection now. */
  readonly peer: Peer | undefined;
}

/** Begins a connection and waits until it is where it shall be. */
type Reach = () => Promise<Reached>;

function begin(options: Readonly<Record<string, unknown>>, peer?: Peer): Reached {
  const controller = new AbortController();
  const wsi = context.connect({ signal: controller.signal, ...options } as never);
  return { wsi, controller, peer };
}

/** The peer has heard that many pieces, and its last one has been taken in. */
async function heard(reached: Reached, count: number): Promise<Reached> {
  await until(() => reached.peer?.heard === count);
  await new Promise((resolve) => setTimeout(resolve, 5));
  return reached;
}

const phases: readonly (readonly [string, Reach])[] = [
  ['before anything happened', async () => begin({ url: 'ws://127.0.0.1:1/' })],
  [
    'the name',
    async () => {
      let asked = 0;
      const lookup = (): void => void asked++;
      const reached = begin({ url: 'ws://slow.example/', lookup });
      await until(() => asked === 1);
      return reached;
    },
  ],
  [
    'CONNECT',
    async () => {
      const peer = await Peer.listen([]);
      return heard(
        begin({ url: 'ws://a.example/', proxy: `http://127.0.0.1:${peer.port}` }, peer),
        1,
      );
    },
  ],
  [
    'the middle of the answer to CONNECT',
    async () => {
      const peer = await Peer.listen(['HTTP/1.1 200 x\r\nX-A']);
      return heard(
        begin({ url: 'ws://a.example/', proxy: `http://127.0.0.1:${peer.port}` }, peer),
        1,
      );
    },
  ],
  [
    'the greeting of SOCKS5',
    async () => {
      const peer = await Peer.listen([]);
      return heard(
        begin({ url: 'ws://a.example/', proxy: `socks5://127.0.0.1:${peer.port}` }, peer),
        1,
      );
    },
  ],
  [
    'the request of SOCKS5',
    async () => {
      const peer = await Peer.listen(['\x05\x00', '\x05\x00\x00']);
      return heard(
        begin({ url: 'ws://a.example/', proxy: `socks5://127.0.0.1:${peer.port}` }, peer),
        2,
      );
    },
  ],
  [
    'the handshake behind a proxy',
    async () => {
      const peer = await Peer.listen(['HTTP/1.1 200 x\r\n\r\n']);
      return heard(
        begin({ url: 'ws://a.example/', proxy: `http://127.0.0.1:${peer.port}` }, peer),
        2,
      );
    },
  ],
  [
    'the handshake',
    async () => {
      const peer = await Peer.listen([]);
      return heard(begin({ url: `ws://127.0.0.1:${peer.port}/` }, peer), 1);
    },
  ],
  [
    'the middle of an answer',
    async () => {
      const peer = await Peer.listen(['HTTP/1.1 101 x\r\nUpgr']);
      return heard(begin({ url: `ws://127.0.0.1:${peer.port}/` }, peer), 1);
    },
  ],
  [
    'what follows an interim answer',
    async () => {
      const peer = await Peer.listen(['HTTP/1.1 103 x\r\n\r\n']);
      return heard(begin({ url: `ws://127.0.0.1:${peer.port}/` }, peer), 1);
    },
  ],
  [
    'the handshake after a redirect',
    async () => {
      const peer = await Peer.listen([]);
      const first = await Peer.listen([
        `HTTP/1.1 302 x\r\nLocation: http://127.0.0.1:${peer.port}/\r\n\r\n`,
      ]);
      const reached = await heard(begin({ url: `ws://127.0.0.1:${first.port}/` }, peer), 1);
      await until(() => first.closed);
      return reached;
    },
  ],
  [
    'a second attempt',
    async () => {
      const peer = await Peer.listen([]);
      const reached = await heard(
        begin(
          {
            url: `ws://127.0.0.1:${peer.port}/`,
            retry: { tableMs: [100], jitterPercent: 0, concealCount: 1 },
          },
          peer,
        ),
        1,
      );
      peer.sockets[0]?.destroy();
      await new Promise((resolve) => setTimeout(resolve, 10));
      await clock.advance(120);
      return heard(reached, 2);
    },
  ],
];

const pause: (typeof phases)[number] = [
  'the pause before a second attempt',
  async () => {
    const peer = await Peer.listen([]);
    const reached = await heard(
      begin({ url: `ws://127.0.0.1:${peer.port}/`, retry: { tableMs: [100_000] } }, peer),
      1,
    );
    peer.sockets[0]?.destroy();
    await new Promise((resolve) => setTimeout(resolve, 10));
    return reached;
  },
];

const givingUp: readonly (readonly [string, (reached: Reached) => void])[] = [
  ['abort()', ({ wsi }) => wsi.abort()],
  ['close()', ({ wsi }) => wsi.close(1000)],
  ['its signal', ({ controller }) => controller.abort()],
  ['context.close()', () => void context.close({ deadlineSecs: 5 })],
  ['context.close() at once', () => void context.close({ deadlineSecs: 0 })],
];

describe.each([...phases, pause])('in %s', (_phase, reach) => {
  test.each(givingUp)('%s: LWS_ERR_CONNECT_ABORTED, once', async (_how, giveUp) => {
    const reached = await reach();
    expect(events).toEqual([]);
    giveUp(reached);
    await until(() => events.length > 0);
    // whatever is done to it later
    reached.wsi.abort();
    reached.wsi.close();
    reached.controller.abort();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect([events, wsis[0] === reached.wsi, reached.wsi.open]).toEqual([
      ['LWS_ERR_CONNECT_ABORTED'],
      true,
      false,
    ]);
    expect(context.counters.wsi_alive).toBe(0);
    await until(() => reached.peer?.closed !== false);
  });
});

describe.each(phases.slice(1))('in %s', (_phase, reach) => {
  test('5 seconds, not one more for it: LWS_ERR_CONNECT_TIMEOUT, once', async () => {
    const reached = await reach();
    // a second attempt has time of its own, and has used some
    await clock.advance(4950);
    expect(events).toEqual([]);
    await clock.advance(60);
    await clock.advance(60_000);
    expect([events, reached.wsi.timeoutReason]).toEqual([['LWS_ERR_CONNECT_TIMEOUT'], 'connect']);
    expect(context.counters.wsi_alive).toBe(0);
    await until(() => reached.peer?.closed !== false);
  });
});

describe.each(phases.slice(2))('in %s', (_phase, reach) => {
  test.each<[string, (socket: Socket) => void, readonly string[]]>([
    [
      'a reset',
      (socket) => void socket.resetAndDestroy(),
      ['LWS_ERR_TRANSPORT_RESET', 'LWS_ERR_CONNECT_CLOSED'],
    ],
    ['the end', (socket) => void socket.end(), ['LWS_ERR_CONNECT_CLOSED']],
  ])('%s of the peer, once', async (_how, lose, codes) => {
    const reached = await reach();
    const socket = reached.peer?.sockets.at(-1);
    if (socket === undefined) throw new Error('nobody has it');
    lose(socket);
    await until(() => events.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(events).toHaveLength(1);
    expect(codes).toContain(events[0]);
    expect([wsis[0] === reached.wsi, context.counters.wsi_alive]).toEqual([true, 0]);
  });
});
