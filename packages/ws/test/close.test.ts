import { type Done, protocol } from '@lws-ts/interface';
import { clientClose, connectRawPeer } from '@lws-ts/test-kit';
import { describe, expect, test, vi } from 'vitest';
import type { WsOptions } from '../src/index.ts';
import { type Server, serve } from './server.ts';
import { frame, handshake, join, text, WsClient } from './ws-client.ts';

interface Program {
  readonly events: string[];
  close: (code?: number, reason?: string) => void;
  abort: () => void;
}

/** Opens a connection of a protocol that records its life. `say` decides what a message does. */
async function open(
  handlers: {
    readonly onMessage?: (
      wsi: { close(code?: number, reason?: string): void },
      data: unknown,
    ) => Done;
    readonly onPeerClose?: (wsi: { close(code?: number, reason?: string): void }) => Done;
    readonly onEstablished?: (wsi: { close(code?: number, reason?: string): void }) => Done;
  } = {},
  options: WsOptions = {},
  capacity = 65536,
): Promise<{ client: WsClient; program: Program; server: Server }> {
  const program: Program = { events: [], close: () => {}, abort: () => {} };
  const recording = protocol({
    name: 'recording',
    ws: {
      established(wsi) {
        program.close = (code, reason) => wsi.close(code, reason);
        program.abort = () => wsi.abort();
        return handlers.onEstablished?.(wsi);
      },
      message(wsi, data) {
        program.events.push(`message ${String(data)}`);
        return handlers.onMessage?.(wsi, data);
      },
      peerInitiatedClose(wsi, code, reason) {
        program.events.push(`peer closes ${code} ${JSON.stringify(reason)}`);
        return handlers.onPeerClose?.(wsi);
      },
      closed(_wsi, code, reason) {
        program.events.push(`closed ${code} ${JSON.stringify(reason)}`);
      },
    },
  });
  const server = await serve(recording.with({ default: true }), options);
  const client = await WsClient.open(server.vhost, {}, { capacity });
  return { client, program, server };
}

/** Stops the peer's reading and pings until output waits for it. The peer takes little while it does not read. */
async function choke(client: WsClient, server: Server): Promise<void> {
  await client.peer.read(false);
  for (let sent = 0; client.server.bufferedBytes === 0; sent++) {
    expect(sent).toBeLessThan(20);
    await client.send(frame(9, 'x'.repeat(125)));
    await server.clock.advance(20);
  }
}

