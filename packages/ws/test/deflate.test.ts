/** permessage-deflate between our own two sides, over loopback and in memory; conformance/ has the foreign ones. */
import { randomBytes } from 'node:crypto';
import { type Context, createContext, setLogLevel } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { type AnyProtocol, protocol, type WsWsi } from '@lws-ts/interface';
import { permessageDeflate as framingDeflate } from '@lws-ts/ws-framing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { permessageDeflate, prepare, type WsOptions, ws } from '../src/index.ts';

let contexts: Context[];
let lines: string[];

beforeEach(() => {
  contexts = [];
  lines = [];
  setLogLevel(undefined, (_level, line) => void lines.push(line));
});
afterEach(async () => {
  for (const context of contexts) await context.close({ deadlineSecs: 0 });
  setLogLevel(undefined, null);
});

/** Quicker than `toEqual` for what is large. */
function same(a: string | Uint8Array | undefined, b: string | Uint8Array): boolean {
  return typeof a === 'object' && typeof b === 'object' ? Buffer.compare(a, b) === 0 : a === b;
}

interface Got {
  data: (string | Uint8Array)[];
  extensions: string | undefined;
  closed: number | undefined;
  wsi: WsWsi<unknown, unknown> | undefined;
}

/** A server with that protocol, and a client that sends `say` and hears until `count` messages came. */
async function talk(
  served: AnyProtocol,
  say: readonly (string | Uint8Array)[],
  options: WsOptions & { readonly clientExtensions?: WsOptions['extensions'] } = {},
): Promise<{ got: Got; until: (done: () => boolean) => Promise<void> }> {
  const got: Got = { data: [], extensions: undefined, closed: undefined, wsi: undefined };
  const waiting = [...say];
  const client = protocol({
    name: 'client',
    client: {
      established(wsi) {
        got.wsi = wsi;
        got.extensions = wsi.header('sec-websocket-extensions');
        wsi.requestWriteable();
      },
      message(_wsi, data) {
        got.data.push(data);
      },
      writeable(wsi, tx) {
        const next = waiting.shift();
        if (next === undefined) return;
        if (typeof next === 'string') tx.text(next);
        else tx.binary(next);
        wsi.requestWriteable();
      },
      closed(_wsi, code) {
        got.closed = code;
      },
    },
  });
  const { clientExtensions, ...vhost } = options;
  const extensions = options.extensions ?? [permessageDeflate({ threshold: 0 })];
  const context = await createContext({
    use: [http(), ws()],
    vhosts: [
      {
        name: 'server',
        port: 0,
        interface: '127.0.0.1',
        protocols: [served],
        ...vhost,
        extensions,
      },
      { name: 'client', port: -1, protocols: [client], maxMessageSize: 2 ** 30 },
    ],
  });
  contexts.push(context as Context);
  const port = context.vhosts[0]?.port;
  await context.open({
    url: `ws://127.0.0.1:${port}/`,
    protocols: served.name,
    vhost: 'client',
    localProtocol: 'client',
    extensions: clientExtensions ?? extensions,
  });
  const until = async (done: () => boolean): Promise<void> => {
    for (let turn = 0; !done(); turn++) {
      if (turn > 2000) throw new Error(`waited in vain; log: ${lines.join('\n')}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  return { got, until };
}

/** Answers each message with itself. */
const echo = protocol({
  name: 'echo',
  session: () => ({ waiting: [] as (string | Uint8Array)[] }),
  ws: {
    message(wsi, data) {
      wsi.session.waiting.push(data);
      wsi.requestWriteable();
    },
    writeable(wsi, tx) {
      const next = wsi.session.waiting.shift();
      if (next === undefined) return;
      if (typeof next === 'string') tx.text(next);
      else tx.binary(next);
      if (wsi.session.waiting.length > 0) wsi.requestWriteable();
    },
  },
});

describe('an echo', () => {
  test('of messages of all sizes, text and binary', async () => {
    const said = [
      'hello',
      '',
      'ü€😀'.repeat(1000),
      'x'.repeat(300_000),
      new Uint8Array(0),
      new Uint8Array(randomBytes(10)),
      new Uint8Array(randomBytes(200_000)),
      new Uint8Array(700_000),
      'last',
    ];
    const { got, until } = await talk(echo, said);
    await until(() => got.data.length === said.length);
    expect(got.extensions).toBe(
      'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
    );
    for (const [at, data] of said.entries())
      expect(same(got.data[at], data), `message ${at}`).toBe(true);
  });

  test('with context takeover both ways', async () => {
    const extensions = [
      permessageDeflate({
        threshold: 0,
        serverNoContextTakeover: false,
        clientNoContextTakeover: false,
      }),
    ];
    const said = Array.from({ length: 300 }, (_, at) =>
      `message number ${at} `.repeat((at % 40) + 1),
    );
    const { got, until } = await talk(echo, said, { extensions });
    await until(() => got.data.length === said.length);
    expect([got.extensions, got.data]).toEqual(['permessage-deflate', said]);
  });
});

describe('is not used', () => {
  test.each([
    ['unless the vhost lists it', { extensions: [] }],
    ['unless it is offered', { clientExtensions: [] }],
  ])('%s', async (_name, options) => {
    const { got, until } = await talk(echo, ['hello'], options);
    await until(() => got.data.length === 1);
    expect(got.extensions).toBeUndefined();
  });

  test('when confirmExtensionOkay says no', async () => {
    const asked: string[] = [];
    const shy = protocol({
      name: 'shy',
      ws: { confirmExtensionOkay: (_wsi, name) => asked.push(name) < 0 },
    });
    const { got } = await talk(shy, []);
    expect([asked, got.extensions]).toEqual([['permessage-deflate'], undefined]);
  });

  test('for messages below the threshold, nor for those that get no smaller', async () => {
    const sizes: number[] = [];
    const sizer = protocol({
      name: 'sizer',
      ws: {
        message(wsi, data) {
          sizes.push(data.length, wsi.reservedBits);
        },
      },
    });
    const extensions = [permessageDeflate({ threshold: 100 })];
    const noise = new Uint8Array(randomBytes(200));
    const { until } = await talk(sizer, ['x'.repeat(99), 'x'.repeat(100), noise, 'ü'.repeat(50)], {
      extensions,
    });
    await until(() => sizes.length === 8);
    expect(sizes).toEqual([99, 0, 100, 0x40, 200, 0, 50, 0x40]);
  });
});

describe('chunks of an inflated message', () => {
  /** What `receive` is told of one message of 10,000 bytes. */
  async function chunks(
    options: WsOptions & { readonly rx?: string; readonly size?: number },
  ): Promise<{ lengths: number[]; flags: string[]; set: boolean | undefined }> {
    const lengths: number[] = [];
    const flags: string[] = [];
    let set: boolean | undefined;
    const { rx, size, ...vhost } = options;
    const taker = protocol({
      name: 'taker',
      ...(size === undefined ? {} : { rxBufferSize: size }),
      ws: {
        established(wsi) {
          if (rx !== undefined)
            set = wsi.setExtensionOption('permessage-deflate', 'rx_buf_size', rx);
        },
        receive(wsi, chunk) {
          lengths.push(chunk.length);
          flags.push(`${wsi.isFirstFragment ? 'first' : ''}${wsi.isFinalFragment ? 'final' : ''}`);
          if (wsi.isFinalFragment) expect(wsi.remainingPacketPayload).toBe(0);
        },
      },
    });
    const { until } = await talk(taker, ['y'.repeat(10_000)], vhost);
    await until(() => flags.some((flag) => flag.endsWith('final')));
    return { lengths, flags, set };
  }

  test('are 1024 bytes at most unless the program says otherwise', async () => {
    const { lengths, flags } = await chunks({});
    expect(Math.max(...lengths)).toBe(1024);
    expect(lengths.reduce((sum, length) => sum + length)).toBe(10_000);
    expect(flags).toEqual(['first', ...Array.from({ length: 8 }, () => ''), 'final']);
  });

  test("setExtensionOption('permessage-deflate', 'rx_buf_size', '12') makes them 4096", async () => {
    expect(await chunks({ rx: '12' })).toMatchObject({ set: true, lengths: [4096, 4096, 1808] });
  });

  test('rxBufferSize bounds them too', async () => {
    const { set, lengths } = await chunks({ rx: '12', size: 1024 });
    expect([set, Math.max(...lengths)]).toEqual([true, 1024]);
  });

  test.each([
    ['a value out of range', '21', {}],
    ['no extension', '12', { extensions: [] }],
  ])('false for %s', async (_name, rx, options) => {
    expect((await chunks({ ...options, rx })).set).toBe(false);
  });

  test('false for an unknown option, another extension, and after the end', async () => {
    const answers: boolean[] = [];
    const asker = protocol({
      name: 'asker',
      ws: {
        established(wsi) {
          answers.push(
            wsi.setExtensionOption('permessage-deflate', 'rx_buf', '12'),
            wsi.setExtensionOption('deflate-frame', 'rx_buf_size', '12'),
          );
        },
        closed(wsi) {
          answers.push(wsi.setExtensionOption('permessage-deflate', 'rx_buf_size', '12'));
        },
      },
    });
    const { got, until } = await talk(asker, []);
    got.wsi?.close(1000);
    await until(() => answers.length === 3);
    expect(answers).toEqual([false, false, false]);
  });

  test('wait while rx is off, and come in order after it', async () => {
    const lengths: number[] = [];
    let taker: WsWsi<unknown, unknown> | undefined;
    let final = 0;
    const stopper = protocol({
      name: 'stopper',
      ws: {
        receive(wsi, chunk) {
          taker = wsi;
          lengths.push(chunk.length);
          if (wsi.isFinalFragment) final++;
          if (lengths.length % 3 === 0) wsi.rxFlowControl(false);
        },
      },
    });
    const { until } = await talk(stopper, ['z'.repeat(9000), new Uint8Array(100_000), 'end']);
    for (let round = 1; final < 3; round++) {
      await until(() => lengths.length === 3 * round || final === 3);
      await new Promise((resolve) => setTimeout(resolve, 3));
      expect(lengths.length).toBeLessThanOrEqual(3 * round);
      taker?.rxFlowControl(true);
    }
    expect(lengths.reduce((sum, length) => sum + length)).toBe(109_003);
  });

  test("more than a turn gives are the next turn's", async () => {
    let bytes = 0;
    const taker = protocol({
      name: 'taker',
      ws: {
        receive(_wsi, chunk) {
          bytes += chunk.length;
        },
      },
    });
    const extensions = [permessageDeflate({ threshold: 0, rxBufSize: 7 })];
    const { until } = await talk(taker, [new Uint8Array(1_000_000)], { extensions });
    await until(() => bytes >= 1_000_000);
    expect(bytes).toBe(1_000_000);
  });
});

describe('what a peer may not send', () => {
  /** A client whose frames are what a test says they are, with RSV1 on the first. */
  async function spoil(
    payload: Uint8Array,
    opcode = 1,
  ): Promise<{ closed: number | undefined; code: string }> {
    const raw = {
      ...framingDeflate(),
      confirm: () => ({
        name: 'permessage-deflate',
        element: { name: 'permessage-deflate', params: [] },
        open: (sink: Parameters<ReturnType<typeof agreed>['open']>[0]) =>
          Object.defineProperties(agreed().open(sink), {
            encodes: { value: () => true },
            encode: { value: () => payload },
            shareKey: { value: undefined },
          }),
      }),
    };
    const { got, until } = await talk(
      protocol({ name: 'any', ws: { message() {} } }),
      [opcode === 1 ? 'x'.repeat(payload.length + 100) : new Uint8Array(payload.length + 100)],
      { clientExtensions: [raw as never], maxMessageSize: 100_000 },
    );
    await until(() => got.closed !== undefined);
    const [code] = [...(contexts.at(-1)?.counters.refused.keys() ?? [])];
    return { closed: got.closed, code: String(code) };
  }
  const agreed = () => {
    const made = framingDeflate().accept({ name: 'permessage-deflate', params: [] });
    if (made === undefined) throw new Error('not agreed');
    return made;
  };
  const deflated = (data: Uint8Array): Uint8Array => {
    const session = agreed().open({
      decoded() {},
      decodedEnd() {},
      decodeReady() {},
      decodeFailed() {},
    });
    const parts: Uint8Array[] = [];
    for (let at = 0; at < data.length; at += 65_536)
      parts.push(
        Uint8Array.from(
          session.encode(data.subarray(at, at + 65_536), at === 0, at + 65_536 >= data.length),
        ),
      );
    return new Uint8Array(Buffer.concat(parts));
  };

  test.each([
    ['what does not inflate', Uint8Array.of(0xff, 0xff), 1007, 'LWS_ERR_WS_DEFLATE_DATA'],
    ['text that is not UTF-8', deflated(Uint8Array.of(0x61, 0xff, 0x61)), 1007, 'LWS_ERR_WS_UTF8'],
    [
      'text that ends inside a character',
      deflated(Uint8Array.of(0x61, 0xe2, 0x82)),
      1007,
      'LWS_ERR_WS_UTF8_INCOMPLETE',
    ],
    ['a bomb', deflated(new Uint8Array(5_000_000)), 1009, 'LWS_ERR_WS_DEFLATE_SIZE'],
    [
      'a long one',
      deflated(new Uint8Array(randomBytes(110_000)).map((byte) => byte & 63)),
      1009,
      'LWS_ERR_WS_DEFLATE_SIZE',
    ],
  ])('%s: close, one count, one line', async (_name, payload, closeCode, code) => {
    expect(await spoil(payload)).toEqual({ closed: closeCode, code });
    expect(lines.filter((line) => line.includes(code))).toHaveLength(1);
  });
});

describe('sending', () => {
  test('fragments of a message over several writeables are one deflated message', async () => {
    const pieces = ['a'.repeat(1000), '', 'ü'.repeat(200_000), 'end'];
    const sender = protocol({
      name: 'sender',
      session: () => ({ at: 0 }),
      ws: {
        established: (wsi) => wsi.requestWriteable(),
        writeable(wsi, tx) {
          const at = wsi.session.at++;
          const piece = pieces[at];
          if (piece === undefined) return;
          tx.fragment(piece, { first: at === 0, final: at === pieces.length - 1 });
          wsi.requestWriteable();
        },
      },
    });
    const { got, until } = await talk(sender, []);
    await until(() => got.data.length === 1);
    expect(got.data[0]).toBe(pieces.join(''));
  });

  test('a long message, then others and a close: in order', async () => {
    const noise = new Uint8Array(randomBytes(400_000));
    const sender = protocol({
      name: 'sender',
      session: () => ({ at: 0 }),
      ws: {
        established: (wsi) => wsi.requestWriteable(),
        writeable(wsi, tx) {
          const at = wsi.session.at++;
          if (at === 0) expect([tx.binary(noise), tx.choked]).toEqual([false, true]);
          else tx.text('after');
          if (at === 0) wsi.requestWriteable();
          else {
            tx.binary(noise);
            wsi.close(4000, 'all said');
          }
        },
      },
    });
    const { got, until } = await talk(sender, []);
    await until(() => got.closed !== undefined);
    expect([same(got.data[0], noise), got.data[1], same(got.data[2], noise)]).toEqual([
      true,
      'after',
      true,
    ]);
    expect(got.closed).toBe(4000);
  });

  test('txBufSize bounds the frames: more of them, more headers', async () => {
    const letters = new Uint8Array(randomBytes(3000)).map((byte) => byte & 63);
    const sent = async (txBufSize: number): Promise<number> => {
      let got = 0;
      const taker = protocol({
        name: 'taker',
        ws: {
          message(_wsi, data) {
            got = data.length;
          },
        },
      });
      const extensions = [permessageDeflate({ threshold: 0, txBufSize })];
      const { until } = await talk(taker, [letters], { extensions });
      await until(() => got === letters.length);
      return contexts.at(-1)?.counters.tx ?? 0;
    };
    // 2300 bytes in 9 frames of 8 bytes header against one
    expect((await sent(8)) - (await sent(16))).toBeGreaterThan(8 * 7);
  });
});

describe('prepare()', () => {
  /** Sends prepared messages to `count` clients; gives what they hear and how often zlib was asked. */
  async function broadcast(
    data: string | Uint8Array,
    extensions: WsOptions['extensions'],
    clients = 3,
  ): Promise<(string | Uint8Array)[]> {
    const message = prepare(data);
    expect(message.bytes).toBe(Buffer.byteLength(data as string));
    const sender = protocol({
      name: 'sender',
      ws: {
        established: (wsi) => wsi.requestWriteable(),
        writeable(_wsi, tx) {
          tx.prepared(message);
          if (!tx.choked) tx.prepared(message);
        },
      },
    });
    const heard: (string | Uint8Array)[] = [];
    for (let at = 0; at < clients; at++) {
      const { got, until } = await talk(sender, [], extensions === undefined ? {} : { extensions });
      await until(() => got.data.length > 0);
      heard.push(got.data[0] ?? '');
    }
    return heard;
  }

  test.each([
    ['plain', []],
    ['deflated', undefined],
    ['with takeover', [permessageDeflate({ threshold: 0, serverNoContextTakeover: false })]],
  ])('%s, short and long, text and binary', async (_name, extensions) => {
    for (const data of [
      'short',
      'ü'.repeat(100_000),
      new Uint8Array(10),
      new Uint8Array(randomBytes(150_000)),
    ])
      for (const heard of await broadcast(data, extensions)) expect(same(heard, data)).toBe(true);
  });

  test('encodes once for all that agreed on the same', async () => {
    let encoded = 0;
    const counting = permessageDeflate({ threshold: 0 });
    const extension = {
      ...counting,
      accept: (offer: Parameters<typeof counting.accept>[0]) => {
        const agreed = counting.accept(offer);
        return (
          agreed && {
            name: agreed.name,
            element: agreed.element,
            open: (sink: Parameters<typeof agreed.open>[0]) => {
              const session = agreed.open(sink);
              const encode = session.encode.bind(session);
              session.encode = (...args) => {
                encoded++;
                return encode(...args);
              };
              return session;
            },
          }
        );
      },
    };
    await broadcast('x'.repeat(5000), [extension], 5);
    expect(encoded).toBe(1);
  });

  test.each([1, null, {}, ['a']])('refuses %j', (data) => {
    expect(() => prepare(data as never)).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_WS_DATA' }),
    );
  });
});

test('a client can leave the offer out by confirmExtensionSupported, and drop what was agreed by confirmExtensionOkay', async () => {
  const seen: string[] = [];
  const make = (supported: boolean, okay: boolean) =>
    protocol({
      name: 'client',
      client: {
        confirmExtensionSupported: (_wsi, name) => seen.push(`offer ${name}`) > 0 && supported,
        confirmExtensionOkay: (_wsi, name) => seen.push(`use ${name}`) > 0 && okay,
        established: (wsi) =>
          void seen.push(`established ${wsi.header('sec-websocket-extensions')}`),
        connectionError: (_wsi, error) => void seen.push(error.code),
      },
    });
  for (const [supported, okay] of [
    [false, true],
    [true, true],
    [true, false],
  ] as const) {
    const context = await createContext({
      use: [http(), ws()],
      vhosts: [
        {
          name: 'server',
          port: 0,
          interface: '127.0.0.1',
          protocols: [echo],
          extensions: [permessageDeflate()],
        },
        {
          name: 'client',
          port: -1,
          protocols: [make(supported, okay)],
          extensions: [permessageDeflate()],
        },
      ],
    });
    contexts.push(context as Context);
    const opened = context.open({
      url: `ws://127.0.0.1:${context.vhosts[0]?.port}/`,
      protocols: 'echo',
      vhost: 'client',
    });
    await opened.catch(() => undefined);
  }
  const answer = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';
  expect(seen).toEqual([
    'offer permessage-deflate',
    'established undefined',
    'offer permessage-deflate',
    'use permessage-deflate',
    `established ${answer}`,
    'offer permessage-deflate',
    'use permessage-deflate',
    'LWS_ERR_WS_CLIENT_REFUSED',
  ]);
});
