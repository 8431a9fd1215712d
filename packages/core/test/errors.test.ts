import { readFileSync } from 'node:fs';
import { coreConnectRules, coreContextRules, coreErrors, coreVhostRules } from '@lws-ts/core';
import type { AnyOptionRules } from '@lws-ts/interface';
import { expect, test } from 'vitest';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const section = (from: string, to: string) =>
  readme.slice(readme.indexOf(`## ${from}`), readme.indexOf(`## ${to}`));

test('the README has every code with its status, and no other', () => {
  const rows = [
    ...section('Errors', 'lws equivalents').matchAll(/^\| `(LWS_ERR_\w+)` *\| *(\d*) *\|/gm),
  ].map((row) => [row[1], row[2] === '' ? undefined : Number(row[2])]);
  expect(new Map(rows as [string, number | undefined][])).toEqual(
    new Map(Object.values(coreErrors).map(({ code, status }) => [code, status])),
  );
});

test.each<[string, AnyOptionRules, readonly string[]]>([
  ['Of a context', coreContextRules, ['use', 'vhosts']],
  ['Of a vhost', coreVhostRules, []],
  ['Of `connect()`', coreConnectRules, []],
])('the README has every option with its range: %s', (of, rules, more) => {
  const options = section('Options', 'Errors');
  const table = options.slice(options.indexOf(`\n${of}`)).split('\n\n')[1] ?? '';
  const rows = [...table.matchAll(/^\| `(\w+)` *\| ([^|]*)\| ([^|]*)\|/gm)];
  expect(new Set(rows.map(([, name]) => name))).toEqual(new Set([...more, ...Object.keys(rules)]));
  for (const [, name = '', , range] of rows) {
    const rule = rules[name];
    if (rule !== undefined && 'min' in rule)
      expect(range?.match(/-?\d+(\.\d+)?/g)?.map(Number), name).toEqual([rule.min, rule.max]);
  }
});
