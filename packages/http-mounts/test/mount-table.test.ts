import { describe, expect, test } from 'vitest';
import type { Mount } from '../src/index.ts';
import { checkMounts } from '../src/mount-table.ts';

let ids = 0;
const read = (mounts: unknown) => checkMounts(mounts, 'mounts', () => ++ids);
const at = (mountpoint: string): Mount => ({ mountpoint, origin: 'file://./www' });

describe.each([
  ['in order', ['/', '/foo', '/foo/bar', '/a b', '/ä']],
  ['in reverse', ['/ä', '/a b', '/foo/bar', '/foo', '/']],
])('mounts given %s', (_name, mountpoints) => {
  const table = read(mountpoints.map(at));
  test.each([
    ['/', '/'],
    ['/x', '/'],
    ['/foo', '/foo'],
    ['/foo/', '/foo'],
    ['/foo/x', '/foo'],
    ['/foobar', '/'],
    ['/foo.html', '/'],
    ['/foo/bar', '/foo/bar'],
    ['/foo/bar/', '/foo/bar'],
    ['/foo/barx', '/foo'],
    ['/foo/ba', '/foo'],
    ['/Foo', '/'],
    ['/x/foo', '/'],
    ['/a b/c', '/a b'],
    ['/ä/c', '/ä'],
  ])('%s is in %s', (path, mountpoint) => {
    expect(table.find(path)?.mountpoint).toBe(mountpoint);
  });
});

test.each(['/', '/foobar', '/fo', '*', ''])('%j is in none but /foo', (path) => {
  expect(read([at('/foo')]).find(path)).toBeUndefined();
});

const REFUSED: readonly (readonly [name: string, mounts: unknown, code: string])[] = [
  ['no list', {}, 'LWS_ERR_OPTION'],
  ['no mount', [null], 'LWS_ERR_OPTION'],
  ['no mountpoint', [{ origin: 'file://./www' }], 'LWS_ERR_OPTION'],
  ['no origin', [{ mountpoint: '/' }], 'LWS_ERR_MOUNT_ORIGIN'],
  ['two at one place', [at('/a'), at('/'), at('/a')], 'LWS_ERR_MOUNT_TWICE'],
  ['a misspelt member', [{ ...at('/'), cacheMaxage: 1 }], 'LWS_ERR_OPTION_UNKNOWN'],
  ['a relative mountpoint', [at('foo')], 'LWS_ERR_OPTION'],
  ['an empty mountpoint', [at('')], 'LWS_ERR_OPTION'],
  ['a mountpoint with a slash at its end', [at('/foo/')], 'LWS_ERR_OPTION'],
  ['a doubled slash', [at('/foo//bar')], 'LWS_ERR_OPTION'],
  ['dots', [at('/foo/../bar')], 'LWS_ERR_OPTION'],
  ['a dot', [at('/.')], 'LWS_ERR_OPTION'],
  ['a query', [at('/foo?x')], 'LWS_ERR_OPTION'],
  ['an escape', [at('/a%20b')], 'LWS_ERR_OPTION'],
  ['a backslash', [at('/a\\b')], 'LWS_ERR_OPTION'],
  ['a line break', [at('/a\nb')], 'LWS_ERR_OPTION'],
  ['def with a directory', [{ ...at('/'), def: '../x' }], 'LWS_ERR_OPTION'],
  ['def ..', [{ ...at('/'), def: '..' }], 'LWS_ERR_OPTION'],
  ['an empty def', [{ ...at('/'), def: '' }], 'LWS_ERR_OPTION'],
  ['a negative age', [{ ...at('/'), cacheMaxAge: -1 }], 'LWS_ERR_OPTION'],
  ['an age no cache can hold', [{ ...at('/'), cacheMaxAge: 2 ** 31 }], 'LWS_ERR_OPTION'],
  ['a flag that is 1', [{ ...at('/'), cacheReusable: 1 }], 'LWS_ERR_OPTION'],
  [
    'a suffix without dot',
    [{ ...at('/'), extraMimetypes: { md: 'text/x' } }],
    'LWS_ERR_MOUNT_MIMETYPE',
  ],
  ['a list of types', [{ ...at('/'), extraMimetypes: ['.md'] }], 'LWS_ERR_MOUNT_MIMETYPE'],
  ['no type', [{ ...at('/'), extraMimetypes: { '.md': 'text' } }], 'LWS_ERR_MOUNT_MIMETYPE'],
  ['a type that is none', [{ ...at('/'), extraMimetypes: { '.md': 7 } }], 'LWS_ERR_MOUNT_MIMETYPE'],
  [
    'a type that breaks the line',
    [{ ...at('/'), extraMimetypes: { '.md': 'text/x\r\nset-cookie: a=b' } }],
    'LWS_ERR_MOUNT_MIMETYPE',
  ],
  ...[
    'callback://p',
    'cgi://./x',
    'http://127.0.0.1/',
    'https://x',
    '>https://x',
    '>http://x',
    'www',
    './www',
    '/srv',
    'file:/srv',
    'FILE:///srv',
    'file://',
    'file://./a\0b',
    '',
  ].map((origin) => [origin, [{ mountpoint: '/', origin }], 'LWS_ERR_MOUNT_ORIGIN'] as const),
];

test.each(REFUSED)('refused: %s', (_name, mounts, code) => {
  expect(() => read(mounts)).toThrow(expect.objectContaining({ code }));
});

test('the refusal of an origin says what there is', () => {
  expect(() => read([{ mountpoint: '/', origin: 'cgi://./x' }])).toThrow(
    /"cgi:\/\/\.\/x".*file:\/\//,
  );
});

test.each([
  ['file://./www', `${process.cwd()}/www`],
  ['file://www', `${process.cwd()}/www`],
  ['file:///srv/www', '/srv/www'],
  ['file:///srv/www/', '/srv/www'],
  ['file://../www', `${process.cwd()}/../www`],
])('%s is %s', (origin, root) => {
  expect(read([{ mountpoint: '/', origin }]).mounts[0]?.root).toBe(
    new URL(`file://${root}`).pathname,
  );
});
