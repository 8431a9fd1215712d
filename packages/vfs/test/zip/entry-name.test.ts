/** What entries are called, by what their records say. */
import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { MemoryFops, ZipFops } from '../../src/index.ts';
import { openNow } from '../file-ops-suite.ts';
import { fields, type MadeEntry, makeZip } from './make-zip.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Info-ZIP's field 0x7075: the name in UTF-8, and the CRC of the one that it stands for. */
function unicodePath(raw: Uint8Array, name: string): Uint8Array {
  const bytes = utf8(name);
  return Buffer.concat([
    fields([2, 0x7075], [2, 5 + bytes.length]),
    Buffer.of(1),
    fields([4, crc32(raw)]),
    bytes,
  ]);
}

const CP437 = Uint8Array.of(0x81, 0x2e, 0x74);

test.each<[string, MadeEntry, string]>([
  ['ASCII', { name: 'a.t' }, 'a.t'],
  ['UTF-8 that says so', { name: 'ü.t' }, 'ü.t'],
  ['UTF-8 that does not', { name: utf8('ü.t'), flags: 0 }, 'ü.t'],
  ['code page 437', { name: CP437, flags: 0 }, 'ü.t'],
  ['a name beside it', { name: CP437, flags: 0, extra: unicodePath(CP437, '日.t') }, '日.t'],
  ['a name beside ASCII', { name: 'x.t', extra: unicodePath(utf8('x.t'), '日.t') }, '日.t'],
  ['a name beside another', { name: 'x.t', extra: unicodePath(utf8('y.t'), '日.t') }, 'x.t'],
  ['dots within', { name: '..a/b..c/...t' }, '..a/b..c/...t'],
  ['a colon', { name: 'ab:c.t' }, 'ab:c.t'],
  ['64 directories', { name: `${'d/'.repeat(64)}a` }, `${'d/'.repeat(64)}a`],
])('%s', async (_name, entry, name) => {
  const fops = new ZipFops(
    new MemoryFops().set('/x.zip', makeZip([{ content: 'text', ...entry }])),
  );
  expect(await openNow(fops, '/x.zip', `/${name}`)).toMatchObject({ length: 4 });
});
