import { describe, expect, test } from 'vitest';
import { VhostTable } from '../src/vhost-table.ts';

function table(...names: string[]) {
  const vhosts = new VhostTable<{ name: string }>();
  for (const name of names) vhosts.add({ name });
  return vhosts;
}

const rows: readonly (readonly [
  what: string,
  vhosts: readonly string[],
  host: string,
  is: string,
])[] = [
  ['exact', ['first', 'abc.com'], 'abc.com', 'abc.com'],
  ['exact before wildcard', ['first', 'abc.com', 'cats.abc.com'], 'cats.abc.com', 'cats.abc.com'],
  ['a parent domain', ['first', 'abc.com'], 'cats.abc.com', 'abc.com'],
  ['a parent of the parent', ['first', 'abc.com'], 'a.b.c.abc.com', 'abc.com'],
  ['the nearest parent', ['abc.com', 'cats.abc.com'], 'tom.cats.abc.com', 'cats.abc.com'],
  ['a port is stripped', ['first', 'abc.com'], 'cats.abc.com:1234', 'abc.com'],
  ['a port is stripped of an exact name', ['first', 'abc.com'], 'abc.com:80', 'abc.com'],
  ['an empty port too', ['first', 'abc.com'], 'abc.com:', 'abc.com'],
  ['no dot before the name', ['first', 'abc.com'], 'xabc.com', 'first'],
  ['the name is not at the end', ['first', 'abc.com'], 'abc.com.evil', 'first'],
  ['the parent of a vhost', ['first', 'cats.abc.com'], 'abc.com', 'first'],
  ['upper case', ['first', 'abc.com'], 'ABC.Com', 'abc.com'],
  ['upper case below', ['first', 'abc.com'], 'CATS.ABC.COM', 'abc.com'],
  ['a vhost in upper case', ['first', 'ABC.com'], 'abc.com', 'ABC.com'],
  ['a trailing dot', ['first', 'abc.com'], 'abc.com.', 'abc.com'],
  ['a trailing dot and a port', ['first', 'abc.com'], 'cats.abc.com.:443', 'abc.com'],
  ['a vhost with a trailing dot', ['first', 'abc.com.'], 'abc.com', 'abc.com.'],
  ['an IPv6 literal', ['first', '[::1]'], '[::1]', '[::1]'],
  ['an IPv6 literal with a port', ['first', '[::1]'], '[::1]:8080', '[::1]'],
  ['an IPv6 literal in upper case', ['first', '[fe80::a]'], '[FE80::A]:1', '[fe80::a]'],
  ['another IPv6 literal', ['first', '[::1]'], '[::2]:8080', 'first'],
  ['IPv4, exact', ['first', '10.0.0.1'], '10.0.0.1:80', '10.0.0.1'],
  ['IPv4 has no parents', ['first', '0.0.1'], '10.0.0.1', 'first'],
  ['no Host', ['first', 'abc.com'], '', 'first'],
  ['a lone port', ['first', 'abc.com'], ':80', 'first'],
  ['a lone dot', ['first', 'abc.com'], '.', 'first'],
  ['an empty label is no parent', ['first', 'abc.com'], '.abc.com', 'first'],
  ['an unclosed literal', ['first', 'abc.com'], '[::1', 'first'],
  ['names of Object', ['first', 'abc.com'], 'constructor', 'first'],
  ['names of Object below', ['first', 'abc.com'], '__proto__.prototype', 'first'],
];

describe.each(rows)('%s', (_what, vhosts, host, is) => {
  test(`${host} → ${is}`, () => {
    expect(table(...vhosts).select(host)?.name).toBe(is);
  });

  test('in whatever order the others stand', () => {
    const [first, ...others] = vhosts;
    expect(table(first as string, ...others.reverse()).select(host)?.name).toBe(is);
  });
});

describe('VhostTable', () => {
  test.each([
    ['abc.com', 'abc.com'],
    ['abc.com', 'ABC.COM'],
    ['abc.com', 'abc.com.'],
    ['abc.com', 'abc.com:80'],
    ['[::1]', '[::1]:80'],
  ])('%s and %s are one name', (one, other) => {
    expect(() => table(one, other)).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_VHOST_TWICE' }),
    );
  });

  test('keeps the order, and forgets only what it has', () => {
    const vhosts = new VhostTable<{ name: string }>();
    const a = { name: 'a.com' };
    const b = { name: 'b.com' };
    vhosts.add(a);
    vhosts.add(b);
    vhosts.remove({ name: 'a.com' });
    expect(vhosts.select('a.com')).toBe(a);
    expect([vhosts.all, vhosts.first, vhosts.size]).toEqual([[a, b], a, 2]);
    vhosts.remove(a);
    expect([vhosts.select('a.com'), vhosts.first, vhosts.size]).toEqual([b, b, 1]);
    vhosts.remove(b);
    expect([vhosts.select('b.com'), vhosts.first, vhosts.size]).toEqual([undefined, undefined, 0]);
  });
});
