/** Each variable of a script's environment, and each field that makes none. */
import type { HttpExchange, HttpFields } from '@lws-ts/interface';
import { describe, expect, test } from 'vitest';
import { cgiEnvironment } from '../../src/cgi/cgi-environment.ts';
import type { CgiMount } from '../../src/mount.ts';

interface Asked {
  readonly fields?: HttpFields;
  readonly mount?: Partial<CgiMount>;
  readonly secure?: boolean;
  readonly port?: number;
  readonly user?: string;
  readonly authority?: string;
  readonly version?: string;
  readonly path?: string;
  readonly target?: string;
}

function environment(asked: Asked): Record<string, string> | undefined {
  const { fields = [], secure = false, port = 8080, authority = 'a.example' } = asked;
  const exchange = {
    host: {
      vhost: { name: 'vhost', port },
      transport: { peer: { address: '192.0.2.1' }, security: secure ? {} : undefined },
    },
    request: {
      method: 'GET',
      version: asked.version ?? '1.1',
      path: asked.path ?? '/s',
      target: asked.target ?? asked.path ?? '/s',
      query: '',
      authority,
      field: (name: string) => fields.find(([one]) => one === name)?.[1],
      each(visit: (name: string, value: string) => void) {
        for (const [name, value] of fields) visit(name, value);
      },
    },
    user: asked.user,
  } as unknown as HttpExchange;
  const mount = { mountpoint: '/s', cgienv: {}, cgiAuthorization: false, ...asked.mount };
  return cgiEnvironment(exchange, mount as CgiMount, undefined, () => undefined);
}

describe('a field', () => {
  test.each([
    'authorization',
    'connection',
    'content-length',
    'content-type',
    'expect',
    'keep-alive',
    'proxy',
    'proxy-authorization',
    'proxy-connection',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
    'x_under',
    'x.dot',
  ])('%s makes no HTTP_ variable', (name) => {
    const names = Object.keys(environment({ fields: [[name, 'v']] }) ?? {});
    expect(names.filter((one) => one.startsWith('HTTP_'))).toEqual([]);
  });

  test.each<[string, HttpFields, string, string | undefined]>([
    ['of its own', [['x-a', '1']], 'HTTP_X_A', '1'],
    [
      'that is there twice',
      [
        ['x-a', '1'],
        ['x-a', '2'],
      ],
      'HTTP_X_A',
      '1, 2',
    ],
    [
      'of cookies',
      [
        ['cookie', 'a=1'],
        ['cookie', 'b=2'],
      ],
      'HTTP_COOKIE',
      'a=1; b=2',
    ],
    ['in UTF-8', [['x-a', '\xc3\xa4']], 'HTTP_X_A', '\u00e4'],
    ['that is no UTF-8', [['x-a', '\xe4']], 'HTTP_X_A', undefined],
    ['with NUL', [['x-a', 'a\0b']], 'HTTP_X_A', undefined],
    ['with a line break', [['x-a', 'a\nb']], 'HTTP_X_A', undefined],
    ['with a return', [['x-a', 'a\rb']], 'HTTP_X_A', undefined],
    ['of the type', [['content-type', 'text/plain']], 'CONTENT_TYPE', 'text/plain'],
  ])('%s', (_what, fields, variable, value) => {
    expect(environment({ fields })?.[variable]).toBe(value);
  });

  test('named as what every object has is one of its own', () => {
    const env = environment({ fields: [['x-a', '1']] });
    expect(env !== undefined && 'toString' in env).toBe(false);
  });
});

describe('a variable', () => {
  test.each<[string, string | undefined, Asked]>([
    ['SERVER_NAME', 'a.example', {}],
    ['SERVER_NAME', 'vhost', { authority: '' }],
    ['SERVER_PORT', '8080', {}],
    ['SERVER_PORT', '80', { port: -1 }],
    ['SERVER_PORT', '443', { port: 0, secure: true }],
    ['SERVER_PROTOCOL', 'HTTP/1.0', { version: '1.0' }],
    ['SERVER_PROTOCOL', 'HTTP/2', { version: '2' }],
    ['SERVER_SOFTWARE', 'lws-ts', {}],
    ['GATEWAY_INTERFACE', 'CGI/1.1', {}],
    ['SCRIPT_NAME', '/s', {}],
    ['SCRIPT_NAME', '', { mount: { mountpoint: '/' } }],
    ['PATH_INFO', undefined, {}],
    ['PATH_INFO', '/x', { path: '/s/x' }],
    ['REQUEST_URI', '/s', {}],
    ['REQUEST_URI', '/s//../s/%2B?a=%20', { target: '/s//../s/%2B?a=%20' }],
    ['REQUEST_URI', '/s?x', { target: 'http://a.example/s?x' }],
    ['REQUEST_URI', '/?x', { target: 'HTTP://a.example?x' }],
    ['HTTPS', undefined, {}],
    ['HTTPS', 'on', { secure: true }],
    ['PATH', '/usr/local/bin:/usr/bin:/bin', {}],
    ['PATH', '/opt/bin', { mount: { cgienv: { PATH: '/opt/bin' } } }],
    ['REMOTE_ADDR', '192.0.2.1', {}],
    ['REMOTE_HOST', '192.0.2.1', {}],
    ['REMOTE_USER', undefined, { user: 'joe' }],
    ['AUTH_TYPE', undefined, { user: 'joe' }],
    ['REMOTE_USER', 'joe', { user: 'joe', mount: { login: {} as CgiMount['login'] } }],
    ['AUTH_TYPE', 'Basic', { user: 'joe', mount: { login: {} as CgiMount['login'] } }],
    ['SERVER_NAME', 'mine', { mount: { cgienv: { SERVER_NAME: 'mine' } } }],
  ])('%s is %j', (name, value, asked) => {
    expect(environment(asked)?.[name]).toBe(value);
  });
});