describe('the peer closes', () => {
  test.each<[string, Uint8Array, string, number, string]>([
    ['without a code', clientClose(), 'close', 1005, ''],
    ['1000', clientClose(1000), 'close 1000', 1000, ''],
    ['1001 with a reason', clientClose(1001, 'bye'), 'close 1001 "bye"', 1001, 'bye'],
    ['3000', clientClose(3000), 'close 3000', 3000, ''],
    [
      '4999',
      clientClose(4999, 'x'.repeat(123)),
      `close 4999 "${'x'.repeat(123)}"`,
      4999,
      'x'.repeat(123),
    ],
  ])('%s', async (_name, wire, answer, code, reason) => {
    const { client, program, server } = await open();
    await client.send(wire);
    expect(client.take()).toEqual([answer]);
    expect(client.peer.ended).toBe(true);
    await client.peer.end();
    expect(program.events).toEqual([
      `peer closes ${code} ${JSON.stringify(reason)}`,
      `closed ${code} ${JSON.stringify(reason)}`,
    ]);
    expect(server.lines).toEqual([]);
  });

  test.each<[string, Uint8Array, string, string]>([
    ['one byte', frame(8, 'x'), 'close 1002', 'LWS_ERR_WS_CLOSE_LENGTH'],
    ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535].map(
      (code): [string, Uint8Array, string, string] => [
        `code ${code}`,
        frame(8, Uint8Array.of(code >> 8, code & 255)),
        'close 1002',
        'LWS_ERR_WS_CLOSE_CODE',
      ],
    ),
    [
      'reason not UTF-8',
      frame(8, Uint8Array.of(3, 232, 0xff)),
      'close 1007',
      'LWS_ERR_WS_CLOSE_REASON',
    ],
  ])('badly: %s', async (_name, wire, answer, code) => {
    const { client, program, server } = await open();
    await client.send(wire);
    expect(client.take()).toEqual([answer]);
    await client.peer.end();
    expect(program.events).toEqual(['closed 1006 ""']);
    expect([...server.vhost.counters.refused]).toEqual([[code, 1]]);
    expect(server.lines).toHaveLength(1);
  });

  test('after a message in the same segment: the message first; nothing after the close frame counts', async () => {
    const { client, program } = await open();
    await client.send(join(text('a'), clientClose(1000), text('b'), frame(9, 'x')));
    expect(client.take()).toEqual(['close 1000']);
    await client.peer.end();
    expect(program.events).toEqual(['message a', 'peer closes 1000 ""', 'closed 1000 ""']);
  });

  test('and -1 from peerInitiatedClose: no answer, only the end', async () => {
    const { client, program } = await open({ onPeerClose: () => -1 });
    await client.send(clientClose(1000));
    expect(client.take()).toEqual([]);
    expect(client.peer.ended).toBe(true);
    await client.peer.end();
    expect(program.events).toEqual(['peer closes 1000 ""', 'closed 1000 ""']);
  });

  test('and the program answers with a code of its own', async () => {
    const { client, program } = await open({ onPeerClose: (wsi) => wsi.close(4000, 'mine') });
    await client.send(clientClose(1000));
    expect(client.take()).toEqual(['close 4000 "mine"']);
    expect(client.peer.ended).toBe(true);
    await client.peer.end();
    expect(program.events.at(-1)).toBe('closed 1000 ""');
  });

  test('by FIN alone: 1006', async () => {
    const { client, program } = await open();
    await client.send(text('a').slice(0, 4));
    await client.peer.end();
    expect(client.take()).toEqual([]);
    expect(client.peer.ended).toBe(true);
    expect(program.events).toEqual(['closed 1006 ""']);
  });

  test('by a reset: 1006, once, no log line', async () => {
    const { client, program, server } = await open();
    await client.peer.reset();
    expect(program.events).toEqual(['closed 1006 ""']);
    expect(server.lines).toEqual([]);
  });
});

