import { protocol, type WsWsi } from '@lws-ts/interface';
import { clientClose } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import type { WsOptions } from '../src/index.ts';
import { type Server, serve } from './server.ts';
import { binary, frame, join, text, WsClient } from './ws-client.ts';

const sink = (got: unknown[]) =>
  protocol({ name: 'sink', ws: { message: (_wsi, data) => void got.push(data) } }).with({
    default: true,
  });
const stream = (got: unknown[]) =>
  protocol({ name: 'stream', ws: { receive: (_wsi, chunk) => void got.push(chunk.length) } }).with({
    default: true,
  });

async function connect(
  options: WsOptions = {},
  make = sink,
): Promise<{ client: WsClient; server: Server; got: unknown[] }> {
  const got: unknown[] = [];
  const server = await serve(make(got), options);
  return { client: await WsClient.open(server.vhost), server, got };
}

/** How a limit ended a connection: each list has one entry when all is well, and nothing was delivered after it. */
async function ending(connected: {
  client: WsClient;
  server: Server;
  got: unknown[];
}): Promise<{ frames: string[]; codes: string[]; lines: number; late: number; ended: boolean }> {
  const { client, server, got } = connected;
  const frames = (await client.settled()).filter((line) => line.startsWith('close'));
  const before = got.length;
  await client.send(text('late'));
  const codes = [...server.vhost.counters.refused].map(([code, count]) => `${code} ${count}`);
  return {
    frames,
    codes,
    lines: server.lines.length,
    late: got.length - before,
    ended: client.peer.ended,
  };
}

const refused = (closeCode: number, code: string): unknown => ({
  frames: [`close ${closeCode}`],
  codes: [`${code} 1`],
  lines: 1,
  late: 0,
  ended: true,
});

describe('maxMessageSize', () => {
  test('a header that announces more is refused before any payload', async () => {
    const connected = await connect({ maxMessageSize: 1000 });
    await connected.client.send(binary(new Uint8Array(1001)).slice(0, 8));
    expect(await ending(connected)).toEqual(refused(1009, 'LWS_ERR_WS_MESSAGE_SIZE'));
  });

  test('2^62 bytes announced', async () => {
    const connected = await connect();
    await connected.client.send(Uint8Array.of(0x82, 0xff, 0, 0x10, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4));
    expect(await ending(connected)).toEqual(refused(1009, 'LWS_ERR_WS_MESSAGE_SIZE'));
  });

  test('fragments count together', async () => {
    const connected = await connect({ maxMessageSize: 1000 });
    await connected.client.send(frame(1, 'x'.repeat(600), false), frame(0, 'x'.repeat(401)));
    expect(await ending(connected)).toEqual(refused(1009, 'LWS_ERR_WS_MESSAGE_SIZE'));
  });

  test('exactly that size passes, and another size of the option lets more through', async () => {
    const { client, got } = await connect({ maxMessageSize: 1000 });
    await client.send(
      text('x'.repeat(1000)),
      frame(1, 'y'.repeat(600), false),
      frame(0, 'y'.repeat(400)),
    );
    expect(got).toHaveLength(2);
    const wide = await connect({ maxMessageSize: 2000 });
    await wide.client.send(text('x'.repeat(1001)));
    expect(wide.got).toHaveLength(1);
  });

  test('ws.receive has no such bound', async () => {
    const { client, got } = await connect({ maxMessageSize: 1000 }, stream);
    await client.send(binary(new Uint8Array(5000)));
    expect(got).toEqual([4096, 904]);
  });
});

