import { protocol } from '@lws-ts/interface';
import { clientClose } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { serve } from './server.ts';
import { frame, text, WsClient } from './ws-client.ts';

/** What a program sees of a wsi. */
interface KeptWsi {
  readonly id: number;
  readonly vhost: { readonly name: string };
  readonly peer: { readonly address: string };
  readonly security: unknown;
  readonly protocol: string;
  readonly open: boolean;
  readonly timeoutReason: unknown;
  readonly session: unknown;
  readonly vhostData: unknown;
  readonly isFirstFragment: boolean;
  readonly isFinalFragment: boolean;
  readonly remainingPacketPayload: number;
  readonly isBinary: boolean;
  readonly path: string;
  readonly query: string;
  header(name: string): string | undefined;
  eachHeader(visit: (name: string, value: string) => void): void;
  urlArg(name: string): string | undefined;
  requestWriteable(): void;
  requestWriteableAll(): void;
  rxFlowControl(on: boolean): void;
  setTimerMs(ms: number): void;
  setTimeout(reason: 'user-1', secs: number): void;
  close(code?: number, reason?: string): void;
  /** Of the type in a filter alone, where the same object was given. */
  hold?(): { accept(): boolean; refuse(status: number): boolean };
  abort(): void;
}

interface Kept {
  readonly wsi: KeptWsi;
  readonly calls: string[];
  readonly client: WsClient;
  readonly advance: (ms: number) => Promise<void>;
}

async function keep(): Promise<Kept> {
  const calls: string[] = [];
  let kept: KeptWsi | undefined;
  const keeping = protocol({
    name: 'keeping',
    session: () => ({ mine: 1 }),
    vhostData: () => ({ ours: 2 }),
    ws: {
      established(wsi) {
        kept = wsi;
        calls.push(
          `established ${wsi.path} ${wsi.query} ${String(wsi.urlArg('a'))} ${String(wsi.header('HOST'))}`,
        );
        wsi.eachHeader((name, value) => {
          if (name === 'upgrade') calls.push(`${name}: ${value}`);
        });
      },
      writeable: () => void calls.push('writeable'),
      timer: () => void calls.push('timer'),
      message: () => void calls.push('message'),
      closed: (_wsi, code) => void calls.push(`closed ${code}`),
    },
  });
  const { vhost, clock } = await serve(keeping.with({ default: true }));
  const client = await WsClient.open(vhost);
  expect(calls.splice(0)).toEqual(['established /chat a=1 1 localhost', 'upgrade: websocket']);
  if (kept === undefined) throw new Error('not established');
  return { wsi: kept, calls, client, advance: (ms) => clock.advance(ms) };
}

const headerReads: [string, (wsi: KeptWsi) => unknown][] = [
  ['header()', (wsi) => wsi.header('host')],
  ['eachHeader()', (wsi) => wsi.eachHeader(() => {})],
  ['path', (wsi) => wsi.path],
  ['query', (wsi) => wsi.query],
  ['urlArg()', (wsi) => wsi.urlArg('a')],
];

describe('after established', () => {
  test.each(headerReads)('%s throws, with a hint', async (_name, read) => {
    const { wsi } = await keep();
    expect(() => read(wsi)).toThrow(
      expect.objectContaining({
        code: 'LWS_ERR_HEADERS_GONE',
        hint: expect.stringContaining('Copy'),
      }),
    );
  });
});

test('an open WebSocket keeps no header table', async () => {
  const { vhost } = await serve(protocol({ name: 'idle', ws: {} }).with({ default: true }), {
    maxHttpHeaderPool: 2,
  });
  for (let count = 0; count < 5; count++) expect((await WsClient.open(vhost)).early).toEqual([]);
});

