import { expect, test } from 'vitest';
import { Roster } from '../src/roster.ts';

test('members have a place each, and places are used again', () => {
  const roster = new Roster<string>();
  const places = ['a', 'b', 'c'].map((member) => roster.add(member));
  expect([places, roster.size, [...roster]]).toEqual([[0, 1, 2], 3, ['a', 'b', 'c']]);
  roster.remove(1);
  expect([roster.size, [...roster], roster.at(1)]).toEqual([2, ['a', 'c'], undefined]);
  expect(roster.places).toBe(3);
  expect(roster.add('d')).toBe(1);
  expect([roster.size, [...roster], roster.at(1)]).toEqual([3, ['a', 'd', 'c'], 'd']);
  expect(roster.at(-1)).toBeUndefined();
});

test('members may leave and join while they are gone through', () => {
  const roster = new Roster<number>();
  for (let each = 0; each < 5; each++) roster.add(each);
  const seen: number[] = [];
  for (const member of roster) {
    seen.push(member);
    if (member === 1) {
      roster.remove(1);
      roster.remove(3);
    }
    if (member === 4) roster.add(9);
  }
  expect(seen).toEqual([0, 1, 2, 4]);
  expect([...roster]).toEqual([0, 2, 9, 4]);
});

test('a million that come and go take no more places than were there at once', () => {
  const roster = new Roster<object>();
  const places = Array.from({ length: 8 }, () => roster.add({}));
  let most = 0;
  for (let each = 0; each < 1_000_000; each++) {
    roster.remove(places[each % 8] as number);
    const place = roster.add({});
    places[each % 8] = place;
    most = Math.max(most, place);
  }
  expect([most, roster.size]).toEqual([7, 8]);
});
