import { type HeadLimits, ResponseHeadReader } from '@lws-ts/http/framing';
import { describe, expect, test } from 'vitest';
import { cuttings, wire } from '../wire.ts';

function responseTrace(pieces: readonly Uint8Array[], limits?: HeadLimits): string[] {
  const reader = new ResponseHeadReader(limits);
  let offset = 0;
  for (const piece of pieces) {
    const at = reader.push(piece, 0, piece.length);
    if (reader.violation !== undefined) return [`${reader.violation.code} at ${offset + at}`];
    if (reader.complete) {
      const { table } = reader;
      const fields = Array.from(
        { length: table.count },
        (_, field) => `${table.name(field)}: ${table.value(field)}`,
      );
      const body = reader.chunked ? 'chunked' : String(reader.contentLength);
      return [
        `1.${reader.minor} ${reader.status} ${JSON.stringify(reader.reason)} body ${body} ${reader.keepAlive ? 'keep' : 'close'}`,
        ...fields,
        `ends at ${offset + at}`,
      ];
    }
    offset += piece.length;
  }
  return ['unfinished'];
}

const ok = (fields: string): string => `HTTP/1.1 200 OK\r\n${fields}\r\n`;

const cases: readonly (readonly [string, string, readonly string[] | `LWS_ERR_${string}`])[] = [
  ['plain', ok(''), ['1.1 200 "OK" body -1 keep', 'ends at 19']],
  [
    'fields and rest',
    `${ok('A: 1\r\nContent-Length: 5\r\n')}hello`,
    ['1.1 200 "OK" body 5 keep', 'a: 1', 'content-length: 5', 'ends at 44'],
  ],
  ['empty reason', 'HTTP/1.0 204 \r\n\r\n', ['1.0 204 "" body -1 close', 'ends at 17']],
  [
    'reason with blanks and obs-text',
    'HTTP/1.1 404 N\u00f6 such\tthing\r\n\r\n',
    ['1.1 404 "N\u00f6 such\\tthing" body -1 keep', 'ends at 30'],
  ],
  [
    'interim',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n',
    ['1.1 101 "Switching Protocols" body -1 keep', 'upgrade: x', 'ends at 48'],
  ],
  [
    'chunked',
    ok('Transfer-Encoding: Chunked\r\n'),
    ['1.1 200 "OK" body chunked keep', 'transfer-encoding: Chunked', 'ends at 47'],
  ],
  [
    'close',
    ok('Connection: close\r\n'),
    ['1.1 200 "OK" body -1 close', 'connection: close', 'ends at 38'],
  ],
  [
    '1.0 keep-alive',
    'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n',
    ['1.0 200 "OK" body -1 keep', 'connection: keep-alive', 'ends at 43'],
  ],
  ['nothing', '', ['unfinished']],
  ['half a line', 'HTTP/1.1 2', ['unfinished']],
  ['empty line first', `\r\n${ok('')}`, 'LWS_ERR_HTTP_STATUS_LINE'],
  ['no space before reason', 'HTTP/1.1 200\r\n\r\n', 'LWS_ERR_HTTP_STATUS_LINE'],
  ['lower case', 'http/1.1 200 OK\r\n\r\n', 'LWS_ERR_HTTP_STATUS_LINE'],
  ['two digits', 'HTTP/1.1 20 OK\r\n\r\n', 'LWS_ERR_HTTP_STATUS_LINE'],
  ['four digits', 'HTTP/1.1 2000 OK\r\n\r\n', 'LWS_ERR_HTTP_STATUS_LINE'],
  ['status 099', 'HTTP/1.1 099 X\r\n\r\n', 'LWS_ERR_HTTP_STATUS_LINE'],
  ['status 600', 'HTTP/1.1 600 X\r\n\r\n', 'LWS_ERR_HTTP_STATUS_LINE'],
  ['sign', 'HTTP/1.1 -20 OK\r\n\r\n', 'LWS_ERR_HTTP_STATUS_LINE'],
  ['version 2.0', 'HTTP/2.0 200 OK\r\n\r\n', 'LWS_ERR_HTTP_VERSION_UNSUPPORTED'],
  ['version 1.2', 'HTTP/1.2 200 OK\r\n\r\n', 'LWS_ERR_HTTP_VERSION_UNSUPPORTED'],
  ['control byte in reason', 'HTTP/1.1 200 O\u0000K\r\n\r\n', 'LWS_ERR_HTTP_STATUS_LINE'],
  ['LF ends line', 'HTTP/1.1 200 OK\n\r\n', 'LWS_ERR_HTTP_STATUS_LINE'],
  ['CR CR LF', 'HTTP/1.1 200 OK\r\r\n\r\n', 'LWS_ERR_HTTP_LINE_END'],
  ['folded', ok('A: 1\r\n 2\r\n'), 'LWS_ERR_HTTP_FIELD_FOLDED'],
  ['space before colon', ok('A : 1\r\n'), 'LWS_ERR_HTTP_FIELD_NAME'],
  ['control byte in value', ok('A: \u0001\r\n'), 'LWS_ERR_HTTP_FIELD_BYTE'],
  [
    'two lengths',
    ok('Content-Length: 1\r\nContent-Length: 1\r\n'),
    'LWS_ERR_HTTP_CONTENT_LENGTH_DUPLICATE',
  ],
  ['bad length', ok('Content-Length: +1\r\n'), 'LWS_ERR_HTTP_CONTENT_LENGTH'],
  [
    'length and coding',
    ok('Content-Length: 1\r\nTransfer-Encoding: chunked\r\n'),
    'LWS_ERR_HTTP_LENGTH_AND_CODING',
  ],
  [
    'two codings',
    ok('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n'),
    'LWS_ERR_HTTP_TRANSFER_ENCODING',
  ],
  [
    'coding in 1.0',
    'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    'LWS_ERR_HTTP_TRANSFER_ENCODING',
  ],
  ['other coding', ok('Transfer-Encoding: gzip, chunked\r\n'), 'LWS_ERR_HTTP_TRANSFER_CODING'],
];

