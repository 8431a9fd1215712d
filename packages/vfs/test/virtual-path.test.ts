import { describe, expect, test } from 'vitest';
import { joinVirtual, virtualPathFault } from '../src/virtual-path.ts';

const NOT_FOUND = 'LWS_ERR_VFS_NOT_FOUND';
const OUTSIDE = 'LWS_ERR_VFS_OUTSIDE';

describe('on every platform', () => {
  test.each([
    '',
    '/',
    'a',
    '/a/b',
    '/a/',
    '/.a',
    '/..a',
    '/a..',
    '/...',
    '/a b',
    '/ä/日本/😀',
    '/a%2e',
  ])('%j may be asked for', (path) => {
    expect(virtualPathFault(path, false)).toBeUndefined();
  });

  test.each([
    ['..', OUTSIDE],
    ['/..', OUTSIDE],
    ['/../', OUTSIDE],
    ['/a/../b', OUTSIDE],
    ['/a/..', OUTSIDE],
    ['//..//', OUTSIDE],
    ['.', NOT_FOUND],
    ['/./a', NOT_FOUND],
    ['/a/.', NOT_FOUND],
    ['/a\\b', NOT_FOUND],
    ['\\..\\a', NOT_FOUND],
    ['/\0', NOT_FOUND],
    ['/a\nb', NOT_FOUND],
    ['/a\x7f', NOT_FOUND],
    ['/\ud800', NOT_FOUND],
    ['/\udc00', NOT_FOUND],
    ['/\ud800a', NOT_FOUND],
    ['/\ude00\ud83d', NOT_FOUND],
  ])('%j: %s', (path, code) => {
    expect(virtualPathFault(path, false)).toMatchObject({ code });
  });
});

describe('on Windows', () => {
  test.each(['/a.txt', '/com/a', '/console', '/com10', '/a.b.c', '/nully.txt', '/.well-known/x'])(
    '%j may be asked for',
    (path) => {
      expect(virtualPathFault(path, true)).toBeUndefined();
    },
  );

  test.each([
    '/a.txt::$DATA',
    '/a.txt:s',
    '/c:/x',
    '/a.txt.',
    '/a.txt ',
    '/dir./x',
    '/con',
    '/CON.txt',
    '/nul.tar.gz',
    '/aux .txt',
    '/com1',
    '/lpt9.x',
    '/com\u00b9',
    '/conin$',
    '/PROGRA~1/x',
    '/a*',
    '/a?',
    '/a|b',
    '/<a>',
    '/"a"',
  ])('%j is no file', (path) => {
    expect(virtualPathFault(path, true)).toMatchObject({ code: NOT_FOUND });
    expect(virtualPathFault(path, false)).toBeUndefined();
  });
});

test.each([
  ['/srv', '/a', '/srv/a'],
  ['/srv/', 'a', '/srv/a'],
  ['/srv', '//a//b/', '/srv/a//b/'],
  ['/', '/a', '/a'],
  ['.', 'a', './a'],
  ['/srv', '/', '/srv/'],
])('%s and %s are %s', (root, path, joined) => {
  expect(joinVirtual(root, path)).toBe(joined);
});
