import { describe, expect, test } from 'vitest';
import { joinTarget, readClientTarget } from '../src/client-target.ts';

describe('readClientTarget', () => {
  test.each([
    ['ws://a', { scheme: 'ws', secure: false, host: 'a', port: 80, authority: 'a', path: '/' }],
    ['wss://A.b/c?d=e', { scheme: 'wss', secure: true, host: 'a.b', port: 443, path: '/c?d=e' }],
    ['ws://a:81/%C3%BC', { port: 81, authority: 'a:81', path: '/%C3%BC' }],
    ['ws://a:80/', { port: 80, authority: 'a' }],
    ['ws://[::1]:82/', { host: '::1', port: 82, authority: '[::1]:82' }],
    ['ws://u%40:p%3A@a/', { credentials: 'u@:p:', authority: 'a' }],
    ['ws://u@a/', { credentials: 'u:' }],
    ['https://a/', { scheme: 'https', secure: true, port: 443 }],
    ['raw://a:7', { scheme: 'raw', host: 'a', port: 7, path: '/' }],
    [
      'ws+unix:/run/x.sock',
      { scheme: 'ws', socketPath: '/run/x.sock', path: '/', authority: 'localhost' },
    ],
    ['ws+unix:/run/x.sock:/p?q', { socketPath: '/run/x.sock', path: '/p?q' }],
    ['ws+unix:///run/a%20b.sock:/', { socketPath: '/run/a b.sock', path: '/' }],
  ])('%s', (url, expected) => {
    expect(readClientTarget(url)).toMatchObject(expected);
    expect(readClientTarget(new URL(url))).toMatchObject(expected);
  });

  test.each([
    'a',
    '',
    'ws:',
    'ws://',
    'ws://a/#',
    'ws://a/#b',
    'ws://a:0/',
    'ws://a:65536/',
    'raw://a',
    'ws+unix:',
    'ws+unix:/',
    'ws+unix::/x',
    'ws+unix:/run/x.sock:p',
    'ws+unix://run/x.sock:/p',
  ])('refuses %j', (url) => {
    expect(() => readClientTarget(url)).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_OPTION' }),
    );
  });

  test('says no password', () => {
    expect(() => readClientTarget('raw://me:secret@a')).toThrow('"raw://me:***@a" names no port');
  });
});

test.each([
  ['a', undefined, '/', 'ws', { host: 'a', port: 80, path: '/' }],
  ['::1', 82, '/x?y', 'ws', { host: '::1', port: 82, path: '/x?y' }],
  ['[::1]', 82, '/', 'wss', { host: '::1', port: 82, secure: true }],
  ['+/run/x.sock', undefined, '/p', 'ws', { socketPath: '/run/x.sock', path: '/p' }],
  ['+/run/a?b:#%25.sock', undefined, '/', 'ws', { socketPath: '/run/a?b:#%25.sock', path: '/' }],
] as const)('joinTarget %s %s %s %s', (address, port, path, scheme, expected) => {
  expect(joinTarget({ address, port, path, scheme })).toMatchObject(expected);
});

test.each([
  ['a/b', '/'],
  ['a?b', '/'],
  ['u@a', '/'],
  ['a\\b', '/'],
  ['a#b', '/'],
  ['a:1', '/'],
  ['a', 'x'],
  ['a', '/#x'],
  ['+/run/x.sock', 'x'],
  [`+/${'x'.repeat(108)}`, '/'],
  ['+/', '/'],
])('joinTarget refuses %j %j', (address, path) => {
  expect(() => joinTarget({ address, port: undefined, path, scheme: 'ws' })).toThrow(
    expect.objectContaining({ code: 'LWS_ERR_OPTION' }),
  );
});
