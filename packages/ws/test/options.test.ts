import { readFileSync } from 'node:fs';
import { LwsError, resolveOptions } from '@lws-ts/interface';
import { describe, expect, test } from 'vitest';
import { wsConnectRules } from '../src/connect-options.ts';
import { permessageDeflate, ws, wsErrors } from '../src/index.ts';
import { wsOptionRules } from '../src/options.ts';

/** Options whose 0 means off. */
const mayBeOff = new Set(['validPingSecs', 'hangupSecs']);

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return error instanceof LwsError ? error.code : String(error);
  }
  return undefined;
}

test('the module names its role, its needs and its options', () => {
  const module = ws();
  expect(module.name).toBe('@lws-ts/ws');
  expect(module.needs).toEqual(['@lws-ts/http']);
  expect(Object.keys(module.contextOptions)).toEqual([]);
  expect(module.vhostOptions).toBe(wsOptionRules);
});

describe('options', () => {
  test('the defaults', () => {
    expect(resolveOptions(wsOptionRules, {}, 'a vhost')).toEqual({
      maxMessageSize: 1048576,
      rxBufferSize: 4096,
      maxFragments: 16384,
      maxTinyFragments: 1024,
      maxPingsPerSecond: 100,
      maxOutputBytes: 1048576,
      allowedOrigins: new Set(['same-origin']),
      extensions: [],
      closeSendSecs: 2,
      closeAckSecs: 5,
      stalledSecs: 30,
      validPingSecs: 0,
      hangupSecs: 0,
    });
  });

  test.each<[string, unknown]>([
    ...Object.keys(wsOptionRules).flatMap((name): [string, unknown][] => [
      [name, 'x'],
      ...(mayBeOff.has(name) ? [] : [[name, 0] as [string, unknown]]),
      [name, -1],
      [name, Number.NaN],
      [name, null],
    ]),
    ['allowedOrigins', ['https://a.example/']],
    ['allowedOrigins', ['a.example']],
    ['allowedOrigins', ['*']],
    ['allowedOrigins', [5]],
    ['allowedOrigins', [Object.create(null)]],
    ['extensions', [{}]],
    ['extensions', [permessageDeflate(), permessageDeflate()]],
  ])('%s refuses %j', (name, value) => {
    expect(codeOf(() => resolveOptions(wsOptionRules, { [name]: value }, 'a vhost'))).toBe(
      'LWS_ERR_OPTION',
    );
  });
});

test('the README lists every code and every option, and no others', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const rows = [...readme.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
  const codes = rows.filter((name) => name?.startsWith('LWS_ERR_'));
  expect(codes).toEqual(Object.keys(wsErrors));
  const options = readme.slice(readme.indexOf('## Options'), readme.indexOf('## Errors'));
  expect([...options.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name)).toEqual([
    ...Object.keys(wsOptionRules),
    ...Object.keys(wsConnectRules),
  ]);
});
