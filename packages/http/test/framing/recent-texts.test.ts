import { HeadTable } from '@lws-ts/http/framing';
import { expect, test, vi } from 'vitest';
import { RecentTexts } from '../../src/framing/recent-texts.ts';
import { wire } from '../wire.ts';

function tableOf(text: string): HeadTable {
  const table = new HeadTable(text.length, 1);
  table.bytes.set(wire(text));
  table.used = text.length;
  return table;
}

test('gives the text of the bytes, whatever was asked for before', () => {
  const recent = new RecentTexts();
  const texts = ['', '/', '/a', '/b', '/caf\u00e9', '/x'.repeat(32), '/x'.repeat(33)];
  for (let each = 0; each < 500; each++) texts.push(`/page/${each}`);
  for (let round = 0; round < 3; round++)
    for (const text of texts) expect(recent.text(tableOf(text), 0, text.length)).toBe(text);
});

test('makes no string for bytes that were asked for before', () => {
  const recent = new RecentTexts();
  const table = tableOf('/index.html');
  const made = vi.spyOn(table, 'text');
  for (let each = 0; each < 3; each++) recent.text(table, 0, 11);
  expect(made).toHaveBeenCalledTimes(1);
  recent.text(table, 0, 6);
  expect(made).toHaveBeenCalledTimes(2);
});
