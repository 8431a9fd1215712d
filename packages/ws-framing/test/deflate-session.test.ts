/** Messages through sessions, ours against zlib itself and against our other side. */
import { createHash } from 'node:crypto';
import { constants, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type DecodedSink,
  type DeflateOptions,
  type ExtensionSession,
  encodePiece,
  permessageDeflate,
  setDeflateLimits,
} from '../src/index.ts';
import { enginesAtWork } from '../src/inflate-engine.ts';

const takeover: DeflateOptions = { serverNoContextTakeover: false, clientNoContextTakeover: false };

/** A session that keeps what it decodes. */
class Heard implements DecodedSink {
  readonly messages: Buffer[] = [];
  readonly chunks: number[] = [];
  failure: string | undefined = undefined;
  session: ExtensionSession | undefined = undefined;
  #pieces: Uint8Array[] = [];
  #changed: () => void = () => undefined;

  decoded(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
    this.chunks.push(bytes.length);
  }
  decodedEnd(): void {
    this.messages.push(Buffer.concat(this.#pieces));
    this.#pieces = [];
    this.#changed();
  }
  decodeReady(): void {
    this.#changed();
  }
  decodeFailed(error: { readonly code: string }): void {
    this.failure = error.code;
    this.#changed();
  }
  /** Gives a whole message as it is on the wire, in pieces, each when it is taken. */
  async take(wire: Uint8Array, size = wire.length): Promise<void> {
    const { session } = this;
    if (session === undefined) throw new Error('no session');
    for (let at = 0; at < wire.length && this.failure === undefined; at += size) {
      const copy = new Uint8Array(wire.subarray(at, at + size));
      session.decode(copy, 0, copy.length);
      copy.fill(0xaa);
      await this.#idle(session);
    }
    if (this.failure === undefined) session.decodeEnd();
    await this.#idle(session);
  }
  async #idle(session: ExtensionSession): Promise<void> {
    while (session.working && this.failure === undefined)
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
  }
}

/** Both sides of a connection. */
function pair(options: DeflateOptions = {}): { client: Heard; server: Heard } {
  const extension = permessageDeflate({ threshold: 0, ...options });
  const [offer] = extension.offers();
  const accepted = offer && extension.accept(offer);
  const confirmed = accepted && extension.confirm(accepted.element);
  if (confirmed === undefined || typeof confirmed === 'string') throw new Error(String(confirmed));
  const client = new Heard();
  const server = new Heard();
  client.session = confirmed.open(client);
  server.session = accepted?.open(server);
  return { client, server };
}

/** A message as a session puts it on the wire. */
function encode(from: Heard, data: Uint8Array, pieceSize = encodePiece): Buffer {
  const out: Buffer[] = [];
  for (let at = 0; at === 0 || at < data.length; at += pieceSize) {
    const final = at + pieceSize >= data.length;
    const bytes = from.session?.encode(data.subarray(at, at + pieceSize), at === 0, final);
    out.push(Buffer.from(bytes ?? []));
  }
  return Buffer.concat(out);
}

const wireOf = (data: Uint8Array): Buffer =>
  deflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
const words = (length: number, seed = 1): Buffer => {
  const out = Buffer.alloc(length);
  let state = seed;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    out[at] = at % 7 === 0 ? 32 : 97 + ((state >> 16) % 6);
  }
  return out;
};
const noise = (length: number): Buffer => {
  const out = Buffer.alloc(length);
  let state = 7;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    out[at] = state >> 16;
  }
  return out;
};

/** Letters without rhyme: they shrink by a quarter, and what is repeated shows. */
const letters = (length: number, seed: number): Buffer =>
  createHash('shake256', { outputLength: length })
    .update(String(seed))
    .digest()
    .map((byte) => 48 + (byte & 63)) as Buffer;

const sizes = [0, 1, 5, 125, 126, 1000, 16_384, 65_535, 65_536, 65_537, 300_000];
const allParameters = [8, 9, 12, 15].flatMap((bits) =>
  [false, true].flatMap((server) =>
    [false, true].map(
      (client): DeflateOptions => ({
        serverNoContextTakeover: server,
        clientNoContextTakeover: client,
        serverMaxWindowBits: bits,
        clientMaxWindowBits: bits,
      }),
    ),
  ),
);

