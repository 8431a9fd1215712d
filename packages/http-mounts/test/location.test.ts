import { expect, test } from 'vitest';
import { directoryLocation } from '../src/location.ts';

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
])('%j with %j moves to %s', (path, query, location) => {
  expect(directoryLocation(path, query)).toBe(location);
});