describe('the program closes', () => {
  test.each<[string, [number?, string?], string]>([
    ['without a code', [], 'close'],
    ['1000', [1000], 'close 1000'],
    ['1001 with a reason', [1001, 'seeya'], 'close 1001 "seeya"'],
    [
      'a reason over 123 bytes, cut at a character',
      [4000, '\u00e9'.repeat(62)],
      `close 4000 "${'\u00e9'.repeat(61)}"`,
    ],
  ])('%s', async (_name, args, expected) => {
    const { client, program } = await open();
    program.close(...args);
    expect(await client.settled()).toEqual([expected]);
    expect(client.peer.ended).toBe(false);
    await client.send(clientClose(1000, 'ok'));
    expect(client.peer.ended).toBe(true);
    expect(client.take()).toEqual([]);
    await client.peer.end();
    expect(program.events).toEqual(['closed 1000 "ok"']);
  });

  test.each<[string, unknown[]]>([
    ...[0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 1000.5, Number.NaN, '1000'].map(
      (code): [string, unknown[]] => [`code ${String(code)}`, [code]],
    ),
    ['reason without a code', [undefined, 'why']],
    ['reason that is no string', [1000, 5]],
  ])('and misuse is thrown: %s', async (_name, args) => {
    const { client, program } = await open();
    expect(() => program.close(...(args as [number, string]))).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_WS_CLOSE_ARGUMENTS' }),
    );
    await client.send(text('a'));
    expect(program.events).toEqual(['message a']);
  });

  test('what comes after our close frame is not delivered, pings are not answered', async () => {
    const { client, program } = await open({ onMessage: (wsi) => wsi.close(1001) });
    await client.send(join(text('a'), text('b'), frame(9, 'x')));
    await client.send(text('c'), frame(10, 'y'));
    expect(client.take()).toEqual(['close 1001']);
    await client.send(clientClose(1001));
    await client.peer.end();
    expect(program.events).toEqual(['message a', 'closed 1001 ""']);
  });

  test('-1 from a handler: a close frame without a code', async () => {
    const { client } = await open({ onMessage: () => -1 });
    await client.send(text('a'));
    expect(client.take()).toEqual(['close']);
  });

  test.each<[string, () => Done, string]>([
    ['-1', () => -1, 'close'],
    ['close(1001)', () => undefined, 'close 1001'],
  ])('%s inside established: the close frame follows the 101', async (name, done, expected) => {
    const { client } = await open({
      onEstablished(wsi) {
        if (name !== '-1') wsi.close(1001);
        return done();
      },
    });
    expect(client.early).toEqual([expected]);
  });

  test("with rx off: the peer's close frame is still read", async () => {
    const { client, program } = await open({
      onMessage(wsi) {
        (wsi as unknown as { rxFlowControl(on: boolean): void }).rxFlowControl(false);
        wsi.close(1000);
      },
    });
    await client.send(text('a'), text('b'), clientClose(1000));
    await client.peer.end();
    expect(program.events).toEqual(['message a', 'closed 1000 ""']);
  });

  test.each([
    [{}, 5],
    [{ closeAckSecs: 1 }, 1],
  ])('a peer that does not answer is cut after closeAckSecs: %o', async (options, secs) => {
    const { client, program, server } = await open({}, options);
    program.close(1000);
    await server.clock.advance(secs * 1000 - 500);
    expect(client.peer.isClosed).toBe(false);
    await server.clock.advance(1000);
    expect(client.peer.isClosed).toBe(true);
    expect(program.events).toEqual(['closed 1006 ""']);
    expect([...server.vhost.counters.refused]).toEqual([['LWS_ERR_WS_CLOSE_TIMEOUT', 1]]);
  });

  test.each([
    [{}, 2],
    [{ closeSendSecs: 4 }, 4],
  ])('a peer that does not read is cut after closeSendSecs: %o', async (options, secs) => {
    const { client, program, server } = await open({}, options, 500);
    await choke(client, server);
    program.close(1000);
    await server.clock.advance(secs * 1000 - 500);
    expect(program.events).toEqual([]);
    await server.clock.advance(1000);
    expect(program.events).toEqual(['closed 1006 ""']);
    expect(server.context.counters.wsi_alive).toBe(0);
  });

  test('a peer that reads slowly is waited for, as long as each closeSendSecs takes it on', async () => {
    const { client, program, server } = await open({}, {}, 500);
    await choke(client, server);
    let kept = 1000;
    const buffered = vi.spyOn(client.server, 'bufferedBytes', 'get').mockImplementation(() => kept);
    program.close(1000);
    for (let each = 0; each < 5; each++) {
      kept -= 100;
      await server.clock.advance(2000);
    }
    expect(program.events).toEqual([]);
    await server.clock.advance(2500);
    buffered.mockRestore();
    expect(program.events).toEqual(['closed 1006 ""']);
  });

  test('a peer that reads late has closeAckSecs from then on', async () => {
    const { client, program, server } = await open({}, {}, 500);
    await choke(client, server);
    program.close(1000);
    await server.clock.advance(1500);
    await client.peer.read(true);
    expect((await client.settled()).at(-1)).toBe('close 1000');
    await server.clock.advance(4500);
    expect(program.events).toEqual([]);
    await server.clock.advance(1000);
    expect(program.events).toEqual(['closed 1006 ""']);
  });

  test('abort resets: 1006', async () => {
    const { client, program } = await open();
    program.abort();
    await client.settled();
    expect(client.peer.error?.code).toBe('LWS_ERR_TRANSPORT_RESET');
    expect(program.events).toEqual(['closed 1006 ""']);
  });

  test('shutdown: 1001, and the report counts who did not answer', async () => {
    const { client, program, server } = await open();
    const mute = await WsClient.open(server.vhost);
    const report = server.context.close({ deadlineSecs: 3 });
    expect(await client.settled()).toEqual(['close 1001 "going away"']);
    await client.send(clientClose(1001));
    await client.peer.end();
    await server.clock.advance(3000);
    expect(await report).toMatchObject({ closed: 1, cut: 1, elapsedMs: 3000 });
    expect(mute.peer.isClosed).toBe(true);
    expect(program.events.sort()).toEqual(['closed 1001 ""', 'closed 1006 ""']);
  });
});