test('messages that come in pieces, each between those of others, stay apart', async () => {
  const pairs = [1, 2, 3].map((seed) => ({ ...pair(), data: words(3000 * seed, seed) }));
  const wires = pairs.map(({ client, data }) => encode(client, data));
  const longest = Math.max(...wires.map(({ length }) => length));
  // what the first of them was collected in is there for the next
  await pair().server.take(encode(pair().client, words(9000)));
  for (let at = 0; at < longest; at += 50)
    for (const [index, { server }] of pairs.entries()) {
      const piece = wires[index]?.subarray(at, at + 50) ?? [];
      server.session?.decode(Buffer.from(piece), 0, piece.length);
    }
  for (const { server } of pairs) server.session?.decodeEnd();
  for (const { server, data } of pairs) expect(server.messages).toEqual([data]);
});

test('who begins a message keeps at most sixteen times what came, whatever others sent before', async () => {
  await pair().server.take(encode(pair().client, noise(12_000)));
  const { session } = pair().server;
  session?.decode(Uint8Array.of(1), 0, 1);
  expect(session?.kept).toBeLessThanOrEqual(16 * 10);
});

describe.each(allParameters)('%j', (options) => {
  test('messages of all sizes go both ways, alike ones after another', async () => {
    const { client, server } = pair(options);
    for (const size of [...sizes, 1000, 1000, 70_000, 1000]) {
      const data = words(size, size + 1);
      await server.take(encode(client, data));
      await client.take(encode(server, data, 40_000));
      expect(server.messages.pop()?.equals(data), `${size} to the server`).toBe(true);
      expect(client.messages.pop()?.equals(data), `${size} to the client`).toBe(true);
    }
    client.session?.close();
    server.session?.close();
  });

  test('what is encoded refers to nothing beyond the window', () => {
    const bits = options.serverMaxWindowBits ?? 15;
    const between = letters(2 ** bits + 300, 2);
    const again = Buffer.concat([letters(64, 1), between, letters(64, 1)]);
    const fresh = Buffer.concat([letters(64, 1), between, letters(64, 3)]);
    const { server } = pair(options);
    const gain = encode(server, fresh).length - encode(pair(options).server, again).length;
    expect(gain).toBeLessThan(16);
    server.session?.close();
  });
});

test('what is encoded refers to what is within the window', () => {
  const again = Buffer.concat([letters(64, 1), letters(4000, 2), letters(64, 1)]);
  const fresh = Buffer.concat([letters(64, 1), letters(4000, 2), letters(64, 3)]);
  const gain = encode(pair().server, fresh).length - encode(pair().server, again).length;
  expect(gain).toBeGreaterThan(32);
});

describe('with takeover', () => {
  test('a message that was there before costs almost nothing', () => {
    const { server } = pair(takeover);
    const data = noise(1000);
    const first = encode(server, data).length;
    const second = encode(server, data).length;
    expect([first > 1000, second < 50]).toEqual([true, true]);
    server.session?.close();
  });

  test('without it each costs the same', () => {
    const { server } = pair();
    const data = words(1000);
    expect(encode(server, data)).toEqual(encode(server, data));
  });
});

describe('what a peer may send', () => {
  test.each([
    ['§7.2.3.1, one block', 'f248cdc9c90700', 'Hello'],
    ['§7.2.3.3, a block without compression', '000500faff48656c6c6f00', 'Hello'],
    ['§7.2.3.4, a block marked as the last', 'f348cdc9c9070000', 'Hello'],
    ['§7.2.3.5, two blocks', 'f248050000 00ffffcac9c90700'.replaceAll(' ', ''), 'Hello'],
    ['§7.2.3.6, an empty one', '00', ''],
  ])('%s', async (_name, hex, text) => {
    for (const size of [1, 2, 3, 64]) {
      const { server } = pair();
      await server.take(Buffer.from(hex, 'hex'), size);
      expect([server.failure, String(server.messages[0])]).toEqual([undefined, text]);
    }
  });

  test('§7.2.3.2, a message that refers to the one before', async () => {
    const { server } = pair(takeover);
    await server.take(Buffer.from('f248cdc9c90700', 'hex'));
    await server.take(Buffer.from('f200110000', 'hex'));
    expect(server.messages.map(String)).toEqual(['Hello', 'Hello']);
    server.session?.close();
  });

  test.each([0, 1, 2, 100, 16_000, 16_384, 16_385, 70_000, 1_000_000])(
    '%d bytes of noise, in pieces of every kind',
    async (length) => {
      const data = noise(length);
      for (const size of [997, 16_384, 65_536]) {
        const { server } = pair();
        await server.take(wireOf(data), size);
        expect([server.failure, server.messages[0]?.equals(data)]).toEqual([undefined, true]);
      }
      expect(enginesAtWork()).toBe(0);
    },
  );

  test('any message, cut anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.uint8Array({ maxLength: 3000 }),
            fc.constant(words(30_000)),
            fc.constant(noise(20_000)),
          ),
          { minLength: 1, maxLength: 4 },
        ),
        fc.integer({ min: 1, max: 20_000 }),
        fc.boolean(),
        async (messages, size, keep) => {
          const { client, server } = pair(keep ? takeover : {});
          for (const data of messages) {
            await server.take(encode(client, data), size);
            expect(server.messages.pop()?.equals(data)).toBe(true);
          }
          client.session?.close();
          server.session?.close();
        },
      ),
      { numRuns: Math.ceil(60 * Number(process.env['LWS_FUZZ_DEPTH'] ?? 1)) },
    );
  });
});