describe('every raw case', () => {
  test.each(cases)('%s', (_name, bytes, outcome) => {
    const whole = responseTrace([wire(bytes)]);
    const first = whole[0] ?? '';
    expect(first.startsWith('LWS_ERR') ? first.split(' ')[0] : whole).toEqual(outcome);
    for (const pieces of cuttings(wire(bytes))) expect(responseTrace(pieces)).toEqual(whole);
  });
});

test.each([
  ['long reason', `HTTP/1.1 200 ${'x'.repeat(99)}`, 'LWS_ERR_HTTP_HEAD_LIMIT at 64'],
  ['long value', ok(`A: ${'x'.repeat(99)}`), 'LWS_ERR_HTTP_HEAD_LIMIT at 64'],
  ['at the limit', ok(`A: ${'x'.repeat(40)}\r\n`), '1.1 200 "OK" body -1 keep'],
  ['one over', ok(`A: ${'x'.repeat(41)}\r\n`), 'LWS_ERR_HTTP_HEAD_LIMIT at 64'],
  ['fields', ok('A:\r\nB:\r\nC:\r\n'), 'LWS_ERR_HTTP_FIELDS_LIMIT at 25'],
])('limit: %s', (_name, bytes, first) => {
  const limits = { maxRequestLine: 8, maxHttpHeaderData: 64, maxHeaderFields: 2 };
  for (const pieces of [[wire(bytes)], ...cuttings(wire(bytes))])
    expect(responseTrace(pieces, limits)[0]).toBe(first);
});

test('several heads on one connection', () => {
  const reader = new ResponseHeadReader();
  const bytes = wire(`HTTP/1.1 100 Continue\r\n\r\n${ok('Content-Length: 0\r\n')}`);
  const first = reader.push(bytes, 0, bytes.length);
  expect([reader.complete, reader.status, first]).toEqual([true, 100, 25]);
  reader.reset();
  expect(reader.push(bytes, first, bytes.length)).toBe(bytes.length);
  expect([reader.complete, reader.status, reader.contentLength]).toEqual([true, 200, 0]);
});
