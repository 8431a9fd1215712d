import { readClientTarget } from '@lws-ts/core';
import { describe, expect, test } from 'vitest';
import { isSameServer, redirectTarget } from '../../src/client/redirect-target.ts';

describe.each<[string, string, Readonly<Record<string, unknown>> | string]>([
  // from, Location, target or why not
  ['ws://a/x/y?z', 'ws://b:81/p?q', { scheme: 'ws', host: 'b', port: 81, path: '/p?q' }],
  ['ws://a/', 'http://b/', { scheme: 'ws', host: 'b', port: 80, secure: false }],
  ['ws://a/', 'https://b/', { scheme: 'wss', host: 'b', port: 443, secure: true }],
  ['ws://a/', 'https://b:80/', { scheme: 'wss', port: 80 }],
  ['ws://a/', 'http://b:443/', { scheme: 'ws', port: 443 }],
  ['ws://a/', 'HTTP://B/', { scheme: 'ws', host: 'b' }],
  ['ws://a/', 'wss://b/', { scheme: 'wss', port: 443 }],
  ['wss://a/', 'https://b/', { scheme: 'wss', secure: true }],
  ['ws://a:81/x/y?z', '/p', { host: 'a', port: 81, path: '/p' }],
  ['ws://a:81/x/y?z', 'p', { port: 81, path: '/x/p' }],
  ['ws://a/x/y', '../p', { path: '/p' }],
  ['ws://a/x/y', '?q', { path: '/x/y?q' }],
  ['ws://a/x/y', '', { path: '/x/y' }],
  ['ws://a/x', '//b/p', { scheme: 'ws', host: 'b', path: '/p' }],
  ['wss://a/x', '//b/p', { scheme: 'wss', host: 'b' }],
  ['ws://a/', '/p#f', { path: '/p' }],
  ['ws://a/', 'http://[::1]:82/', { host: '::1', port: 82 }],
  ['ws://a/', 'http://u:p@b/', { host: 'b', credentials: 'u:p' }],
  ['ws://u:p@a/', '/x', { host: 'a', credentials: '' }],
  ['ws+unix:/run/x.sock:/a', '/b', { socketPath: '/run/x.sock', path: '/b' }],
  ['ws+unix:/run/x.sock:/a', 'http://b/', { socketPath: undefined, host: 'b' }],
  ['http://a/', 'https://b/', { scheme: 'https', port: 443 }],
  ['wss://a/', 'ws://a/', 'from TLS'],
  ['wss://a/', 'http://a/', 'from TLS'],
  ['https://a/', 'http://a/', 'from TLS'],
  ['http://a/', 'ws://a/', 'to "ws://a/"'],
  ['ws://a/', 'ftp://b/', 'to "ftp://b/"'],
  ['ws://a/', 'file:///etc/passwd', 'to "file:///etc/passwd"'],
  ['ws://a/', 'javascript:x', 'to "javascript:x"'],
  ['ws://a/', 'ws+unix:/run/x.sock:/', 'to "ws+unix:/run/x.sock:/"'],
  ['ws://a/', 'http+unix:/run/x.sock:/', 'to "http+unix:/run/x.sock:/"'],
  ['ws://a/', 'http://[', 'to "http://["'],
  ['ws://a/', 'http://b:0/', 'to "http://b:0/"'],
  ['ws://a/', 'http://b:65536/', 'to "http://b:65536/"'],
])('from %s by %j', (from, location, expected) => {
  test('leads where it says, or nowhere', () => {
    const target = redirectTarget(readClientTarget(from), location);
    if (typeof expected === 'string') expect(target).toContain(expected);
    else expect(target).toMatchObject(expected);
  });
});

test.each([
  ['http://a/', 'http://a/x', true],
  ['http://a/', 'https://a/', true],
  ['http://a/', 'http://b/', false],
  ['http://a/', 'http://a:81/', false],
  ['http://a:81/', 'https://a/', false],
  ['http://a/', 'https://a:444/', false],
  ['http://a/', 'http://a:443/', false],
  ['http+unix:/run/x.sock:/', 'http+unix:/run/y.sock:/', false],
])('what was meant for the server of %s may go to %s: %s', (from, to, same) => {
  expect(isSameServer(readClientTarget(from), readClientTarget(to))).toBe(same);
});
