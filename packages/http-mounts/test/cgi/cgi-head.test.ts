import { describe, expect, test } from 'vitest';
import { CgiHeadReader, mostHeadBytes } from '../../src/cgi/cgi-head.ts';

function read(text: string, size: number): string {
  const bytes = Buffer.from(text, 'latin1');
  const reader = new CgiHeadReader();
  for (let at = 0; at < bytes.length; at += size) {
    const end = reader.push(bytes.subarray(at, at + size));
    if (end === -2) return 'too large';
    if (end === -1) continue;
    const head = reader.read();
    if (head === undefined) return 'malformed';
    const fields = head.fields.map(([name, value]) => `${name}=${value}`).join('|');
    return `${head.status} ${head.length ?? '-'} ${fields} +${bytes.length - at - end}`;
  }
  return 'more';
}

const HEADS: readonly (readonly [string, string, string])[] = [
  ['a type', 'Content-Type: text/plain\n\n', '200 - content-type=text/plain'],
  ['CRLF', 'Content-Type: a/b\r\n\r\n', '200 - content-type=a/b'],
  ['both ends', 'Content-Type: a/b\r\n\n', '200 - content-type=a/b'],
  ['no blank', 'content-type:a/b \t\n\n', '200 - content-type=a/b'],
  ['a status', 'Status: 404 Not Found\n\n', '404 - '],
  ['a status alone', 'Status: 599\n\n', '599 - '],
  ['a place elsewhere', 'Location: https://x.example/\n\n', '302 - location=https://x.example/'],
  ['a place here', 'Location: /a?b\n\n', '302 - location=/a?b'],
  ['a place with a status', 'Location: /a\nStatus: 303 x\n\n', '303 - location=/a'],
  ['a length', 'Content-Type: a/b\nContent-Length: 5\n\n', '200 5 content-type=a/b'],
  ['cookies', 'Status: 200\nSet-Cookie: a\nSet-Cookie: b\n\n', '200 - set-cookie=a|set-cookie=b'],
  [
    'fields of the connection',
    'Status: 200\nConnection: x\nKeep-Alive: 1\nProxy-Connection: x\nTrailer: x\nUpgrade: x\n\n',
    '200 - ',
  ],
  ['no end', 'Content-Type: text/plain\n', 'more'],
  ['nothing in it', '\n', 'malformed'],
  ['no field of CGI', 'X-A: b\n\n', 'malformed'],
  ['no colon', 'Content-Type text/plain\n\n', 'malformed'],
  ['a blank before the colon', 'Content-Type : a/b\n\n', 'malformed'],
  ['a folded line', 'Content-Type: a/b\n c\n\n', 'malformed'],
  ['a name that is none', 'Con(tent: a\nStatus: 200\n\n', 'malformed'],
  ['no name', ': a\nStatus: 200\n\n', 'malformed'],
  ['NUL', 'Content-Type: a\0b\n\n', 'malformed'],
  ['CR in a value', 'Content-Type: a\rSet-Cookie: b\n\n', 'malformed'],
  ['DEL', 'Content-Type: a\x7f\n\n', 'malformed'],
  ['two types', 'Content-Type: a/b\nContent-Type: a/b\n\n', 'malformed'],
  ['two lengths', 'Status: 200\nContent-Length: 5\nContent-Length: 5\n\n', 'malformed'],
  ['two statuses', 'Status: 200\nStatus: 200\n\n', 'malformed'],
  ['two dates', 'Status: 200\nDate: a\nDate: a\n\n', 'malformed'],
  ['a length of 16 digits', `Status: 200\nContent-Length: ${'1'.repeat(16)}\n\n`, 'malformed'],
  ['two places', 'Location: /a\nLocation: /b\n\n', 'malformed'],
  ['Transfer-Encoding', 'Status: 200\nTransfer-Encoding: chunked\n\n', 'malformed'],
  ['a status of letters', 'Status: OK\n\n', 'malformed'],
  ['a status of four digits', 'Status: 2000\n\n', 'malformed'],
  ['status 101', 'Status: 101 Switching Protocols\n\n', 'malformed'],
  ['status 099', 'Status: 099\n\n', 'malformed'],
  ['status 600', 'Status: 600\n\n', 'malformed'],
  ['a length below 0', 'Status: 200\nContent-Length: -1\n\n', 'malformed'],
  ['a length with a sign', 'Status: 200\nContent-Length: +1\n\n', 'malformed'],
  ['a list of lengths', 'Status: 200\nContent-Length: 1, 1\n\n', 'malformed'],
  ['a place at another host', 'Location: //evil.example/\n\n', 'malformed'],
  ['a place without a slash', 'Location: a\n\n', 'malformed'],
  ['a place with a blank', 'Location: /a b\n\n', 'malformed'],
  ['a head of HTTP', 'HTTP/1.1 200 OK\nContent-Type: a/b\n\n', 'malformed'],
];

describe.each(HEADS)('%s', (_name, text, expected) => {
  test.each([1, 2, 3, 65_536])('in pieces of %i', (size) => {
    const heard = read(text, size);
    expect(heard.replace(/ \+\d+$/, '')).toBe(expected);
  });
});

test('what lies behind it is the body', () => {
  expect(read('Status: 200\n\nbody\n\n', 65_536)).toBe('200 -  +6');
});

test.each([
  [mostHeadBytes, '200'],
  [mostHeadBytes + 1, 'too'],
])('a head of %i bytes', (size, expected) => {
  const text = 'Status: 200\nX: ';
  expect(read(`${text}${'x'.repeat(size - text.length - 2)}\n\n`, 1000).slice(0, 3)).toBe(expected);
});
