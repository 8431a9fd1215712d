import { httpMethods } from '@lws-ts/interface';
import { describe, expect, test } from 'vitest';
import { RequestHeadReader } from '../../src/framing/index.ts';
import { MethodStart } from '../../src/framing/method-start.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** What is said of `text` in pieces of `size`, and after how many bytes. */
function judge(text: string, size: number): [boolean | undefined, number] {
  const start = new MethodStart();
  for (let at = 0; at < text.length; at += size) {
    const piece = bytes(text.slice(at, at + size));
    const verdict = start.push(piece);
    if (verdict !== undefined) return [verdict, at + piece.length];
    expect(Buffer.from(start.with(bytes('!'))).toString('latin1')).toBe(
      `${text.slice(0, at + size)}!`,
    );
  }
  return [undefined, start.length];
}

describe.each([1, 2, 3, 64])('in pieces of %i', (size) => {
  test.each([...httpMethods, 'PRI'])('%s and a space is HTTP', (method) => {
    expect(judge(`${method} /`, size)[0]).toBe(true);
  });

  test.each(httpMethods)('%s as far as it goes is undecided', (method) => {
    for (let length = 1; length <= method.length; length++)
      expect(judge(method.slice(0, length), size)[0]).toBeUndefined();
  });

  test.each(['get ', 'GETT', 'GET\t', 'G\0', '\r\n', ' GET', 'SSH-2.0', '\x16\x03\x01', 'PRICE'])(
    '%j is something else',
    (text) => {
      expect(judge(text, size)[0]).toBe(false);
    },
  );
});

test('the methods that HTTP has', () => {
  expect(httpMethods.join(' ')).toBe('GET HEAD POST PUT DELETE OPTIONS PATCH CONNECT TRACE');
});

test('it is decided at the first byte that no method has there', () => {
  expect(judge('GX', 1)).toEqual([false, 2]);
  expect(judge('OPTIONX', 1)).toEqual([false, 7]);
});

describe('the head of a CONNECT', () => {
  const head = 'CONNECT a.test:22 HTTP/1.1\r\nHost: a.test:22\r\n\r\n';

  test.each([1, 2, 3, 64])('is read where it is asked for, in pieces of %i', (size) => {
    const reader = new RequestHeadReader(undefined, true);
    for (let at = 0; at < head.length; at += size) {
      const piece = bytes(head.slice(at, at + size));
      reader.push(piece, 0, piece.length);
    }
    expect(reader.violation).toBeUndefined();
    expect([reader.complete, reader.method, reader.path, reader.query, reader.authority]).toEqual([
      true,
      'CONNECT',
      'a.test:22',
      '',
      'a.test',
    ]);
  });

  test.each([
    ['a name without a port', 'a.test'],
    ['an empty port', 'a.test:'],
    ['a port too high', 'a.test:65536'],
    ['a path', '/'],
    ['a star', '*'],
    ['a URL', 'http://a.test:22/'],
    ['a user', 'u@a.test:22'],
    ['a fragment', 'a.test:22#x'],
    ['an address in half a bracket', '[::1:22'],
  ])('with %s is refused', (_name, target) => {
    const reader = new RequestHeadReader(undefined, true);
    const all = bytes(head.replace('a.test:22 ', `${target} `));
    reader.push(all, 0, all.length);
    expect(reader.violation?.status).toBe(400);
  });

  test('is 405 where nobody asked for it', () => {
    const reader = new RequestHeadReader();
    reader.push(bytes(head), 0, head.length);
    expect(reader.violation?.status).toBe(405);
  });
});