describe('after closed', () => {
  const calls: [string, (wsi: KeptWsi) => unknown][] = [
    ['requestWriteable()', (wsi) => wsi.requestWriteable()],
    ['requestWriteableAll()', (wsi) => wsi.requestWriteableAll()],
    ['rxFlowControl(false)', (wsi) => wsi.rxFlowControl(false)],
    ['rxFlowControl(true)', (wsi) => wsi.rxFlowControl(true)],
    ['setTimerMs()', (wsi) => wsi.setTimerMs(1)],
    ['setTimeout()', (wsi) => wsi.setTimeout('user-1', 1)],
    ['close()', (wsi) => wsi.close()],
    ['close(1000, "again")', (wsi) => wsi.close(1000, 'again')],
    ['abort()', (wsi) => wsi.abort()],
    ['close() with a code that may not be sent', (wsi) => wsi.close(999)],
    ['close() with a reason alone', (wsi) => wsi.close(undefined, 'why')],
    ['accept() of a hold', (wsi) => expect(wsi.hold?.().accept()).toBe(false)],
    ['refuse() of a hold', (wsi) => expect(wsi.hold?.().refuse(403)).toBe(false)],
  ];

  test.each(calls)('%s does nothing', async (_name, call) => {
    const { wsi, calls: seen, client, advance } = await keep();
    await client.send(clientClose(1000));
    await client.peer.end();
    expect(seen).toEqual(['closed 1000']);
    client.take();
    call(wsi);
    await advance(10_000);
    expect(seen).toEqual(['closed 1000']);
    expect(client.take()).toEqual([]);
  });

  test.each<[string, (wsi: KeptWsi) => unknown, unknown]>([
    ['id', (wsi) => wsi.id, 1],
    ['vhost', (wsi) => wsi.vhost.name, 'default'],
    ['peer', (wsi) => wsi.peer.address, '192.0.2.1'],
    ['security', (wsi) => wsi.security, undefined],
    ['protocol', (wsi) => wsi.protocol, 'keeping'],
    ['open', (wsi) => wsi.open, false],
    ['timeoutReason', (wsi) => wsi.timeoutReason, undefined],
    ['session', (wsi) => wsi.session, { mine: 1 }],
    ['vhostData', (wsi) => wsi.vhostData, { ours: 2 }],
    ['isBinary', (wsi) => wsi.isBinary, false],
    ['isFirstFragment', (wsi) => wsi.isFirstFragment, true],
    ['isFinalFragment', (wsi) => wsi.isFinalFragment, true],
    ['remainingPacketPayload', (wsi) => wsi.remainingPacketPayload, 0],
  ])('%s gives the last state', async (_name, read, expected) => {
    const { wsi, client } = await keep();
    await client.send(text('a'), clientClose(1000));
    await client.peer.end();
    expect(read(wsi)).toEqual(expected);
  });

  test.each(headerReads)('%s throws as before', async (_name, read) => {
    const { wsi, client } = await keep();
    await client.peer.reset();
    expect(() => read(wsi)).toThrow(expect.objectContaining({ code: 'LWS_ERR_HEADERS_GONE' }));
  });

  test('a timer and a writeable that were asked for before never come', async () => {
    const { wsi, calls: seen, client, advance } = await keep();
    wsi.setTimerMs(100);
    wsi.requestWriteable();
    client.peer.push(clientClose(1000));
    await client.peer.reset();
    await advance(1000);
    expect(seen.filter((line) => line === 'timer')).toEqual([]);
    expect(seen.at(-1)).toMatch(/^closed/);
  });
});

test('timer() comes once for each setTimerMs', async () => {
  const { wsi, calls, advance } = await keep();
  wsi.setTimerMs(100);
  await advance(99);
  expect(calls).toEqual([]);
  await advance(2);
  await advance(1000);
  expect(calls).toEqual(['timer']);
});

test('receivePong gets each pong, also one without a payload, valid during the call', async () => {
  const got: string[] = [];
  const ponging = protocol({
    name: 'ponging',
    ws: { receivePong: (_wsi, payload) => void got.push(Buffer.from(payload).toString()) },
  });
  const { vhost } = await serve(ponging.with({ default: true }));
  const client = await WsClient.open(vhost);
  const pong = (payload: string): Uint8Array => {
    const bytes = Buffer.from(payload);
    return Uint8Array.from([0x8a, 0x80 | bytes.length, 0, 0, 0, 0, ...bytes]);
  };
  await client.send(pong('one'), pong(''), pong('two'));
  expect(got).toEqual(['one', '', 'two']);
});

describe('receivePing', () => {
  async function pinged(
    receivePing: (payload: string) => undefined | void | -1,
    maxPingsPerSecond = 100,
  ) {
    const pinging = protocol({
      name: 'pinging',
      ws: { receivePing: (_wsi, payload) => receivePing(Buffer.from(payload).toString()) },
    });
    const { vhost } = await serve(pinging.with({ default: true }), { maxPingsPerSecond });
    return WsClient.open(vhost);
  }

  test('gets each ping when its pong is on its way', async () => {
    const got: string[] = [];
    const client = await pinged((payload) => void got.push(payload));
    await client.send(frame(9, 'one'), frame(9), frame(9, 'x'.repeat(125)));
    expect(got).toEqual(['one', '', 'x'.repeat(125)]);
    expect(await client.settled()).toEqual(['pong "one"', 'pong ""', 'pong of 125']);
  });

  test('gets none that is refused, or comes behind a close', async () => {
    const got: string[] = [];
    const client = await pinged((payload) => void got.push(payload), 2);
    await client.send(frame(9, 'a'), frame(9, 'b'), frame(9, 'c'));
    expect(got).toEqual(['a', 'b']);
    const other = await pinged((payload) => void got.push(payload));
    await other.send(clientClose(1000), frame(9, 'd'));
    expect(got).toEqual(['a', 'b']);
  });

  test('closes by -1', async () => {
    const client = await pinged(() => -1);
    await client.send(frame(9, 'one'), frame(9, 'two'));
    expect(await client.settled()).toEqual(['pong "one"', 'close']);
  });
});
