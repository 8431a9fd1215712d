import { expect, test } from 'vitest';
import { answerFraming, isBodyless } from '../src/answer-framing.ts';
import { CHUNKED, NO_FRAMING, UNTIL_CLOSE } from '../src/head-end.ts';

const NAMES = new Map([
  [NO_FRAMING, 'none'],
  [CHUNKED, 'chunked'],
  [UNTIL_CLOSE, 'until close'],
]);

test.each([
  // version, status, length, framing
  ['1.1', 200, 0, 0],
  ['1.1', 200, 7, 7],
  ['1.1', 404, 7, 7],
  ['1.1', 200, undefined, 'chunked'],
  ['1.1', 204, undefined, 'none'],
  ['1.1', 204, 7, 'none'],
  ['1.1', 205, undefined, 0],
  ['1.1', 205, 7, 0],
  ['1.1', 304, undefined, 'none'],
  ['1.1', 304, 7, 'none'],
  ['1.0', 200, 0, 0],
  ['1.0', 200, 7, 7],
  ['1.0', 200, undefined, 'until close'],
  ['1.0', 204, undefined, 'none'],
  ['1.0', 205, undefined, 0],
  ['1.0', 304, undefined, 'none'],
  ['1.0', 304, 7, 'none'],
])('HTTP/%s %i with length %o: %s', (version, status, length, expected) => {
  const framing = answerFraming(version === '1.0', status, length);
  expect(NAMES.get(framing) ?? framing).toBe(expected);
});

test.each([
  ['GET', 200, false],
  ['GET', 404, false],
  ['POST', 201, false],
  ['GET', 204, true],
  ['GET', 205, true],
  ['GET', 304, true],
  ['HEAD', 200, true],
  ['HEAD', 304, true],
])('%s %i has no body: %o', (method, status, expected) => {
  expect(isBodyless(method, status)).toBe(expected);
});
