import { readClientTarget } from '@lws-ts/core';
import { describe, expect, test } from 'vitest';
import { chooseProxy, isExcepted, readProxy } from '../../src/client/proxy.ts';

describe('readProxy', () => {
  test.each([
    ['http://p:3128', { kind: 'connect', host: 'p', port: 3128, user: '', password: '' }],
    ['p:3128', { kind: 'connect', host: 'p', port: 3128 }],
    ['http://p/', { kind: 'connect', port: 80 }],
    ['http://u:s%3A@p:1/', { kind: 'connect', user: 'u', password: 's:' }],
    ['socks5://p', { kind: 'socks5', port: 1080 }],
    ['socks5h://p:9/', { kind: 'socks5', port: 9 }],
    ['socks://u:s@[::1]:9', { kind: 'socks5', host: '::1', port: 9, user: 'u', password: 's' }],
    ['socks5://a%3Ab:s%3At@p', { kind: 'socks5', user: 'a:b', password: 's:t' }],
    ['socks5://a%3ab@p', { kind: 'socks5', user: 'a:b', password: '' }],
    ['socks5://a%b:s%@p', { kind: 'socks5', user: 'a%b', password: 's%' }],
  ])('%s', (text, expected) => {
    expect(readProxy(text)).toMatchObject(expected);
  });

  test.each([
    '',
    'https://p:1',
    'socks4://p',
    'ftp://p',
    'http://',
    'http://p:0',
    `socks5://${'u'.repeat(256)}@p`,
    `socks5://u:${'p'.repeat(256)}@p`,
    `socks5://a%3A${'u'.repeat(254)}@p`,
  ])('refuses %j', (text) => {
    expect(() => readProxy(text)).toThrow(expect.objectContaining({ code: 'LWS_ERR_OPTION' }));
  });
});

describe('chooseProxy', () => {
  const plain = readClientTarget('ws://a.example:81/');
  const secure = readClientTarget('wss://a.example/');
  test.each([
    ['none', plain, undefined, {}, undefined],
    ['http_proxy', plain, undefined, { http_proxy: 'p:1' }, 'connect p:1'],
    [
      'not HTTP_PROXY, which may be a request field',
      plain,
      undefined,
      { HTTP_PROXY: 'p:1' },
      undefined,
    ],
    ['not https_proxy', plain, undefined, { https_proxy: 'p:1' }, undefined],
    [
      'https_proxy for TLS',
      secure,
      undefined,
      { https_proxy: 'p:1', http_proxy: 'q:1' },
      'connect p:1',
    ],
    ['HTTPS_PROXY for TLS', secure, undefined, { HTTPS_PROXY: 'p:1' }, 'connect p:1'],
    ['all_proxy', plain, undefined, { all_proxy: 'socks5://p' }, 'socks5 p:1080'],
    ['ALL_PROXY', secure, undefined, { ALL_PROXY: 'p:1' }, 'connect p:1'],
    ["lws's socks_proxy", plain, undefined, { socks_proxy: 'p:1' }, 'socks5 p:1'],
    ['an empty one is none', plain, undefined, { http_proxy: '', all_proxy: 'p:2' }, 'connect p:2'],
    ['the option first', plain, readProxy('q:9'), { http_proxy: 'p:1' }, 'connect q:9'],
    ['false: none', plain, false, { http_proxy: 'p:1' }, undefined],
    ['no_proxy', plain, undefined, { http_proxy: 'p:1', no_proxy: 'example' }, undefined],
    ['NO_PROXY', plain, undefined, { http_proxy: 'p:1', NO_PROXY: '*' }, undefined],
    [
      'no_proxy of others',
      plain,
      undefined,
      { http_proxy: 'p:1', no_proxy: 'b.example' },
      'connect p:1',
    ],
    [
      'none for a unix socket',
      readClientTarget('ws+unix:/x:/'),
      undefined,
      { http_proxy: 'p:1' },
      undefined,
    ],
  ] as const)('%s', (_name, target, option, environment, expected) => {
    const proxy = chooseProxy(target, option, environment);
    expect(proxy && `${proxy.kind} ${proxy.host}:${proxy.port}`).toBe(expected);
  });
});

test('an environment that names no proxy one can speak to is refused by its name', () => {
  expect(() =>
    chooseProxy(readClientTarget('ws://a/'), undefined, { http_proxy: 'https://p:1' }),
  ).toThrow(
    expect.objectContaining({
      code: 'LWS_ERR_OPTION',
      message:
        'invalid option: http_proxy of the environment: proxy is https:, not http: or socks5:',
    }),
  );
});

test.each([
  ['a.example', true],
  ['example', true],
  ['.example', true],
  ['*.example', true],
  ['b, A.EXAMPLE', true],
  ['a.example:81', true],
  ['a.example:80', false],
  ['xa.example', false],
  ['a', false],
  ['ple', false],
  ['', false],
  [',', false],
  ['*', true],
  ['b, *', true],
  ['b c\ta.example d', true],
  ['b  ,,  example', true],
  ['a.example.', true],
  ['.example.', true],
  ['example.:81', true],
  ['.', false],
  ['10.0.0.0/8', false],
])('isExcepted a.example:81 by %j: %s', (list, excepted) => {
  for (const host of ['a.example', 'a.example.'])
    expect(isExcepted(readClientTarget(`ws://${host}:81/`), list)).toBe(excepted);
});

// as curl has it, but that a port may stand there
test.each([
  ['10.1.2.3', '10.1.2.3', true],
  ['10.1.2.3', '10.1.2.3:81', true],
  ['10.1.2.3', '10.1.2.3:80', false],
  ['10.1.2.3', '10.0.0.0/8', true],
  ['10.1.2.3', 'b 11.0.0.0/8,10.0.0.0/8', true],
  ['10.1.2.3', '10.0.0.0/8:81', true],
  ['10.1.2.3', '10.1.2.0/30', true],
  ['10.1.2.4', '10.1.2.0/30', false],
  ['10.1.2.3', '11.0.0.0/8', false],
  ['10.1.2.3', '0.0.0.0/0', true],
  ['10.1.2.3', '10.0.0.0/33', false],
  ['10.1.2.3', '10.0.0.0/', false],
  ['10.1.2.3', 'fd00::/8', false],
  ['10.1.2.3', '1.2.3', false],
  ['10.1.2.3', '.2.3', false],
  ['[::1]', '::1', true],
  ['[::1]', '0:0::1', true],
  ['[::1]', '[::1]', true],
  ['[::1]', '[::1]:81', true],
  ['[::1]', '[::1]:80', false],
  ['[::1]', '::1/128', true],
  ['[::1]', '[::1]/128', true],
  ['[::1]', '::2/128', false],
  ['[2001:db8::5]', '2001:db8::/32', true],
  ['[2001:db8::5]', '[2001:db8::]/32', true],
  ['[2001:db9::5]', '2001:db8::/32', false],
])('isExcepted %s:81 by %j: %s', (host, list, excepted) => {
  expect(isExcepted(readClientTarget(`ws://${host}:81/`), list)).toBe(excepted);
});