describe('what a peer may not send', () => {
  const long = wireOf(noise(40_000));
  test.each([
    ['nothing at all', Buffer.alloc(0)],
    ['no DEFLATE', Buffer.from('ffffffff', 'hex')],
    ['half a message', wireOf(words(1000)).subarray(0, 300)],
    ['garbage behind the last block', Buffer.from('f348cdc9c90700deadbeef', 'hex')],
    ['a reference to what never was', Buffer.from('f200110000', 'hex')],
    ['a last block over and over', Buffer.from('0300'.repeat(4000), 'hex')],
    ['half a long message', long.subarray(0, 30_000)],
    [
      'a long message with a broken block',
      Buffer.concat([long.subarray(0, 20_000), Buffer.alloc(20_000, 0xff)]),
    ],
    ['a long message behind a last block', Buffer.concat([Buffer.from('0300', 'hex'), long])],
  ])('%s: LWS_ERR_WS_DEFLATE_DATA, and nothing after it', async (_name, wire) => {
    const { server } = pair();
    await server.take(wire);
    expect(server.failure).toBe('LWS_ERR_WS_DEFLATE_DATA');
    await server.take(wireOf(words(10)));
    expect(server.messages).toEqual([]);
    expect(enginesAtWork()).toBe(0);
  });

  test('as many as eight blocks may be marked as the last of a message', async () => {
    const { server } = pair();
    await server.take(Buffer.concat([Buffer.from('0300'.repeat(8), 'hex'), wireOf(words(3))]));
    expect(server.messages).toEqual([words(3)]);
    await server.take(Buffer.concat([Buffer.from('0300'.repeat(9), 'hex'), wireOf(words(3))]));
    expect([server.failure, server.messages.length]).toEqual(['LWS_ERR_WS_DEFLATE_DATA', 1]);
  });

  test.each([
    ['at once', 16_000],
    ['by an engine', 60_000_000],
  ])('a bomb, %s: LWS_ERR_WS_DEFLATE_SIZE in bounded memory', async (_name, size) => {
    const wire = wireOf(Buffer.alloc(size));
    const { server } = pair();
    if (server.session !== undefined) server.session.maxMessageSize = 10_000;
    const before = process.memoryUsage().arrayBuffers;
    await server.take(wire, 4096);
    expect(server.failure).toBe('LWS_ERR_WS_DEFLATE_SIZE');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
    expect(enginesAtWork()).toBe(0);
  });

  test('exactly maxMessageSize is taken', async () => {
    for (const size of [10_000, 1_000_000]) {
      const { server } = pair();
      if (server.session !== undefined) server.session.maxMessageSize = size;
      await server.take(wireOf(noise(size)));
      expect([server.failure, server.messages[0]?.length]).toEqual([undefined, size]);
    }
  });
});

