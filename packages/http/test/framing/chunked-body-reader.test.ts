import { ChunkedBodyReader, type ChunkedBodySink, type HeadLimits } from '@lws-ts/http/framing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cuttings, inPieces, text, wire } from '../wire.ts';
import { type ChunkedCase, chunkedCases } from './chunked-cases.ts';

interface Reading {
  readonly outcome: ChunkedCase[2] | 'unfinished';
  /** Where it stopped in the stream. */
  readonly at: number;
}

function read(
  pieces: readonly Uint8Array[],
  maxBytes = 1_048_576,
  limits?: HeadLimits,
  sink?: ChunkedBodySink,
): Reading {
  let body = '';
  const reader = new ChunkedBodyReader(
    sink ?? {
      data(bytes, start, end) {
        expect(end).toBeGreaterThan(start);
        body += text(bytes.subarray(start, end));
        return end;
      },
    },
    maxBytes,
    limits,
  );
  let offset = 0;
  for (const piece of pieces) {
    const at = reader.push(piece, 0, piece.length);
    offset += at;
    if (reader.violation !== undefined)
      return { outcome: reader.violation.code as `LWS_ERR_${string}`, at: offset };
    if (reader.complete) {
      const trailers = reader.trailers.map(([name, value]) => `${name}: ${value}`);
      return { outcome: trailers.length === 0 ? { body } : { body, trailers }, at: offset };
    }
    expect(at).toBe(piece.length);
    expect(reader.trailers).toEqual([]);
  }
  return { outcome: 'unfinished', at: offset };
}

describe('every case', () => {
  test.each(chunkedCases)('%s', (_id, bytes, outcome) => {
    expect(read([wire(bytes)]).outcome).toEqual(outcome);
  });

  test('is the same at every split, byte by byte, in twos and threes', () => {
    let runs = 0;
    for (const [id, bytes] of chunkedCases) {
      const whole = read([wire(bytes)]);
      const cuts =
        bytes.length < 300
          ? cuttings(wire(bytes))
          : [1, 2, 3, 1000].map((size) => inPieces(wire(bytes), size));
      for (const pieces of cuts) {
        expect(read(pieces), id).toEqual(whole);
        runs++;
      }
    }
    expect(runs).toBeGreaterThan(2000);
  });

  test('has an id of its own', () => {
    expect(new Set(chunkedCases.map(([id]) => id)).size).toBe(chunkedCases.length);
  });

  test('stops behind the body, and takes nothing after it', () => {
    const whole = chunkedCases.filter(([, , outcome]) => typeof outcome !== 'string');
    expect(whole.length).toBeGreaterThan(10);
    for (const [id, bytes, outcome] of whole)
      expect(read([wire(`${bytes}GET / HTTP/1.1\r\n`)]), id).toEqual({
        outcome,
        at: bytes.length,
      });
  });
});

describe('the limit', () => {
  const body = '3\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n';
  const counted = '3\r\nabc\r\n10\r\n0123456789abcdef\r\n'.length;

  test('counts data and the framing of each chunk', () => {
    expect(read([wire(body)], counted).outcome).toEqual({ body: 'abc0123456789abcdef' });
    expect(read([wire(body)], counted - 1)).toEqual({
      outcome: 'LWS_ERR_HTTP_BODY_LIMIT',
      at: '3\r\nabc\r\n10\r'.length,
    });
  });

  test('SMG-7 extensions count', () => {
    expect(read([wire(`1;${'a'.repeat(90)}\r\na\r\n0\r\n\r\n`)], 90).outcome).toBe(
      'LWS_ERR_HTTP_BODY_LIMIT',
    );
  });

  test('SMG-8 a million chunks of one byte do not fit into the default', () => {
    const { outcome, at } = read(inPieces(wire('1\r\na\r\n'.repeat(1_000_000)), 65_536));
    expect(outcome).toBe('LWS_ERR_HTTP_BODY_LIMIT');
    expect(Math.abs(at - 1_048_576)).toBeLessThan(10);
  });

  test('0 is an empty body', () => {
    expect(read([wire('0\r\n\r\n')], 0).outcome).toEqual({ body: '' });
    expect(read([wire('1\r\n')], 0).outcome).toBe('LWS_ERR_HTTP_BODY_LIMIT');
  });

  test('of trailers is that of the head', () => {
    const limits = { maxRequestLine: 64, maxHttpHeaderData: 64, maxHeaderFields: 2 };
    const of = (lines: string): unknown => read([wire(`0\r\n${lines}\r\n`)], 100, limits).outcome;
    expect(of(`x: ${'y'.repeat(57)}\r\n`)).toMatchObject({ body: '' });
    expect(of(`x: ${'y'.repeat(58)}\r\n`)).toBe('LWS_ERR_HTTP_HEAD_LIMIT');
    expect(of('x: 1\r\ny: 2\r\n')).toMatchObject({ trailers: ['x: 1', 'y: 2'] });
    expect(of('x: 1\r\ny: 2\r\nz: 3\r\n')).toBe('LWS_ERR_HTTP_FIELDS_LIMIT');
  });
});

test('a sink that takes only some is given the rest again', () => {
  const bytes = wire('6\r\nabcdef\r\n3\r\nghi\r\n0\r\n\r\nnext');
  let heard = '';
  const reader = new ChunkedBodyReader(
    {
      data(from, start, end) {
        const taken = Math.min(end, start + 2);
        heard += text(from.subarray(start, taken));
        return taken;
      },
    },
    100,
  );
  let at = 0;
  let pushes = 0;
  while (!reader.complete) {
    at = reader.push(bytes, at, bytes.length);
    expect(++pushes).toBeLessThan(10);
  }
  expect([heard, text(bytes.subarray(at)), pushes]).toEqual(['abcdefghi', 'next', 4]);
});

test('any body in any chunks and pieces comes out as it went in', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 40 }), { maxLength: 8 }),
      fc.integer({ min: 1, max: 64 }),
      (parts, size) => {
        const chunks = parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('');
        const { outcome } = read(inPieces(wire(`${chunks}0\r\n\r\n`), size));
        expect(outcome).toEqual({ body: parts.join('') });
      },
    ),
  );
});

test('SMG-8 chunks of one byte cost no more than 10 MB of wire a second', () => {
  const piece = wire('1\r\na\r\n'.repeat(10_000));
  const sink: ChunkedBodySink = { data: (_bytes, _start, end) => end };
  const reader = new ChunkedBodyReader(sink, Number.MAX_SAFE_INTEGER);
  const began = process.cpuUsage();
  for (let at = 0; at < 100; at++) reader.push(piece, 0, piece.length);
  const { user, system } = process.cpuUsage(began);
  expect(reader.violation).toBeUndefined();
  // 6 MB
  expect((user + system) / 1000).toBeLessThan(600);
});