describe('fragments', () => {
  const empties = (count: number): Uint8Array =>
    join(...Array.from({ length: count }, () => frame(0, '', false)));

  test.each([
    [0, ''],
    [1, 'x'],
  ])('1,024 in a row of %i bytes pass, one more is refused', async (_size, payload) => {
    for (const make of [sink, stream]) {
      const connected = await connect({}, make);
      const some = join(...Array.from({ length: 1023 }, () => frame(0, payload, false)));
      await connected.client.send(frame(1, payload, false), some);
      expect(connected.client.take()).toEqual([]);
      await connected.client.send(frame(0, payload, false));
      expect(await ending(connected)).toEqual(refused(1008, 'LWS_ERR_WS_TINY_FRAGMENTS'));
    }
  });

  test('a mean of 64 bytes begins a new row; each message has its own', async () => {
    const { client, got } = await connect({ maxTinyFragments: 10 });
    await client.send(
      frame(1, '', false),
      empties(9),
      frame(0, 'x'.repeat(11 * 64), false),
      empties(10),
      frame(0, 'x'.repeat(1000)),
    );
    expect(got).toHaveLength(1);
    for (let round = 0; round < 3; round++)
      await client.send(frame(1, '', false), empties(8), frame(0, ''));
    expect(got).toHaveLength(4);
  });

  test('pings between them do not help', async () => {
    const connected = await connect({ maxTinyFragments: 10 });
    await connected.client.send(
      frame(1, '', false),
      ...Array.from({ length: 10 }, () => join(frame(9, 'x'.repeat(125)), frame(0, '', false))),
    );
    expect(await ending(connected)).toEqual(refused(1008, 'LWS_ERR_WS_TINY_FRAGMENTS'));
  });

  test('maxFragments of one assembled message', async () => {
    const connected = await connect({ maxFragments: 3 });
    const part = 'x'.repeat(64);
    await connected.client.send(frame(1, part, false), frame(0, part, false), frame(0, part));
    expect(connected.got).toHaveLength(1);
    await connected.client.send(
      frame(1, part, false),
      frame(0, part, false),
      frame(0, part, false),
      frame(0, part),
    );
    expect(await ending(connected)).toEqual(refused(1008, 'LWS_ERR_WS_TOO_MANY_FRAGMENTS'));
  });

  test('of a message that is taken in chunks maxFragments says nothing', async () => {
    const connected = await connect({ maxFragments: 3 }, stream);
    const part = 'x'.repeat(64);
    await connected.client.send(
      frame(1, part, false),
      ...Array.from({ length: 8 }, () => frame(0, part, false)),
      frame(0, part),
    );
    expect(connected.got).toEqual(Array(10).fill(64));
    expect([...connected.server.vhost.counters.refused]).toEqual([]);
  });

  test('16,384 fragments by default', async () => {
    const connected = await connect();
    const part = 'x'.repeat(64);
    await connected.client.send(
      frame(1, part, false),
      ...Array.from({ length: 16_383 }, () => frame(0, part, false)),
    );
    expect(connected.client.take()).toEqual([]);
    await connected.client.send(frame(0, part, false));
    expect(await ending(connected)).toEqual(refused(1008, 'LWS_ERR_WS_TOO_MANY_FRAGMENTS'));
  });
});

describe('pings', () => {
  test('each is answered with its payload', async () => {
    const { client } = await connect();
    await client.send(frame(9, 'a'), frame(9, ''), frame(9, 'x'.repeat(125)), frame(10, 'unasked'));
    expect(client.take()).toEqual(['pong "a"', 'pong ""', 'pong of 125']);
  });

  test('100 in a second pass, one more is refused', async () => {
    const connected = await connect();
    for (let round = 0; round < 3; round++) {
      await connected.client.send(...Array.from({ length: 100 }, () => frame(9, 'x')));
      await connected.server.clock.advance(1000);
    }
    expect(connected.client.take()).toHaveLength(300);
    await connected.client.send(...Array.from({ length: 101 }, () => frame(9, 'x')));
    expect(await ending(connected)).toEqual(refused(1008, 'LWS_ERR_WS_PING_RATE'));
  });

  test('another maxPingsPerSecond', async () => {
    const connected = await connect({ maxPingsPerSecond: 2 });
    await connected.client.send(frame(9, 'a'), frame(9, 'b'), frame(9, 'c'));
    expect(await ending(connected)).toEqual(refused(1008, 'LWS_ERR_WS_PING_RATE'));
  });

  test('a peer that pings and does not read is held back', async () => {
    const { client, server } = await connect({ maxPingsPerSecond: 1_000_000 });
    await client.peer.read(false);
    for (let round = 0; round < 100; round++)
      await client.send(...Array.from({ length: 100 }, () => frame(9, 'x'.repeat(125))));
    expect(client.server.written).toBeLessThan(64 * 1024 + 64 * 1024 + 16 * 1024);
    expect(client.server.reading).toBe(false);
    await client.peer.read(true);
    let pongs = 0;
    for (let round = 0; round < 200; round++) pongs += (await client.settled()).length;
    expect(pongs).toBe(10_000);
    expect(server.lines).toEqual([]);
  });
});

