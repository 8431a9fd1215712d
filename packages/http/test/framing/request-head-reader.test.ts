import { defaultHeadLimits, httpErrors, RequestHeadReader } from '@lws-ts/http/framing';
import { describe, expect, test } from 'vitest';
import { cuttings, wire } from '../wire.ts';
import { requestCases } from './request-cases.ts';
import { requestTrace } from './request-trace.ts';

/** The code a stream is refused with, else all that was read. */
function verdict(trace: readonly string[]): readonly string[] | string {
  const last = trace.at(-1) ?? '';
  return last.startsWith('LWS_ERR') ? (last.split(' ')[0] ?? '') : trace;
}

function verdictBehind(first: readonly string[], then: readonly string[]) {
  const outcome = verdict(then);
  return typeof outcome === 'string' ? outcome : [...first, ...outcome];
}

describe('every raw case', () => {
  test.each(requestCases)('%s', (_id, bytes, outcome) => {
    expect(verdict(requestTrace([wire(bytes)]))).toEqual(outcome);
  });

  test('is the same at every split, byte by byte, in twos and threes', () => {
    let runs = 0;
    const different: string[] = [];
    for (const [id, bytes] of requestCases) {
      const whole = requestTrace([wire(bytes)]).join('\n');
      for (const pieces of cuttings(wire(bytes))) {
        if (requestTrace(pieces).join('\n') !== whole) different.push(`${id}: ${pieces.length}`);
        runs++;
      }
    }
    expect(different).toEqual([]);
    expect(runs).toBeGreaterThan(8000);
  });

  test('is the same when what is read waits in a copy at every split, and goes on in another reader', () => {
    const different: string[] = [];
    for (const [id, bytes] of requestCases) {
      const whole = requestTrace([wire(bytes)]).join('\n');
      for (const pieces of cuttings(wire(bytes)))
        if (requestTrace(pieces, undefined, true).join('\n') !== whole)
          different.push(`${id}: ${pieces.length}`);
    }
    expect(different).toEqual([]);
  });

  test.each([
    'POST http://x:8/%61/../b?q HTTP/1.1\r\nHost: x:8\r\nConnection: close, upgrade\r\nUpgrade: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nz',
    '\r\n\r\nHEAD /%7e HTTP/1.0\r\n\r\n',
  ])('is the same behind %j: nothing of a head is left for the next', (before) => {
    const first = requestTrace([wire(before)]);
    for (const [id, bytes] of requestCases)
      expect(verdict(requestTrace([wire(before + bytes)])), id).toEqual(
        verdictBehind(first, requestTrace([wire(bytes)])),
      );
  });

  test('has an id of its own', () => {
    const ids = requestCases.map(([id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('limits', () => {
  const limits = { maxRequestLine: 32, maxHttpHeaderData: 64, maxHeaderFields: 3 };
  const line = (length: number): string => `GET /${'x'.repeat(length - 14)} HTTP/1.1\r\n`;
  const cases: readonly (readonly [string, string, string])[] = [
    ['request line at the limit', `${line(32)}Host: a\r\n\r\n`, 'ok'],
    [
      'request line over the limit',
      `${line(33)}Host: a\r\n\r\n`,
      'LWS_ERR_HTTP_REQUEST_LINE_LIMIT at 32',
    ],
    ['endless target', `GET /${'x'.repeat(99)}`, 'LWS_ERR_HTTP_REQUEST_LINE_LIMIT at 32'],
    ['endless method', 'X'.repeat(99), 'LWS_ERR_HTTP_REQUEST_LINE_LIMIT at 32'],
    ['head at the limit', `${line(16)}Host: a\r\nX: ${'y'.repeat(30)}\r\n\r\n`, 'ok'],
    [
      'head over the limit',
      `${line(16)}Host: a\r\nX: ${'y'.repeat(31)}\r\n\r\n`,
      'LWS_ERR_HTTP_HEAD_LIMIT at 64',
    ],
    [
      'endless value',
      `${line(16)}Host: a\r\nX: ${'y'.repeat(999)}`,
      'LWS_ERR_HTTP_HEAD_LIMIT at 64',
    ],
    ['endless name', `${line(16)}Host: a\r\n${'y'.repeat(999)}`, 'LWS_ERR_HTTP_HEAD_LIMIT at 64'],
    [
      'endless blanks',
      `${line(16)}Host: a\r\ny:${' '.repeat(999)}`,
      'LWS_ERR_HTTP_HEAD_LIMIT at 64',
    ],
    ['fields at the limit', `${line(16)}Host: a\r\nb:\r\nc:\r\n\r\n`, 'ok'],
    [
      'fields over the limit',
      `${line(16)}Host: a\r\nb:\r\nc:\r\nd:\r\n\r\n`,
      'LWS_ERR_HTTP_FIELDS_LIMIT at 35',
    ],
    ['empty lines do not count', `\r\n\r\n${line(32)}Host: a\r\n\r\n`, 'ok'],
  ];
  test.each(cases)('%s', (_name, head, outcome) => {
    for (const pieces of [[wire(head)], ...cuttings(wire(head))]) {
      const trace = requestTrace(pieces, limits);
      expect(trace.at(-1)?.startsWith('LWS_ERR') ? trace.at(-1) : 'ok').toBe(outcome);
      expect(trace).not.toContain('unfinished');
    }
  });

  test('a small head limit bounds the request line too', () => {
    const small = { maxRequestLine: 8192, maxHttpHeaderData: 64, maxHeaderFields: 3 };
    expect(requestTrace([wire(`GET /${'x'.repeat(99)}`)], small)).toEqual([
      'LWS_ERR_HTTP_REQUEST_LINE_LIMIT at 64',
    ]);
  });

  test('are those of the documentation by default', () => {
    const pad = (bytes: number): string =>
      `GET / HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(bytes - 32)}\r\n\r\n`;
    expect(requestTrace([wire(pad(16_384))])[0]).toBe('GET / 1.1 keep');
    expect(requestTrace([wire(pad(16_385))])).toEqual(['LWS_ERR_HTTP_HEAD_LIMIT at 16384']);
    const fields = (count: number): string =>
      `GET / HTTP/1.1\r\nHost: a\r\n${'x:\r\n'.repeat(count - 1)}\r\n`;
    expect(requestTrace([wire(fields(100))])).toHaveLength(102);
    expect(requestTrace([wire(fields(101))])[0]).toMatch(/^LWS_ERR_HTTP_FIELDS_LIMIT/);
    expect(requestTrace([wire(line(8192))])).toEqual(['unfinished']);
    expect(requestTrace([wire(line(8193))])[0]).toMatch(/^LWS_ERR_HTTP_REQUEST_LINE_LIMIT/);
    expect(defaultHeadLimits).toEqual({
      maxRequestLine: 8192,
      maxHttpHeaderData: 16_384,
      maxHeaderFields: 100,
    });
    expect(httpErrors.LWS_ERR_HTTP_REQUEST_LINE_LIMIT.status).toBe(414);
    expect(httpErrors.LWS_ERR_HTTP_HEAD_LIMIT.status).toBe(431);
    expect(httpErrors.LWS_ERR_HTTP_FIELDS_LIMIT.status).toBe(431);
  });
});

describe('asking', () => {
  const reader = new RequestHeadReader();
  const bytes = wire('GET /a HTTP/1.1\r\nHost: a\r\nX-One: 1\r\nx-one: 2\r\n\r\nrest');

  test('stops behind the head, and takes nothing after it', () => {
    expect(reader.push(bytes, 0, bytes.length)).toBe(bytes.length - 4);
    expect(reader.complete).toBe(true);
    expect(reader.push(bytes, 0, bytes.length)).toBe(0);
  });

  test('gives all fields of a name as one list', () => {
    expect([reader.list('x-one'), reader.list('host'), reader.list('x-two')]).toEqual([
      '1, 2',
      'a',
      undefined,
    ]);
    const accepting = new RequestHeadReader();
    const head = wire('GET / HTTP/1.1\r\nHost: a\r\nAccept: b\r\nX:\r\naccept: c\r\nx: d\r\n\r\n');
    accepting.push(head, 0, head.length);
    expect([accepting.list('accept'), accepting.list('x')]).toEqual(['b, c', ', d']);
  });

  test('finds fields by lower-case name', () => {
    const { table } = reader;
    expect(table.value(table.find('x-one'))).toBe('1');
    expect(table.value(table.find('x-one', table.find('x-one') + 1))).toBe('2');
    expect(table.find('x-on')).toBe(-1);
    expect(table.find('x-onf')).toBe(-1);
    expect(reader.authorityIs('a')).toBe(true);
    expect(reader.authorityIs('b')).toBe(false);
    expect(reader.contentLength).toBe(-1);
  });

  test('is ready again after reset', () => {
    reader.reset();
    expect(reader.begun).toBe(false);
    expect(reader.complete).toBe(false);
    const next = wire('HEAD /b HTTP/1.0\r\n\r\n');
    reader.push(next, 0, next.length);
    expect([reader.method, reader.path, reader.authority, reader.table.count]).toEqual([
      'HEAD',
      '/b',
      '',
      0,
    ]);
  });
});
