import { expect, test } from 'vitest';
import { checkMounts } from '../src/check-mounts.ts';
import { directoryLocation, encodePath, redirectLocation } from '../src/location.ts';

// http normalises paths before; that one which was not moves nobody to another host all the same.
test.each([
  ['/sub', '', '/sub/'],
  ['/a b/ä', '', '/a%20b/%C3%A4/'],
  ['/a?b#c%', '', '/a%3Fb%23c%25/'],
  ['/sub', 'a=1&b=%20', '/sub/?a=1&b=%20'],
  ['//evil.com', '', '/evil.com/'],
  ['///evil.com', 'x', '/evil.com/?x'],
  ['/\\evil.com', '', '/%5Cevil.com/'],
  ['/a\r\nb', '', '/a%0D%0Ab/'],
  ['/sub', 'a\r\nb', '/sub/'],
  ['/sub', 'ä', '/sub/'],
  ['/sub', '"<>\\^`{|}[%zz', '/sub/?%22%3C%3E%5C%5E%60%7B%7C%7D[%zz'],
])('%j with %j moves to %s', (path, query, location) => {
  expect(directoryLocation(path, query)).toBe(location);
});

test.each([
  // the origin exactly, and the query that came
  ['>https://x.example', {}, '/old/page', '', 'https://x.example/'],
  ['>https://x.example/new', {}, '/old/page', 'a=1&b=%20', 'https://x.example/new?a=1&b=%20'],
  ['>https://x.example/?own', {}, '/old', 'a=1', 'https://x.example/?own'],
  ['>https://x.example/#part', {}, '/old', 'a=1', 'https://x.example/#part'],
  ['>https://x.example/new', {}, '/old', 'a\r\nb', 'https://x.example/new'],
  ['>https://x.example/new', {}, '/old', '"><b', 'https://x.example/new?%22%3E%3Cb'],
  // what is below goes along
  ['>https://x.example', { appendPath: true }, '/old', '', 'https://x.example/'],
  ['>https://x.example', { appendPath: true }, '/old/', '', 'https://x.example/'],
  ['>https://x.example', { appendPath: true }, '/old/a/b', 'q', 'https://x.example/a/b?q'],
  ['>https://x.example', { appendPath: true }, '/old/a', '{"}', 'https://x.example/a?%7B%22%7D'],
  ['>https://x.example/new', { appendPath: true }, '/old', 'q', 'https://x.example/new?q'],
  ['>https://x.example/new', { appendPath: true }, '/old/a', '', 'https://x.example/new/a'],
  ['>https://x.example/new/', { appendPath: true }, '/old/a/', '', 'https://x.example/new/a/'],
  [
    '>https://x.example',
    { appendPath: true },
    '/old//evil.example',
    '',
    'https://x.example/evil.example',
  ],
  [
    '>https://x.example',
    { appendPath: true },
    '/old/@evil.example',
    '',
    'https://x.example/@evil.example',
  ],
  ['>https://x.example', { appendPath: true }, '/old/\\evil', '', 'https://x.example/%5Cevil'],
  ['>https://x.example', { appendPath: true }, '/old/a\r\nb', '', 'https://x.example/a%0D%0Ab'],
  [
    '>https://x.example',
    { appendPath: true },
    '/old/\u00e4 ?#%',
    '',
    'https://x.example/%C3%A4%20%3F%23%25',
  ],
  ['>https://x.example', { appendPath: true }, '/old/\ud800', '', 'https://x.example/%EF%BF%BD'],
] as const)('%s %o sends %j with %j to %s', (origin, members, path, query, expected) => {
  const [mount] = checkMounts(
    [{ mountpoint: '/old', origin, ...members }],
    'mounts',
    () => 1,
  ).mounts;
  if (mount?.kind !== 'redirect') throw new Error('no redirect');
  expect(redirectLocation(mount, encodePath(path.slice('/old'.length)), query)).toBe(expected);
});
