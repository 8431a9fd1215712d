import { describe, expect, test } from 'vitest';
import { checkMounts } from '../src/check-mounts.ts';
import type { Mount } from '../src/index.ts';

let ids = 0;
const read = (mounts: unknown) => checkMounts(mounts, 'mounts', () => ++ids);
const at = (mountpoint: string): Mount => ({ mountpoint, origin: 'file://./www' });
const to = (origin: string): Mount => ({ mountpoint: '/', origin });

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
    expect(table.find(path, 'GET')?.mountpoint).toBe(mountpoint);
  });
});

test.each(['/', '/foobar', '/fo', '*', ''])('%j is in none but /foo', (path) => {
  expect(read([at('/foo')]).find(path, 'GET')).toBeUndefined();
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
  ['methods that are no list', [{ ...at('/'), methods: 'GET' }], 'LWS_ERR_OPTION'],
  ['no method', [{ ...at('/'), methods: [] }], 'LWS_ERR_OPTION'],
  ['a method in small letters', [{ ...at('/'), methods: ['get'] }], 'LWS_ERR_OPTION'],
  ['a method that is not passed on', [{ ...at('/'), methods: ['TRACE'] }], 'LWS_ERR_OPTION'],
  ['a method that files do not have', [{ ...at('/'), methods: ['POST'] }], 'LWS_ERR_OPTION'],
  ['headers that are no record', [{ ...at('/'), headers: ['x'] }], 'LWS_ERR_OPTION'],
  ['a header that is no string', [{ ...at('/'), headers: { x: 1 } }], 'LWS_ERR_OPTION'],
  ['a header of the body', [{ ...at('/'), headers: { 'Content-Type': 'x' } }], 'LWS_ERR_OPTION'],
  ['a header twice', [{ ...at('/'), headers: { 'X-A': '1', 'x-a': '2' } }], 'LWS_ERR_OPTION'],
  [
    'a header that breaks the line',
    [{ ...at('/'), headers: { x: 'a\r\nb: c' } }],
    'LWS_ERR_OPTION',
  ],
  ['a header without a name', [{ ...at('/'), headers: { '': 'a' } }], 'LWS_ERR_OPTION'],
  ['headers of 16 KiB', [{ ...at('/'), headers: { x: 'x'.repeat(16_384) } }], 'LWS_ERR_OPTION'],
  ['exactMatch that is 1', [{ ...at('/'), exactMatch: 1 }], 'LWS_ERR_OPTION'],
  ['no such kind', [{ ...at('/'), kind: 'files' }], 'LWS_ERR_MOUNT_ORIGIN'],
  ['cgienv of files', [{ ...at('/'), cgienv: {} }], 'LWS_ERR_OPTION_UNKNOWN'],
  [
    'cgienv with a name that is none',
    [{ ...to('cgi://./x'), cgienv: { 'A=B': '' } }],
    'LWS_ERR_OPTION',
  ],
  ['cgienv with a NUL', [{ ...to('cgi://./x'), cgienv: { A: 'a\0B=b' } }], 'LWS_ERR_OPTION'],
  ['cgienv that is no string', [{ ...to('cgi://./x'), cgienv: { A: 1 } }], 'LWS_ERR_OPTION'],
  ['a cgiTimeout of 0', [{ ...to('cgi://./x'), cgiTimeout: 0 }], 'LWS_ERR_OPTION'],
  ['a cgiDeadlineSecs of 0', [{ ...to('cgi://./x'), cgiDeadlineSecs: 0 }], 'LWS_ERR_OPTION'],
  ['a cgiWd with a NUL', [{ ...to('cgi://./x'), cgiWd: 'a\0b' }], 'LWS_ERR_OPTION'],
  ['cgiAuthorization that is 1', [{ ...to('cgi://./x'), cgiAuthorization: 1 }], 'LWS_ERR_OPTION'],
  ['no script at a time', [{ ...to('cgi://./x'), maxScripts: 0 }], 'LWS_ERR_OPTION'],
  ['a maxChunkedBody below 0', [{ ...to('cgi://./x'), maxChunkedBody: -1 }], 'LWS_ERR_OPTION'],
  ['pmo of files', [{ ...at('/'), pmo: {} }], 'LWS_ERR_OPTION_UNKNOWN'],
  ['a status of files', [{ ...at('/'), status: 301 }], 'LWS_ERR_OPTION_UNKNOWN'],
  ['def of a redirect', [{ ...to('>http://x'), def: 'x' }], 'LWS_ERR_OPTION_UNKNOWN'],
  ['def of a protocol', [{ ...to('callback://x'), def: 'x' }], 'LWS_ERR_OPTION_UNKNOWN'],
  ['a pmo that is no pair', [{ ...to('callback://x'), pmo: ['a'] }], 'LWS_ERR_OPTION'],
  ['a pmo that is no string', [{ ...to('callback://x'), pmo: { a: 1 } }], 'LWS_ERR_OPTION'],
  ['303', [{ ...to('>http://x'), status: 303 }], 'LWS_ERR_OPTION'],
  ['a status in letters', [{ ...to('>http://x'), status: '301' }], 'LWS_ERR_OPTION'],
  ['a path behind a query', [{ ...to('>http://x/?q'), appendPath: true }], 'LWS_ERR_OPTION'],
  ['a path behind a fragment', [{ ...to('>http://x/#f'), appendPath: true }], 'LWS_ERR_OPTION'],
  ...[
    'www',
    './www',
    '/srv',
    'file:/srv',
    'FILE:///srv',
    'file://',
    'file://./a\0b',
    'cgi://',
    'cgi://./a\0b',
    '',
    'callback://',
    'callback://a b',
    'callback://a/b',
    'ftp://x',
    '>file://./www',
    '>callback://x',
    '>/elsewhere',
    '>https://',
    '>https:///x',
    '>https://?x',
    '>https://a b/',
    '>https://x\\y',
    '>https://x/\r\nset-cookie: a=b',
    '>https://user@x/',
    '>https://user:secret@x/',
    '>https://[::1',
    '>https://x:99999/',
    '>>https://x/',
    '^',
  ].map((origin) => [origin, [to(origin)], 'LWS_ERR_MOUNT_ORIGIN'] as const),
];

test.each(REFUSED)('refused: %s', (_name, mounts, code) => {
  expect(() => read(mounts)).toThrow(expect.objectContaining({ code }));
});

test('the refusal of an origin says what was given and what there is', () => {
  for (const origin of ['cgi://', 'www'])
    expect(() => read([to(origin)])).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(JSON.stringify(origin)),
        hint: expect.stringContaining('file://'),
      }),
    );
});

