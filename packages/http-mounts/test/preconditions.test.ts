import type { Clock, HttpFields, HttpRequest } from '@lws-ts/interface';
import { describe, expect, test } from 'vitest';
import { evaluate } from '../src/preconditions.ts';
import { FakeHttpRequest } from './fake-exchange.ts';

const MODIFIED = 'Sun, 06 Nov 1994 08:49:37 GMT';
const EARLIER = 'Sun, 06 Nov 1994 08:49:36 GMT';
const LATER = 'Sun, 06 Nov 1994 08:49:38 GMT';
const OTHER_FORM = 'Sunday, 06-Nov-94 08:49:37 GMT';
const BAD = '06 Nov 1994';
const NOW = Date.UTC(2026, 10, 22);
const CLOCK: Clock = { now: () => 0, wallNow: () => NOW, wakeAt: () => () => {} };
const HAS = { etag: '"a"', lastModified: MODIFIED, lastModifiedMs: Date.parse(MODIFIED) };

function request(fields: HttpFields, method = 'GET'): HttpRequest {
  return new FakeHttpRequest({ method, path: '/', fields });
}

const match = (value: string) => ['if-match', value] as const;
const unmodified = (value: string) => ['if-unmodified-since', value] as const;
const noneMatch = (value: string) => ['if-none-match', value] as const;
const modified = (value: string) => ['if-modified-since', value] as const;

describe('RFC 9110 §13.2.2', () => {
  test.each<readonly [number, HttpFields]>([
    [200, []],
    // Step 1
    [200, [match('"a"')]],
    [200, [match('*')]],
    [200, [match('"b", "a"')]],
    [200, [match('"b"'), match('"a"')]],
    [412, [match('"b"')]],
    [412, [match('W/"a"')]],
    [412, [match('')]],
    // Step 2
    [200, [unmodified(MODIFIED)]],
    [200, [unmodified(LATER)]],
    [412, [unmodified(EARLIER)]],
    [200, [unmodified(BAD)]],
    [200, [match('"a"'), unmodified(EARLIER)]],
    [412, [match('"b"'), unmodified(LATER)]],
    // Step 3
    [304, [noneMatch('"a"')]],
    [304, [noneMatch('W/"a"')]],
    [304, [noneMatch('*')]],
    [304, [noneMatch('"b", W/"a"')]],
    [304, [noneMatch('"b"'), noneMatch('"a"')]],
    [200, [noneMatch('"b"')]],
    [200, [noneMatch('')]],
    [200, [noneMatch('a')]],
    // Step 4
    [304, [modified(MODIFIED)]],
    [304, [modified(LATER)]],
    [304, [modified(OTHER_FORM)]],
    [200, [modified(EARLIER)]],
    [200, [modified(BAD)]],
    [200, [modified('')]],
    [200, [modified(MODIFIED), modified(MODIFIED)]],
    [304, [modified('Fri, 31 Dec 9999 23:59:59 GMT')]],
    // Together
    [200, [noneMatch('"b"'), modified(LATER)]],
    [304, [noneMatch('"a"'), modified(EARLIER)]],
    [304, [noneMatch('"a"'), modified(BAD)]],
    [412, [match('"b"'), noneMatch('"a"')]],
    [304, [match('"a"'), noneMatch('"a"')]],
    [412, [unmodified(EARLIER), noneMatch('"a"')]],
    [304, [unmodified(LATER), modified(LATER)]],
    [412, [unmodified(EARLIER), modified(LATER)]],
  ])('%i for %j', (status, fields) => {
    expect(evaluate(request(fields), HAS, CLOCK)).toBe(status);
  });

  // serveFile answers them after the program has done what they ask for
  test.each(['POST', 'PUT', 'DELETE', 'PATCH'])('200 for %s, whatever it says', (method) => {
    for (const field of [match('"b"'), unmodified(EARLIER), noneMatch('*'), modified(LATER)])
      expect(evaluate(request([field], method), HAS, CLOCK)).toBe(200);
    expect(evaluate(request([noneMatch('*')], 'HEAD'), HAS, CLOCK)).toBe(304);
  });

  test.each<readonly [number, HttpFields]>([
    [200, [match('*')]],
    [412, [match('"a"')]],
    [304, [noneMatch('*')]],
    [200, [noneMatch('"a"')]],
    [200, [modified(LATER)]],
    [200, [unmodified(EARLIER)]],
  ])('%i for %j of a file without validators', (status, fields) => {
    const bare = { etag: undefined, lastModified: undefined, lastModifiedMs: 0 };
    expect(evaluate(request(fields), bare, CLOCK)).toBe(status);
  });
});