describe('a handler that fails', () => {
  test('throws: 1011, its connection only', async () => {
    const { client, program, server } = await open({
      onMessage(_wsi, data) {
        if (data === 'bad') throw new Error('by the program');
      },
    });
    const other = await WsClient.open(server.vhost);
    await client.send(text('bad'), text('never'));
    expect(client.take()).toEqual(['close 1011']);
    await client.peer.end();
    await other.send(text('good'));
    expect(program.events).toEqual(['message bad', 'closed 1006 ""', 'message good']);
    expect(server.vhost.counters.refused.get('LWS_ERR_HANDLER_THREW')).toBe(1);
  });

  test('returns a promise: 1011, reported, and its rejection ends nothing', async () => {
    const { client, server } = await open({
      onMessage: (() => Promise.reject(new Error('late'))) as unknown as () => undefined,
    });
    await client.send(text('a'));
    expect(client.take()).toEqual(['close 1011']);
    expect([...server.vhost.counters.refused]).toEqual([['LWS_ERR_HANDLER_ASYNC', 1]]);
    // and why it was rejected, with its stack
    expect(server.lines[0]).toMatch(/^LWS_ERR_HANDLER_ASYNC .*a handler returned a promise/);
    expect(server.lines[1]).toMatch(
      /^LWS_ERR_HANDLER_ASYNC: .*was rejected: Error: late\\x0a +at /,
    );
  });

  test('a session that is a promise is refused, and its rejection ends nothing', async () => {
    const late = protocol({
      name: 'late',
      session: () => Promise.reject(new Error('late')),
      ws: {},
    });
    const server = await serve(late.with({ default: true }));
    const { peer } = await connectRawPeer(server.vhost);
    await peer.send(handshake());
    expect(peer.text).toMatch(/^HTTP\/1\.1 500 /);
    expect([...server.vhost.counters.refused]).toEqual([['LWS_ERR_HANDLER_ASYNC', 1]]);
    expect(server.lines.join()).toContain('session of protocol late');
  });

  test('a promise from closed is reported, and its rejection ends nothing', async () => {
    const late = protocol({
      name: 'late',
      ws: { closed: (() => Promise.reject(new Error('late'))) as unknown as () => undefined },
    });
    const server = await serve(late.with({ default: true }));
    const client = await WsClient.open(server.vhost);
    await client.send(clientClose(1000));
    await client.peer.end();
    expect([...server.vhost.counters.refused]).toEqual([['LWS_ERR_HANDLER_ASYNC', 1]]);
    expect(server.lines.join()).toContain('a handler returned a promise: closed of protocol late');
  });

  test('the line of a promise names the protocol', async () => {
    const late = protocol({
      name: 'late',
      ws: { established: (() => Promise.resolve()) as unknown as () => undefined },
    });
    const server = await serve(late.with({ default: true }));
    await WsClient.open(server.vhost);
    expect(server.lines.join()).toContain('a handler returned a promise: of protocol late');
  });
});
