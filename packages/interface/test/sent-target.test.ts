import { expect, test } from 'vitest';
import { type HttpRequest, originForm, sentTarget } from '../src/index.ts';

test.each([
  ['/a?b', '/a?b'],
  ['http://example.com/a?b', '/a?b'],
  ['HTTP://example.com?b', '/?b'],
  ['http://example.com', '/'],
  ['*', '*'],
])('%s without a host is %s', (target, form) => {
  expect(originForm(target)).toBe(form);
});

test.each([
  // target, clean path, query, what goes on
  ['/a%3Bb;c?d=%2F', '/a;b;c', 'd=%2F', '/a%3Bb;c?d=%2F'],
  ['/%61', '/a', '', '/%61'],
  ['http://example.com/a?b', '/a', 'b', '/a?b'],
  ['*', '*', '', '*'],
  ['/x/../a%3Bb//c', '/a;b/c', '', '/a;b/c'],
  ['/./q%3Fr%23s?t', '/q?r#s', 't', '/q%3Fr%23s?t'],
  ['/%FF', '/\u{FFFD}', '', '/%EF%BF%BD'],
])(
  '%s goes on as it was sent, unless another path than that was chosen by',
  (target, path, query, sent) => {
    expect(sentTarget({ target, path, query } as HttpRequest)).toBe(sent);
  },
);
