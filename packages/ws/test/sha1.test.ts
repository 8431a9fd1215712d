import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { sha1Base64 } from '../src/sha1.ts';

test('it is the SHA-1 of node:crypto for each length around the blocks, and again', () => {
  for (let length = 0; length < 260; length++) {
    const text = Array.from({ length }, (_none, at) =>
      String.fromCharCode(33 + ((at * 7 + length * 13) % 94)),
    ).join('');
    const expected = createHash('sha1').update(text, 'latin1').digest('base64');
    expect([length, sha1Base64(text)]).toEqual([length, expected]);
  }
});

test('it is that of random keys', () => {
  for (let run = 0; run < 2000; run++) {
    const text = createHash('sha256').update(String(run)).digest('base64');
    expect(sha1Base64(text)).toBe(createHash('sha1').update(text).digest('base64'));
  }
});

test('RFC 6455 §1.3', () => {
  const answer = 'dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
  expect(sha1Base64(answer)).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
});