describe('engines', () => {
  test('are as many as the limit, and who waits is served', async () => {
    setDeflateLimits({ engines: 2 });
    const data = noise(50_000);
    const servers = Array.from({ length: 6 }, () => pair().server);
    const taken = Promise.all(servers.map((server) => server.take(wireOf(data), 5000)));
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, enginesAtWork());
    }, 0);
    await taken;
    clearInterval(watch);
    expect(most).toBeLessThanOrEqual(2);
    for (const { messages } of servers) expect(messages[0]?.equals(data)).toBe(true);
    setDeflateLimits({});
  });

  test('come back from a session that ends in the middle, waiting or working', async () => {
    setDeflateLimits({ engines: 1 });
    const [first, second, third] = Array.from({ length: 3 }, () => pair().server);
    const wire = wireOf(noise(50_000));
    first?.session?.decode(wire, 0, wire.length);
    second?.session?.decode(wire, 0, wire.length);
    second?.session?.close();
    first?.session?.close();
    await third?.take(wire);
    expect(third?.messages).toHaveLength(1);
    expect([first?.messages, second?.messages, enginesAtWork()]).toEqual([[], [], 0]);
    setDeflateLimits({});
  });

  test('put out no more while held', async () => {
    const { server } = pair();
    const wire = wireOf(Buffer.alloc(4_000_000));
    const big = Buffer.concat([wire, Buffer.alloc(0)]);
    const padded =
      big.length > 16_384 ? big : wireOf(Buffer.concat([noise(17_000), Buffer.alloc(4_000_000)]));
    server.session?.decode(padded, 0, padded.length);
    await new Promise((resolve) => setTimeout(resolve, 1));
    server.session?.hold(true);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const held = server.chunks.reduce((sum, length) => sum + length, 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(server.chunks.reduce((sum, length) => sum + length, 0)).toBe(held);
    expect(held).toBeLessThan(2_000_000);
    server.session?.hold(false);
    while (server.session?.working) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(server.chunks.reduce((sum, length) => sum + length, 0)).toBeGreaterThan(4_000_000);
    server.session?.close();
  });
});

describe('options', () => {
  test('threshold', () => {
    const session = pair({ threshold: 100 }).server.session;
    expect([session?.encodes(99), session?.encodes(100)]).toEqual([false, true]);
  });

  test('compressionLevel and memLevel', () => {
    const size = (options: DeflateOptions) => encode(pair(options).server, words(60_000)).length;
    expect(size({ compressionLevel: 9 })).toBeLessThan(size({ compressionLevel: 1 }));
    expect(size({ compressionLevel: 0 })).toBeGreaterThan(60_000);
    expect(size({ memLevel: 1 })).not.toBe(size({ memLevel: 9 }));
  });

  test('rxBufSize and txBufSize are powers of two', () => {
    const { session } = pair({ rxBufSize: 7, txBufSize: 12 }).server;
    expect([session?.rxChunk, session?.txChunk]).toEqual([128, 4096]);
    expect(pair().server.session?.rxChunk).toBe(1024);
  });

  test.each([
    ['rx_buf_size', '12', true],
    ['rx_buf_size', '7', true],
    ['rx_buf_size', '6', false],
    ['rx_buf_size', '21', false],
    ['rx_buf_size', '12.5', false],
    ['rx_buf_size', '', false],
    ['rx_buf_size', '-12', false],
    ['rx_buf_size', '0x0c', false],
    ['tx_buf_size', '20', true],
    ['compression_level', '9', true],
    ['compression_level', '10', false],
    ['mem_level', '0', false],
    ['mem_level', '1', true],
    ['server_max_window_bits', '9', false],
    ['constructor', '9', false],
    ['nothing', '1', false],
  ])('setOption(%s, %j): %s', (name, value, done) => {
    expect(pair().server.session?.setOption(name, value)).toBe(done);
  });

  test('setOption takes effect', () => {
    const { session } = pair().server;
    session?.setOption('rx_buf_size', '12');
    session?.setOption('tx_buf_size', '9');
    expect([session?.rxChunk, session?.txChunk]).toEqual([4096, 512]);
    const { server } = pair();
    const before = encode(server, words(60_000)).length;
    server.session?.setOption('compression_level', '9');
    const better = encode(server, words(60_000)).length;
    server.session?.setOption('mem_level', '1');
    expect([better < before, encode(server, words(60_000)).length !== better]).toEqual([
      true,
      true,
    ]);
  });

  test('what is encoded alike has one key, and setOption gives another', () => {
    const [one, two] = [pair().server.session, pair().server.session];
    expect(one?.shareKey).toBe(two?.shareKey);
    two?.setOption('compression_level', '9');
    expect(one?.shareKey).not.toBe(two?.shareKey);
    one?.setOption('compression_level', '9');
    expect(one?.shareKey).toBe(two?.shareKey);
    one?.setOption('tx_buf_size', '9');
    expect(one?.shareKey).not.toBe(two?.shareKey);
  });
});
