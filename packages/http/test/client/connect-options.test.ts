import { resolveOptions } from '@lws-ts/interface';
import { describe, expect, test } from 'vitest';
import {
  checkRequestField,
  httpConnectRules,
  withoutSecrets,
} from '../../src/client/connect-options.ts';

const read = (options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  resolveOptions(httpConnectRules, options, 'connect()');

test('defaults', () => {
  expect(read({})).toEqual({
    headers: [],
    host: undefined,
    origin: undefined,
    proxy: undefined,
    maxRedirects: 3,
    requestBody: undefined,
    keepWarmSecs: 5,
    keepWarmMax: 8,
    pipeline: false,
    responseTimeoutSecs: 60,
    responseIdleSecs: 60,
  });
});

test.each<[string, unknown]>([
  ['requestBody', 1],
  ['requestBody', null],
  ['requestBody', ['a']],
  ['keepWarmSecs', -1],
  ['keepWarmSecs', 3601],
  ['keepWarmMax', 0],
  ['keepWarmMax', 1.5],
  ['responseTimeoutSecs', 0],
  ['responseIdleSecs', '1'],
  ['headers', 'a'],
  ['headers', null],
  ['headers', ['a', 'b']],
  ['headers', new Map([['a', 'b']])],
  ['headers', new Headers({ a: 'b' })],
  ['headers', { a: 1 }],
  ['headers', { a: undefined }],
  ['headers', { '': 'x' }],
  ['headers', { 'a b': 'x' }],
  ['headers', { 'a:': 'x' }],
  ['headers', { a: 'x\ny' }],
  ['headers', { a: 'x\0' }],
  ['headers', { a: '€' }],
  ['headers', { HOST: 'x' }],
  ['headers', { origin: 'x' }],
  ['headers', { 'Content-Length': '0' }],
  ['headers', { 'Transfer-Encoding': 'chunked' }],
  ['headers', { 'Proxy-Authorization': 'x' }],
  ['headers', { TE: 'trailers' }],
  ['headers', { Connection: 'close' }],
  ['headers', { 'Keep-Alive': 'x' }],
  ['headers', { Trailer: 'x' }],
  ['headers', { Upgrade: 'h2c' }],
  ['host', 'a b'],
  ['host', ''],
  ['host', 'a\r\nx: y'],
  ['origin', 'a\n'],
  ['origin', 1],
  ['proxy', true],
  ['proxy', ''],
  ['proxy', 1],
  ['maxRedirects', -1],
  ['maxRedirects', 21],
  ['maxRedirects', 1.5],
  ['maxRedirects', '3'],
])('%s: %j is refused', (name, value) => {
  expect(() => read({ [name]: value })).toThrow(
    expect.objectContaining({ code: 'LWS_ERR_OPTION' }),
  );
});

describe('fields', () => {
  test('are kept in order, names in lower case', () => {
    expect(read({ headers: { 'X-B': '1', 'x-a': 'ü' } })['headers']).toEqual([
      ['x-b', '1'],
      ['x-a', 'ü'],
    ]);
    expect(checkRequestField('X-A', '')).toEqual(['x-a', '']);
  });

  test('secrets are taken out for another server', () => {
    expect(
      withoutSecrets([
        ['authorization', 'x'],
        ['Cookie', 'y'],
        ['x-a', 'z'],
      ]),
    ).toEqual([['x-a', 'z']]);
  });
});