test.each([
  ['file://./www', `${process.cwd()}/www`],
  ['file://www', `${process.cwd()}/www`],
  ['file:///srv/www', '/srv/www'],
  ['file:///srv/www/', '/srv/www'],
  ['file://../www', `${process.cwd()}/../www`],
])('%s is %s', (origin, root) => {
  const expected = { kind: 'file', root: new URL(`file://${root}`).pathname };
  expect(read([to(origin)]).mounts[0]).toMatchObject(expected);
  const typed: Mount = { mountpoint: '/', kind: 'file', origin: origin.slice('file://'.length) };
  expect(read([typed]).mounts[0]).toMatchObject(expected);
});

test.each([
  ['callback://protocol-post-demo', { kind: 'callback', protocol: 'protocol-post-demo' }],
  ['>https://example.com', { kind: 'redirect', location: 'https://example.com/' }],
  ['>http://example.com:8080/a/b?c', { location: 'http://example.com:8080/a/b?c' }],
  ['^https://example.com/a', { kind: 'redirect', location: 'https://example.com/a' }],
  ['>https://b\u00fccher.example/\u00e4', { location: 'https://xn--bcher-kva.example/%C3%A4' }],
])('%s is %o', (origin, expected) => {
  expect(read([to(origin)]).mounts[0]).toMatchObject(expected);
});

test('what a kind says by its members is what its origin says by a prefix', () => {
  const callback: Mount = { mountpoint: '/', kind: 'callback', origin: 'p', pmo: { a: 'b' } };
  const written: Mount = { mountpoint: '/', origin: 'callback://p', pmo: { a: 'b' } };
  const redirect: Mount = { mountpoint: '/', kind: 'redirect', origin: 'https://x/', status: 308 };
  const arrow: Mount = { mountpoint: '/', origin: '>https://x/', status: 308 };
  for (const [one, other] of [
    [callback, written],
    [redirect, arrow],
  ])
    expect({ ...read([one]).mounts[0], id: '' }).toEqual({ ...read([other]).mounts[0], id: '' });
});

describe.each(['in order', 'in reverse'])('exactMatch, given %s', (order) => {
  const mounts = [
    { ...to('>https://exact/'), exactMatch: true, mountpoint: '/a' },
    { ...to('>https://below/'), mountpoint: '/a' },
    { ...to('>https://root/'), exactMatch: true },
  ];
  const table = read(order === 'in order' ? mounts : mounts.toReversed());
  test.each([
    ['/a', 'https://exact/'],
    ['/a/', 'https://below/'],
    ['/a/b', 'https://below/'],
    ['/', 'https://root/'],
    ['/b', undefined],
  ])('%s goes to %s', (path, location) => {
    const mount = table.find(path, 'GET');
    expect(mount?.kind === 'redirect' ? mount.location : undefined).toBe(location);
  });
});

describe('methods', () => {
  const table = read([
    { ...to('>https://read/'), mountpoint: '/a', methods: ['GET', 'HEAD'] },
    { ...to('>https://write/'), mountpoint: '/a', methods: ['POST'] },
    { ...to('>https://root/'), methods: ['GET', 'DELETE'] },
  ]);
  test.each([
    ['GET', '/a', 'https://read/'],
    ['POST', '/a/b', 'https://write/'],
    ['DELETE', '/a', 'https://root/'],
    ['GET', '/', 'https://root/'],
    ['POST', '/', undefined],
  ])('%s %s goes to %s', (method, path, location) => {
    const mount = table.find(path, method);
    expect(mount?.kind === 'redirect' ? mount.location : undefined).toBe(location);
  });

  test('of all mounts that hold a path are what is allowed there', () => {
    expect(table.allowed('/a')).toEqual(['GET', 'HEAD', 'POST', 'DELETE']);
    expect(table.allowed('/b')).toEqual(['GET', 'DELETE']);
    expect(table.allowed('*')).toEqual([]);
  });

  test('that two mounts at one place have in common are refused', () => {
    const twice = [
      { ...at('/a'), methods: ['GET'] },
      { ...at('/a'), methods: ['HEAD', 'GET'] },
    ];
    expect(() => read(twice)).toThrow(expect.objectContaining({ code: 'LWS_ERR_MOUNT_TWICE' }));
    expect(() => read([twice[0], at('/a')])).toThrow(/same mountpoint/);
  });
});
