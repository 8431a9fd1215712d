import { createContext, setLogLevel } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { protocol } from '@lws-ts/interface';
import { settle, VirtualClock } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { type WsOptions, ws } from '../src/index.ts';
import { answerTo, ScriptedServer } from './scripted-server.ts';
import { serve } from './server.ts';
import { frame, text, WsClient } from './ws-client.ts';

/** A connection, and what its `closed` saw. */
async function connect(options: WsOptions, deaf = false) {
  const seen = { rtt: [] as unknown[], closed: [] as unknown[], rx: (_on: boolean): void => {} };
  const server = await serve(
    protocol({
      name: 'alive',
      ws: {
        established(wsi) {
          seen.rx = (on) => wsi.rxFlowControl(on);
          if (deaf) wsi.rxFlowControl(false);
        },
        message: (wsi) => void seen.rtt.push(wsi.rttMs),
        closed: (wsi, code) => void seen.closed.push([code, wsi.timeoutReason]),
      },
    }).with({ default: true }),
    options,
  );
  return { seen, ...server, client: await WsClient.open(server.vhost) };
}

describe('validity', () => {
  test('off by default', async () => {
    const { client, clock, seen } = await connect({});
    await clock.advance(3_600_000);
    expect(client.take()).toEqual([]);
    expect(seen.closed).toEqual([]);
  });

  test.each([10, 20])('a silent peer is sent one ping after validPingSecs %i', async (secs) => {
    const { client, clock } = await connect({ validPingSecs: secs, hangupSecs: 60 });
    await clock.advance(secs * 1000 - 100);
    expect(client.take()).toEqual([]);
    await clock.advance(200);
    expect(client.take()).toEqual(['ping ""']);
    await clock.advance(20_000);
    expect(client.take()).toEqual([]);
  });

  test.each([30, 60])(
    'and cut after hangupSecs %i: reason, code, log line, counter',
    async (secs) => {
      const { client, clock, seen, vhost, lines } = await connect({
        validPingSecs: 10,
        hangupSecs: secs,
      });
      await clock.advance(secs * 1000 - 100);
      expect(seen.closed).toEqual([]);
      await clock.advance(200);
      expect(seen.closed).toEqual([[1006, 'validity']]);
      expect([...vhost.counters.refused]).toEqual([['LWS_ERR_WS_VALIDITY', 1]]);
      expect(lines).toHaveLength(1);
      expect(client.peer.error).toBeDefined();
    },
  );

  test('hangupSecs alone cuts without a ping', async () => {
    const { client, clock, seen } = await connect({ hangupSecs: 5 });
    await clock.advance(4900);
    expect(client.take()).toEqual([]);
    await clock.advance(200);
    expect(seen.closed).toEqual([[1006, 'validity']]);
  });

  test('a pong keeps it, gives rttMs, and the next silence is asked again', async () => {
    const { client, clock, seen } = await connect({ validPingSecs: 10, hangupSecs: 15 });
    await client.send(text('before'));
    for (let round = 0; round < 3; round++) {
      await clock.advance(10_010);
      expect(client.take()).toEqual(['ping ""']);
      await clock.advance(250);
      await client.send(frame(10));
    }
    await client.send(text('after'));
    expect(seen.rtt[0]).toBeUndefined();
    expect(seen.rtt[1]).toBeGreaterThanOrEqual(250);
    expect(seen.rtt[1]).toBeLessThan(300);
    expect(seen.closed).toEqual([]);
  });

  test('a pong with a payload answers no ping of ours', async () => {
    const { client, clock, seen } = await connect({ validPingSecs: 10 });
    await clock.advance(10_010);
    await client.send(frame(10, 'x'), text('a'));
    await clock.advance(250);
    await client.send(frame(10), text('b'));
    expect(seen.rtt[0]).toBeUndefined();
    expect(seen.rtt[1]).toBeGreaterThanOrEqual(250);
  });

  test('a pong that nobody asked for leaves rttMs as it is', async () => {
    const { client, clock, seen } = await connect({ validPingSecs: 10 });
    await clock.advance(10_010);
    await clock.advance(250);
    await client.send(frame(10));
    await clock.advance(5000);
    await client.send(frame(10), text('after'));
    expect(seen.rtt).toHaveLength(1);
    expect(seen.rtt[0]).toBeLessThan(300);
  });

  test('each byte of a slow frame is a sign of life', async () => {
    const { client, clock, seen } = await connect({ validPingSecs: 10, hangupSecs: 15 });
    for (const byte of text('slow')) {
      await clock.advance(9000);
      await client.send(Uint8Array.of(byte));
    }
    expect(client.take()).toEqual([]);
    expect(seen.closed).toEqual([]);
  });

  test('what the program does not take is not held against the peer', async () => {
    const { clock, seen } = await connect({ validPingSecs: 10, hangupSecs: 15 }, true);
    await clock.advance(120_000);
    expect(seen.closed).toEqual([]);
    seen.rx(true);
    await clock.advance(40_000);
    expect(seen.closed).toEqual([[1006, 'validity']]);
  });

  describe('while output waits for the peer', () => {
    const options = { validPingSecs: 10, hangupSecs: 30, maxOutputBytes: 2 ** 20 };

    /** A peer that takes none of what is sent without end. */
    async function flooded() {
      const closed: unknown[] = [];
      const flooding = protocol({
        name: 'flooding',
        ws: {
          established: (wsi) => wsi.requestWriteable(),
          writeable(wsi, tx) {
            tx.binary(new Uint8Array(10_000));
            wsi.requestWriteable();
          },
          message: () => undefined,
          closed: (wsi, code) => void closed.push([code, wsi.timeoutReason]),
        },
      });
      const server = await serve(flooding.with({ default: true }), options);
      const client = await WsClient.open(server.vhost, {}, { capacity: 8192 });
      await client.peer.read(false);
      expect(client.server.bufferedBytes).toBeGreaterThan(0);
      return { ...server, client, closed };
    }

    test('one that takes none of it is cut', async () => {
      const { clock, closed, vhost } = await flooded();
      await clock.advance(29_000);
      expect(closed).toEqual([]);
      await clock.advance(12_000);
      expect(closed).toEqual([[1006, 'validity']]);
      expect([...vhost.counters.refused]).toEqual([['LWS_ERR_WS_VALIDITY', 1]]);
    });

    test('one that takes little of it now and then is not', async () => {
      const { client, clock, closed } = await flooded();
      for (let round = 0; round < 10; round++) {
        await clock.advance(15_000);
        client.peer.readOnce();
        await settle();
      }
      expect(closed).toEqual([]);
    });
  });

  test('it stands beside the deadline of a frame that stalls', async () => {
    const { client, clock, seen } = await connect({
      validPingSecs: 10,
      hangupSecs: 25,
      stalledSecs: 20,
    });
    await client.send(text('x').slice(0, 3));
    await clock.advance(10_100);
    expect(client.take()).toEqual(['ping ""']);
    await clock.advance(10_100);
    expect(client.take()).toEqual(['close 1008']);
    expect(seen.closed).not.toEqual([[1006, 'validity']]);
  });

  test('hangupSecs that is not more than validPingSecs is refused', async () => {
    await expect(connect({ validPingSecs: 10, hangupSecs: 10 })).rejects.toMatchObject({
      code: 'LWS_ERR_OPTION',
    });
  });
});

