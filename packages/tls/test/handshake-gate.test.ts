/** How many handshakes run at a time. */
import { expect, test } from 'vitest';
import { HandshakeGate } from '../src/handshake-gate.ts';

/** Handshakes at a gate, and those that began. */
function enter(limit: number, ...names: string[]) {
  const gate = new HandshakeGate(limit);
  const began: string[] = [];
  const leave = Object.fromEntries(
    names.map((name) => [name, gate.enter(() => began.push(name))] as const),
  );
  return { began, leave };
}

test('who comes too early waits, in order; without a limit nobody does', () => {
  const { began, leave } = enter(2, 'a', 'b', 'c', 'd');
  expect(began).toEqual(['a', 'b']);
  leave['b']?.();
  expect(began).toEqual(['a', 'b', 'c']);
  leave['a']?.();
  expect(began).toEqual(['a', 'b', 'c', 'd']);
  expect(enter(0, 'a', 'b', 'c').began).toEqual(['a', 'b', 'c']);
});

test('who leaves while it waits is passed over, and whose end is told twice makes room for one', () => {
  const { began, leave } = enter(1, 'a', 'b', 'c', 'd');
  leave['b']?.();
  leave['a']?.();
  leave['a']?.();
  expect(began).toEqual(['a', 'c']);
  leave['c']?.();
  expect(began).toEqual(['a', 'c', 'd']);
});
