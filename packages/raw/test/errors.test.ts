import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rawErrors } from '../src/index.ts';
import { rawOptionRules } from '../src/options.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const section = (from: string, to: string) =>
  readme.slice(readme.indexOf(`## ${from}`), readme.indexOf(`## ${to}`));

test('the README has every code, and no other', () => {
  const rows = [...section('Errors', 'lws equivalents').matchAll(/^\| `(LWS_ERR_\w+)`/gm)];
  expect(rows.map((row) => row[1]).sort()).toEqual(Object.keys(rawErrors).sort());
});

test('the README has every option with its range', () => {
  const table = section('Options', 'Errors').split('\n\n')[2] ?? '';
  const rows = [...table.matchAll(/^\| `(\w+)` *\| ([^|]*)\| ([^|]*)\|/gm)];
  expect(new Set(rows.map(([, name]) => name))).toEqual(new Set(Object.keys(rawOptionRules)));
  for (const [, name = '', , range] of rows) {
    const rule = rawOptionRules[name as keyof typeof rawOptionRules];
    if ('min' in rule)
      expect(range?.match(/-?\d+(\.\d+)?/g)?.map(Number), name).toEqual([rule.min, rule.max]);
  }
});
