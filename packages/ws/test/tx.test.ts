import { LwsError, protocol, type WsTx } from '@lws-ts/interface';
import { describe, expect, test } from 'vitest';
import { serve } from './server.ts';
import { frame, readFrames, text, WsClient } from './ws-client.ts';

/** Runs `write` in one writeable; gives the bytes that left, the code that was thrown, and the tx. */
async function writing(
  write: (tx: WsTx, close: () => void) => unknown,
): Promise<{ bytes: Uint8Array; code: string | undefined; tx: WsTx; client: WsClient }> {
  let code: string | undefined;
  let kept: WsTx | undefined;
  const writer = protocol({
    name: 'writer',
    ws: {
      message: (wsi) => wsi.requestWriteable(),
      writeable(wsi, tx) {
        kept = tx;
        try {
          write(tx, () => wsi.close(1000));
        } catch (error) {
          if (!(error instanceof LwsError)) throw error;
          code = error.code;
        }
      },
    },
  });
  const { vhost } = await serve(writer.with({ default: true }));
  const client = await WsClient.open(vhost, {}, { capacity: 1 << 22 });
  await client.send(text('go'));
  if (kept === undefined) throw new Error('no writeable');
  return { bytes: client.peer.take(), code, tx: kept, client };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('wire images', () => {
  test.each<[string, (tx: WsTx) => unknown, string]>([
    ['text', (tx) => tx.text('Hello'), '810548656c6c6f'],
    ['empty text', (tx) => tx.text(''), '8100'],
    ['text beyond ASCII', (tx) => tx.text('\u00e9\u2603\u{1f600}'), '8109c3a9e29883f09f9880'],
    ['a lone surrogate becomes U+FFFD', (tx) => tx.text('a\ud83d'), '810461efbfbd'],
    ['binary', (tx) => tx.binary(Uint8Array.of(0, 255)), '820200ff'],
    ['empty binary', (tx) => tx.binary(new Uint8Array(0)), '8200'],
    ['ping', (tx) => tx.ping(), '8900'],
    ['ping with a payload', (tx) => tx.ping(Uint8Array.of(1)), '890101'],
    [
      'fragments of a text message, with a ping between',
      (tx) => {
        tx.fragment('a', { first: true, final: false });
        tx.ping();
        tx.fragment('\u00e9', { first: false, final: false });
        tx.fragment('', { first: false, final: true });
      },
      '010161890000' + '02c3a98000',
    ],
    [
      'fragments of a binary message: strings as UTF-8',
      (tx) => {
        tx.fragment(Uint8Array.of(9), { first: true, final: false, binary: true });
        tx.fragment('\u00e9', { first: false, final: true });
      },
      '0201098002c3a9',
    ],
    ['a message in one fragment', (tx) => tx.fragment('a', { first: true, final: true }), '810161'],
  ])('%s', async (_name, write, expected) => {
    const { bytes, code } = await writing(write);
    expect(code).toBeUndefined();
    expect(hex(bytes)).toBe(expected);
  });
});

test.each([1, 47, 48, 49, 125, 126, 127, 16_383, 16_384, 16_385, 65_535, 65_536, 200_000])(
  'a payload of %i bytes, text, text beyond ASCII and binary',
  async (size) => {
    const ascii = 'x'.repeat(size);
    const mixed = `${'x'.repeat(size - 1)}\u00e9`;
    const data = new Uint8Array(size).map((_, at) => at % 251);
    for (const [write, opcode, expected] of [
      [(tx: WsTx) => tx.text(ascii), 1, Buffer.from(ascii)],
      [(tx: WsTx) => tx.text(mixed), 1, Buffer.from(mixed)],
      [
        (tx: WsTx) => {
          const own = data.slice();
          tx.binary(own);
          own.fill(0);
        },
        2,
        Buffer.from(data),
      ],
    ] as const) {
      const { bytes } = await writing(write);
      const { length } = expected;
      const header = length < 126 ? 2 : length < 65_536 ? 4 : 10;
      expect(bytes[0]).toBe(0x80 | opcode);
      expect(bytes.length).toBe(header + length);
      expect(Buffer.from(bytes.subarray(header)).equals(expected)).toBe(true);
    }
  },
);

describe('misuse', () => {
  test.each<[string, (tx: WsTx) => unknown, string]>([
    ['text() of a number', (tx) => tx.text(5 as unknown as string), 'LWS_ERR_WS_DATA'],
    ['binary() of a string', (tx) => tx.binary('x' as unknown as Uint8Array), 'LWS_ERR_WS_DATA'],
    [
      'binary() of an ArrayBuffer',
      (tx) => tx.binary(new ArrayBuffer(1) as unknown as Uint8Array),
      'LWS_ERR_WS_DATA',
    ],
    [
      'fragment() of nothing',
      (tx) => tx.fragment(undefined as unknown as string, { first: true, final: true }),
      'LWS_ERR_WS_DATA',
    ],
    ['ping() of 126 bytes', (tx) => tx.ping(new Uint8Array(126)), 'LWS_ERR_WS_DATA'],
    [
      'a fragment that continues nothing',
      (tx) => tx.fragment('a', { first: false, final: true }),
      'LWS_ERR_WS_FRAGMENT_ORDER',
    ],
    [
      'two first fragments',
      (tx) => [
        tx.fragment('a', { first: true, final: false }),
        tx.fragment('b', { first: true, final: true }),
      ],
      'LWS_ERR_WS_FRAGMENT_ORDER',
    ],
    [
      'text() inside a message',
      (tx) => [tx.fragment('a', { first: true, final: false }), tx.text('b')],
      'LWS_ERR_WS_FRAGMENT_ORDER',
    ],
    [
      'binary() inside a message',
      (tx) => [tx.fragment('a', { first: true, final: false }), tx.binary(new Uint8Array(1))],
      'LWS_ERR_WS_FRAGMENT_ORDER',
    ],
    [
      'writing after false',
      (tx) => {
        while (tx.text('x'.repeat(1000)));
        expect(tx.choked).toBe(true);
        tx.text('once more');
      },
      'LWS_ERR_TX_CHOKED',
    ],
  ])('%s', async (_name, write, expected) => {
    expect((await writing(write)).code).toBe(expected);
  });

  test.each<[string, (tx: WsTx) => unknown]>([
    ['text', (tx) => tx.text('x')],
    ['binary', (tx) => tx.binary(new Uint8Array(1))],
    ['fragment', (tx) => tx.fragment('x', { first: true, final: true })],
    ['ping', (tx) => tx.ping()],
  ])('a kept tx: %s', async (_name, use) => {
    const { tx, client } = await writing(() => {});
    expect(() => use(tx)).toThrow(expect.objectContaining({ code: 'LWS_ERR_TX_EXPIRED' }));
    expect(await client.settled()).toEqual([]);
    await client.peer.reset();
    expect(() => use(tx)).toThrow(expect.objectContaining({ code: 'LWS_ERR_TX_EXPIRED' }));
  });
});

describe('flow', () => {
  test('false comes at txBudget, and what was accepted leaves whole', async () => {
    let accepted = 0;
    const { bytes } = await writing((tx) => {
      for (accepted = 1; tx.binary(new Uint8Array(1000)); accepted++);
    });
    expect(accepted).toBe(66);
    expect(readFrames(bytes)).toHaveLength(66);
  });

  test('a fragmented message goes on in later writeables', async () => {
    const parts = ['a', 'b', 'c', 'd'];
    const slow = protocol({
      name: 'slow',
      session: () => ({ next: 0 }),
      ws: {
        message: (wsi) => wsi.requestWriteable(),
        writeable(wsi, tx) {
          const part = parts[wsi.session.next];
          if (part === undefined) return;
          tx.fragment(part, { first: wsi.session.next === 0, final: part === 'd' });
          wsi.session.next++;
          wsi.requestWriteable();
        },
      },
    });
    const { vhost } = await serve(slow.with({ default: true }));
    const client = await WsClient.open(vhost);
    await client.send(text('go'), frame(9, 'x'));
    expect(client.take()).toEqual([
      'text… "a"',
      'pong "x"',
      'continuation… "b"',
      'continuation… "c"',
      'continuation "d"',
    ]);
  });

  test('after close() in the same writeable nothing is sent, and nothing throws', async () => {
    const results: boolean[] = [];
    const { bytes, code } = await writing((tx, close) => {
      results.push(tx.text('a'));
      close();
      results.push(tx.text('b'), tx.ping(), tx.binary(new Uint8Array(1)));
    });
    expect(readFrames(bytes)).toEqual(['text "a"', 'close 1000']);
    expect(results).toEqual([true, false, false, false]);
    expect(code).toBeUndefined();
  });
});
