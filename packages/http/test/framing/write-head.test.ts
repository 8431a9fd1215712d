import {
  RequestHeadReader,
  ResponseHeadReader,
  reasonPhrase,
  responseHeadLength,
  writeResponseHead,
} from '@lws-ts/http/framing';
import type { HttpFields } from '@lws-ts/interface';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { HeadTable } from '../../src/framing/head-table.ts';
import { text, wire } from '../wire.ts';

function write(status: number, fields: HttpFields): string {
  const room = new Uint8Array(responseHeadLength(status, fields) + 7).fill(0x21);
  const end = writeResponseHead(room, 7, status, fields);
  expect(end).toBe(room.length);
  expect(text(room.subarray(0, 7))).toBe('!!!!!!!');
  return text(room.subarray(7, end));
}

test.each([
  [200, [], 'HTTP/1.1 200 OK\r\n\r\n'],
  [
    404,
    [
      ['A', 'b c'],
      ['X-Y', ''],
    ],
    'HTTP/1.1 404 Not Found\r\nA: b c\r\nX-Y: \r\n\r\n',
  ],
  [299, [['a', '\u00e9\t~']], 'HTTP/1.1 299 \r\na: \u00e9\t~\r\n\r\n'],
  [101, [['upgrade', 'x']], 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n'],
] as const)('%i', (status, fields, bytes) => {
  expect(write(status, fields)).toBe(bytes);
});

describe('OUT-1: what cannot be sent throws', () => {
  test.each([
    '\r',
    '\n',
    '\u0000',
    '\r\nSet-Cookie: x',
    '\u007f',
    '\u001b',
    '\u0100',
    '\u{1f600}',
    '\u010d',
  ])('value %j', (value) => {
    const fields: HttpFields = [
      ['a', '1'],
      ['location', `/${value}`],
    ];
    expect(() => write(302, fields)).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_HTTP_FIELD_VALUE' }),
    );
  });
  test.each(['', ' ', 'a b', 'a:', 'a\r\n', '\u00e9', '\u0161', '(', '"'])('name %j', (name) => {
    expect(() => write(200, [[name, 'x']])).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_HTTP_FIELD_VALUE' }),
    );
  });
  test.each([99, 600, 0, -1, 200.5, Number.NaN])('status %d', (status) => {
    expect(() => write(status, [])).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_HTTP_STATUS' }),
    );
  });
});

test('what is written is read back', () => {
  const name = fc.stringMatching(/^[a-z0-9!#$%&'*+.^_`|~-]{1,20}$/);
  const value = fc.stringMatching(
    /^([!-~\u0080-\u00ff]([\t -~\u0080-\u00ff]{0,30}[!-~\u0080-\u00ff])?)?$/,
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 100, max: 599 }),
      fc.array(fc.tuple(name, value), { maxLength: 20 }),
      (status, fields) => {
        fc.pre(fields.every(([each]) => each !== 'content-length' && each !== 'transfer-encoding'));
        const bytes = wire(write(status, fields));
        const reader = new ResponseHeadReader();
        expect(reader.push(bytes, 0, bytes.length)).toBe(bytes.length);
        expect(reader.violation).toBeUndefined();
        const { table } = reader;
        const back = fields.map((_, field) => [table.name(field), table.value(field)]);
        expect([reader.status, reader.reason, back]).toEqual([
          status,
          reasonPhrase(status),
          fields,
        ]);
      },
    ),
  );
});

test('no string is made of a head that nobody asks about', () => {
  const made = vi.spyOn(HeadTable.prototype, 'text');
  try {
    const reader = new RequestHeadReader();
    const head = wire(
      'GET /index.html?a=1 HTTP/1.1\r\nHost: a\r\nUser-Agent: x\r\nConnection: keep-alive\r\n\r\n',
    );
    reader.push(head, 0, head.length);
    expect([reader.complete, reader.method, reader.keepAlive]).toEqual([true, 'GET', true]);
    expect(made).not.toHaveBeenCalled();
    expect(reader.path).toBe('/index.html');
    expect(reader.table.value(1)).toBe('x');
    expect(made.mock.results.map(({ value }) => value)).toEqual(['/index.html', 'x']);
  } finally {
    made.mockRestore();
  }
});
