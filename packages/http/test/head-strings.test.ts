/** What is decoded of a request's head: fields that somebody asks for, one by one; never the head as a whole. */
import type { HttpExchange } from '@lws-ts/interface';
import { expect, test, vi } from 'vitest';
import { answered, openHttp } from './open-http.ts';
import { inPieces, wire } from './wire.ts';

const value = 'y'.repeat(150);
const fields = Array.from({ length: 90 }, (_, at) => `X-${at}: ${value}\r\n`).join('');
const head = `GET /path?query HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;

/** Every way of Node.js from bytes to a string. */
function watchDecoding(): string[] {
  const made: string[] = [];
  const watch = (owner: object, name: string): void => {
    const decode: unknown = Reflect.get(owner, name);
    if (typeof decode !== 'function') throw new Error(`Node.js has no ${name}`);
    vi.spyOn(owner as Record<string, () => string>, name).mockImplementation(function (
      this: unknown,
      ...values: unknown[]
    ): string {
      const text = decode.apply(this, values) as string;
      made.push(text);
      return text;
    });
  };
  for (const name of ['toString', 'latin1Slice', 'asciiSlice', 'utf8Slice', 'ucs2Slice'])
    watch(Buffer.prototype, name);
  watch(TextDecoder.prototype, 'decode');
  return made;
}

async function madeWhile(pieces: readonly Uint8Array[], ask: (exchange: HttpExchange) => void) {
  const { connect } = await openHttp((exchange) => {
    ask(exchange);
    exchange.reply(200, [], 'ok');
    return answered;
  });
  const { peer } = await connect();
  const made = watchDecoding();
  try {
    for (const piece of pieces) await peer.send(piece);
  } finally {
    vi.restoreAllMocks();
  }
  expect(peer.text).toMatch(/^HTTP\/1\.1 200 /);
  return made;
}

test.each([head.length, 4096, 97])(
  'of a head of 15 KiB in pieces of %i bytes no large string is made',
  async (size) => {
    expect(head.length).toBeGreaterThan(14_000);
    const made = await madeWhile(inPieces(wire(head), size), ({ request }) => void request.path);
    const lengths = made.map(({ length }) => length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(value.length);
    // The target and Host, and nothing of the 90 fields that nobody asked for.
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBeLessThan(500);
    expect(made.some((text) => text.includes('path'))).toBe(true);
  },
);

test('what many requests accept alike is decoded once, what is secret each time', async () => {
  const asked = (path: string): Uint8Array =>
    wire(
      `GET ${path} HTTP/1.1\r\nHost: a\r\nAccept-Encoding: br\r\nAuthorization: Basic eA==\r\n\r\n`,
    );
  const seen: (string | undefined)[] = [];
  const made = await madeWhile([asked('/1'), asked('/22'), asked('/333')], ({ request }) => {
    seen.push(request.field('accept-encoding'), request.field('authorization'));
  });
  expect(seen).toEqual(Array.from({ length: 3 }, () => ['br', 'Basic eA==']).flat());
  const times = (text: string): number => made.filter((each) => each === text).length;
  expect(times('br')).toBeGreaterThan(0);
  expect(times('Basic eA==')).toBe(3 * times('br'));
});