describe('SLO-6 a frame that makes no progress', () => {
  const whole = text('hello');

  test.each([1, 2, 5, 6, 8])(
    '%i bytes of it, then nothing: 1008 after stalledSecs',
    async (size) => {
      const connected = await connect();
      await connected.client.send(text('before'), whole.slice(0, size));
      await connected.server.clock.advance(29_000);
      expect(connected.client.take()).toEqual([]);
      await connected.server.clock.advance(2000);
      expect(await ending(connected)).toEqual(refused(1008, 'LWS_ERR_WS_STALLED'));
    },
  );

  test('another stalledSecs', async () => {
    const connected = await connect({ stalledSecs: 2 });
    await connected.client.send(whole.slice(0, 3));
    await connected.server.clock.advance(1500);
    expect(connected.client.take()).toEqual([]);
    await connected.server.clock.advance(1000);
    expect(await ending(connected)).toEqual(refused(1008, 'LWS_ERR_WS_STALLED'));
  });

  test('each byte that comes begins the time anew', async () => {
    const { client, got, server } = await connect({ stalledSecs: 2 });
    for (const byte of whole) {
      await server.clock.advance(1500);
      await client.send(Uint8Array.of(byte));
    }
    await server.clock.advance(60_000);
    expect(got).toEqual(['hello']);
    expect(client.take()).toEqual([]);
  });

  test('half a message between frames may wait', async () => {
    const { client, got, server } = await connect();
    await client.send(text('a', false));
    await server.clock.advance(120_000);
    await client.send(frame(0, 'b'));
    expect(got).toEqual(['ab']);
  });

  describe('of a program that holds things back', () => {
    /** A peer with half a frame, 8 s for it, and a program that takes nothing while `hold` says so. */
    async function half() {
      let wsi: WsWsi<unknown, unknown> | undefined;
      const program = protocol({
        name: 'program',
        ws: {
          established(own) {
            wsi = own;
          },
          message: () => undefined,
        },
      });
      const server = await serve(program.with({ default: true }), { stalledSecs: 8 });
      const client = await WsClient.open(server.vhost);
      await client.send(whole.slice(0, 4));
      await server.clock.advance(500);
      const cut = () => server.vhost.counters.refused.get('LWS_ERR_WS_STALLED') === 1;
      const hold = (on: boolean) => wsi?.rxFlowControl(!on);
      return { clock: server.clock, cut, hold };
    }

    test('for a moment now and then: it is cut a little later', async () => {
      const { clock, cut, hold } = await half();
      let secs = 0;
      for (; !cut() && secs < 60; secs++) {
        // in the moment of 8 s, of 16 s, and so on
        hold(secs % 4 === 3);
        await clock.advance(1000);
      }
      expect(secs).toBeGreaterThan(7);
      expect(secs).toBeLessThan(13);
    });

    test('for a while: it has its time anew', async () => {
      const { clock, cut, hold } = await half();
      await clock.advance(7000);
      hold(true);
      await clock.advance(3000);
      hold(false);
      await clock.advance(6000);
      expect(cut()).toBe(false);
      await clock.advance(3000);
      expect(cut()).toBe(true);
    });
  });

  test("rx that the program turned off is not the peer's fault", async () => {
    let turnOn = (): void => {};
    const got: number[] = [];
    const stop = protocol({
      name: 'stop',
      rxBufferSize: 2,
      ws: {
        receive(wsi, chunk) {
          got.push(chunk.length);
          wsi.rxFlowControl(false);
          turnOn = () => wsi.rxFlowControl(true);
        },
      },
    });
    const server = await serve(stop.with({ default: true }));
    const client = await WsClient.open(server.vhost);
    await client.send(whole.slice(0, 8));
    await server.clock.advance(120_000);
    turnOn();
    await client.send(whole.slice(8));
    expect(client.take()).toEqual([]);
    expect(got[0]).toBe(2);
  });

  test('once rx is on again the peer has its time, and no more', async () => {
    let turnOn = (): void => {};
    const stop = protocol({
      name: 'stop',
      rxBufferSize: 2,
      ws: {
        receive(wsi) {
          wsi.rxFlowControl(false);
          turnOn = () => wsi.rxFlowControl(true);
        },
      },
    });
    const server = await serve(stop.with({ default: true }));
    const client = await WsClient.open(server.vhost);
    await client.send(whole.slice(0, 8));
    await server.clock.advance(45_000);
    turnOn();
    expect(await client.settled()).toEqual([]);
    await server.clock.advance(31_000);
    expect(client.take()).toEqual(['close 1008']);
  });

  test('a deadline that was put off ended nobody: the close report counts it in order', async () => {
    let reason: unknown = 'never asked';
    const stop = protocol({
      name: 'stop',
      rxBufferSize: 2,
      ws: {
        receive: (wsi) => wsi.rxFlowControl(false),
        closed(wsi) {
          reason = wsi.timeoutReason;
        },
      },
    });
    const server = await serve(stop.with({ default: true }));
    const client = await WsClient.open(server.vhost);
    await client.send(whole.slice(0, 8));
    await server.clock.advance(120_000);
    const report = server.context.close({ deadlineSecs: 10 });
    await client.send(whole.slice(8), clientClose(1001));
    await client.peer.end();
    expect(await report).toMatchObject({ closed: 1, cut: 0 });
    expect(reason).toBeUndefined();
  });

  test('a deadline that the program cancels inside a message leaves nothing behind', async () => {
    const got: string[] = [];
    const cancelling = protocol({
      name: 'cancelling',
      ws: {
        message(wsi, data) {
          got.push(String(data));
          wsi.setTimeout('user-1', 0);
        },
      },
    });
    const server = await serve(cancelling.with({ default: true }));
    const client = await WsClient.open(server.vhost);
    await client.send(whole.slice(0, 3));
    await client.send(whole.slice(3));
    await server.clock.advance(120_000);
    await client.send(whole);
    expect(got).toEqual(['hello', 'hello']);
  });

  test('a deadline of the program stays', async () => {
    const patient = protocol({
      name: 'patient',
      ws: { established: (wsi) => wsi.setTimeout('user-1', 5) },
    });
    const server = await serve(patient.with({ default: true }));
    const client = await WsClient.open(server.vhost);
    await client.send(whole.slice(0, 3));
    await server.clock.advance(6000);
    expect(client.peer.isClosed).toBe(true);
  });
});