describe('validity of a client', () => {
  test('its vhost pings and leaves a server that shows no life', async () => {
    const clock = new VirtualClock();
    const closed: unknown[] = [];
    const lines: string[] = [];
    setLogLevel(undefined, (_level, line) => void lines.push(line));
    const out = protocol({
      name: 'out',
      client: { closed: (wsi, code) => void closed.push([code, wsi.timeoutReason]) },
    });
    const context = await createContext({
      use: [http(), ws()],
      clock,
      vhosts: [{ port: -1, protocols: [out], validPingSecs: 10, hangupSecs: 15 }],
    });
    let wire = Buffer.alloc(0);
    const server = await ScriptedServer.listen((head, socket) => {
      socket.write(answerTo(head));
      socket.on('data', (bytes) => {
        wire = Buffer.concat([wire, bytes]);
      });
    });
    await context.open({ url: server.url });
    await clock.advance(10_100);
    for (let turn = 0; turn < 500 && wire.length === 0; turn++)
      await new Promise((resolve) => setTimeout(resolve, 2));
    // a masked ping without payload
    expect([wire[0], wire[1], wire.length]).toEqual([0x89, 0x80, 6]);
    await clock.advance(5000);
    for (let turn = 0; turn < 500 && closed.length === 0; turn++)
      await new Promise((resolve) => setTimeout(resolve, 2));
    setLogLevel(undefined, null);
    expect(closed).toEqual([[1006, 'validity']]);
    expect(lines.filter((line) => line.includes('LWS_ERR_WS_VALIDITY'))).toHaveLength(1);
    await context.close({ deadlineSecs: 0 });
    await server.close();
  });
});

test("beside a deadline of the program's: whichever comes first", async () => {
  for (const [secs, reason] of [
    [5, 'user-1'],
    [60, 'validity'],
  ] as const) {
    const closed: unknown[] = [];
    const { clock, vhost } = await serve(
      protocol({
        name: 'both',
        ws: {
          established: (wsi) => wsi.setTimeout('user-1', secs),
          closed: (wsi) => void closed.push(wsi.timeoutReason),
        },
      }).with({ default: true }),
      { validPingSecs: 10, hangupSecs: 15 },
    );
    await WsClient.open(vhost);
    await clock.advance(70_000);
    expect(closed).toEqual([reason]);
  }
});