describe('bufferedAmount', () => {
  test("this turn's output and what a peer leaves unread, and nothing when it has read", async () => {
    const seen: number[] = [];
    let wsi: WsWsi<unknown, unknown> | undefined;
    const writer = protocol({
      name: 'writer',
      ws: {
        established(opened) {
          wsi = opened;
        },
        message: (asking) => asking.requestWriteable(),
        writeable(writing, tx) {
          seen.push(writing.bufferedAmount);
          tx.binary(new Uint8Array(10_000));
          seen.push(writing.bufferedAmount);
        },
      },
    });
    const { vhost } = await serve(writer.with({ default: true }));
    const client = await WsClient.open(vhost, {}, { capacity: 4000 });
    await client.peer.read(false);
    await client.send(text('go'));
    expect(seen).toEqual([0, 10_004]);
    expect(wsi?.bufferedAmount).toBe(6004);
    await client.peer.read(true);
    expect(await client.settled()).toEqual(['binary of 10000']);
    expect(wsi?.bufferedAmount).toBe(0);
  });
});

describe('maxOutputBytes', () => {
  const sending = (size: number) =>
    protocol({
      name: 'sending',
      ws: {
        message: (wsi) => wsi.requestWriteable(),
        writeable: (_wsi, tx) => void tx.binary(new Uint8Array(size)),
      },
    }).with({ default: true });

  test('more left unread than that: 1013, then cut', async () => {
    const server = await serve(sending(200_000), { maxOutputBytes: 100_000 });
    const client = await WsClient.open(server.vhost);
    await client.peer.read(false);
    await client.send(text('go'));
    expect([...server.vhost.counters.refused]).toEqual([['LWS_ERR_WS_OUTPUT', 1]]);
    await server.clock.advance(10_000);
    expect(server.context.counters.wsi_alive).toBe(0);
  });

  test('pongs that are not read count', async () => {
    const options = { maxOutputBytes: 65_536, maxPingsPerSecond: 10_000, txBudget: 1 << 20 };
    const server = await serve(sending(1), options);
    const client = await WsClient.open(server.vhost, {}, { capacity: 4096 });
    await client.peer.read(false);
    const ping = frame(9, 'x'.repeat(125));
    for (let sent = 0; sent < 1000; sent += 100)
      await client.send(...Array.from({ length: 100 }, () => ping));
    expect([...server.vhost.counters.refused]).toEqual([['LWS_ERR_WS_OUTPUT', 1]]);
    expect(server.lines.filter((line) => line.includes('LWS_ERR_WS_OUTPUT'))).toHaveLength(1);
    await server.clock.advance(10_000);
    expect(server.context.counters.wsi_alive).toBe(0);
  });

  test.each([
    ['binary', new Uint8Array(40_000_000)],
    ['text', 'x'.repeat(40_000_000)],
  ])('a %s message that is more by itself is not kept: cut at once', async (_kind, data) => {
    let buffered = 0;
    const one = protocol({
      name: 'one',
      ws: {
        message: (wsi) => wsi.requestWriteable(),
        writeable(wsi, tx) {
          if (typeof data === 'string') tx.text(data);
          else tx.binary(data);
          buffered = wsi.bufferedAmount;
        },
      },
    });
    const server = await serve(one.with({ default: true }), { maxOutputBytes: 100_000 });
    const client = await WsClient.open(server.vhost);
    await client.peer.read(false);
    await client.send(text('go'));
    expect(buffered).toBeLessThan(100_000);
    expect([...server.vhost.counters.refused]).toEqual([['LWS_ERR_WS_OUTPUT', 1]]);
    expect(server.context.counters.wsi_alive).toBe(0);
    expect(server.context.keptOutputBytes).toBe(0);
  });

  test('a message of any length goes to a peer that takes it', async () => {
    const server = await serve(sending(3_000_000), { maxOutputBytes: 100_000 });
    const client = await WsClient.open(server.vhost, {}, { capacity: 4_000_000 });
    await client.send(text('go'));
    expect(await client.settled()).toEqual(['binary of 3000000']);
  });

  test('less than that waits', async () => {
    const server = await serve(sending(200_000), { maxOutputBytes: 150_000 });
    const client = await WsClient.open(server.vhost);
    await client.peer.read(false);
    await client.send(text('go'));
    await server.clock.advance(10_000);
    await client.peer.read(true);
    expect(await client.settled()).toEqual(['binary of 200000']);
  });
});
