/** What the log and the counters say of entries that are not served. */
import { resolveOptions } from '@lws-ts/interface';
import { describe, expect, test } from 'vitest';
import { FopsBase, MemoryFops, setFops, vfs, ZipFops, type ZipOptions } from '../../src/index.ts';
import { ArchiveLog } from '../../src/zip/archive-log.ts';
import { openNow } from '../file-ops-suite.ts';
import { type MadeEntry, makeZip } from './make-zip.ts';

const link: MadeEntry = { name: 'link', content: 'a', mode: 0o120777 };
const good: MadeEntry = { name: 'good', content: 'good' };

/** Archives behind a log on a clock that is turned by hand. */
function logged(archives: Readonly<Record<string, Uint8Array>>, options: ZipOptions = {}) {
  const lines: string[] = [];
  const clock = { time: 0, now: () => clock.time };
  const memory = new MemoryFops();
  for (const [name, zip] of Object.entries(archives)) memory.set(name, zip);
  const fops = new ZipFops(memory, options);
  fops.logTo(new ArchiveLog(clock, (line) => lines.push(line)));
  return { fops, memory, clock, lines };
}

test('one line for a reading, which names the first eight', async () => {
  const many = Array.from({ length: 20 }, (_, at) => ({ ...link, name: `link${at}` }));
  const { fops, lines } = logged({
    '/x.zip': makeZip([
      { name: '../up', content: '' },
      { ...good, name: 'twice' },
      { ...good, name: 'twice' },
      good,
    ]),
    '/y.zip': makeZip([...many, good]),
    '/z.zip': makeZip([good]),
  });
  for (const archive of ['/x.zip', '/y.zip', '/z.zip'])
    for (let time = 0; time < 2; time++) await openNow(fops, archive, '/good');
  const named = many.slice(0, 8).map(({ name }) => `${name}: it is a link or a device`);
  expect(lines).toEqual([
    '/x.zip: 2 of 4 entries are not served: entry 0: its name cannot be asked for; ' +
      'twice: its name is there twice',
    `/y.zip: 20 of 21 entries are not served: ${named.join('; ')}, and 12 more`,
  ]);
  expect([...fops.refusedEntries]).toEqual([
    ['/x.zip', 2],
    ['/y.zip', 20],
    ['/z.zip', 0],
  ]);
});

test.each<[string, MadeEntry, string]>([
  ['overlaps', { ...good, name: 'x', offset: 0 }, 'it overlaps another entry'],
  ['is damaged', { ...good, name: 'x', flags: 0x41 }, 'its directory record is damaged'],
])('an entry that %s is in the line', async (_what, entry, why) => {
  const { fops, lines } = logged({ '/x.zip': makeZip([good, entry]) });
  await openNow(fops, '/x.zip', '/good');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(why);
});

test.each<[string, MadeEntry, string]>([
  ['its header', { ...good, local: { name: 'evil' } }, 'its local header says something else'],
  ['its content', { ...good, crc: 1 }, 'its content is not what its checksum and size say'],
])('%s is judged when it is opened: one line, and it counts', async (_what, entry, why) => {
  const { fops, lines } = logged({ '/x.zip': makeZip([entry]) });
  for (let time = 0; time < 3; time++)
    expect(await openNow(fops, '/x.zip', '/good')).toMatchObject({ code: 'LWS_ERR_VFS_ZIP_ENTRY' });
  expect(lines).toEqual([`/x.zip: good is not served: ${why}`]);
  expect(fops.refusedEntries.get('/x.zip')).toBe(1);
});

test('an archive in an archive is named by where it lies', async () => {
  const { fops, lines } = logged({
    '/o.zip': makeZip([{ name: 'd/i.zip', content: makeZip([link, good]) }]),
    '/b.zip': makeZip([{ name: 'i.zip', content: makeZip([good]), crc: 1 }]),
  });
  await openNow(fops, '/o.zip', '/d/i.zip/good');
  await openNow(fops, '/b.zip', '/i.zip/good');
  expect(lines).toEqual([
    '/o.zip/d/i.zip: 1 of 2 entries are not served: link: it is a link or a device',
    '/b.zip: i.zip is not served: its content is not what its checksum and size say',
  ]);
});

test('ten lines a minute of one archive, ten a second of all; the next says how many were not shown', async () => {
  const entries = Array.from({ length: 40 }, (_, at) => ({ ...good, name: `${at}`, crc: 1 }));
  const { fops, clock, lines } = logged({
    '/x.zip': makeZip(entries),
    '/y.zip': makeZip(entries),
  });
  const openAt = async (archive: string, from: number, to: number): Promise<number> => {
    lines.length = 0;
    for (let at = from; at < to; at++) await openNow(fops, archive, `/${at}`);
    return lines.length;
  };
  expect(await openAt('/x.zip', 0, 12)).toBe(10);
  expect(await openAt('/y.zip', 0, 1)).toBe(0);
  clock.time = 1000;
  expect(await openAt('/x.zip', 12, 13)).toBe(0);
  expect(await openAt('/y.zip', 1, 2)).toBe(1);
  expect(lines[0]).toContain('(4 lines about archives not shown)');
  clock.time = 60_000;
  expect(await openAt('/x.zip', 13, 14)).toBe(1);
  expect(lines[0]).not.toContain('not shown');
  expect(fops.refusedEntries.get('/x.zip')).toBe(14);
});

test('vfs() gives archives the log of the context, also those that come later', async () => {
  const module = vfs();
  const zip = makeZip([link, good]);
  const memory = new MemoryFops().set('/x.zip', zip);
  const options = resolveOptions(module.contextOptions, { fops: new ZipFops(memory) }, 'it');
  const lines: string[] = [];
  module.install({
    clock: { now: () => 0, wallNow: () => 0, wakeAt: () => () => undefined },
    options,
    roles: [],
    run: (job: () => void) => job(),
    responders: [],
    prepareClient: () => () => undefined,
    descriptors: { hasRoom: () => true, opened: () => undefined },
    log: (level, line) => lines.push(`${level} ${line}`),
  });
  const line = 'warn /x.zip: 1 of 2 entries are not served: link: it is a link or a device';
  await openNow(options['fops'] as FopsBase, '/x.zip', '/good');
  expect(lines).toEqual([line]);
  setFops({ options }, new FopsBase('upper', new ZipFops(memory)));
  await openNow(options['fops'] as FopsBase, '/x.zip', '/good');
  expect(lines).toEqual([line, line]);
});

test('archives that two contexts share have both logs, until one is over or has others', async () => {
  const memory = new MemoryFops().set('/x.zip', makeZip([link, good]));
  const shared = new ZipFops(memory);
  const lines: string[] = [];
  const start = (name: string) => {
    const module = vfs();
    const options = resolveOptions(module.contextOptions, { fops: shared }, 'it');
    const installed = module.install({
      clock: { now: () => 0, wallNow: () => 0, wakeAt: () => () => undefined },
      descriptors: { hasRoom: () => true, opened: () => undefined },
      options,
      roles: [],
      run: (job: () => void) => job(),
      responders: [],
      prepareClient: () => () => undefined,
      log: () => lines.push(name),
    });
    return { options, installed };
  };
  let asked = 0;
  const heard = async (): Promise<string[]> => {
    lines.length = 0;
    // another archive each time, and so another reading
    const name = `/${++asked}.zip`;
    memory.set(name, makeZip([link, good]));
    await openNow(shared, name, '/good');
    return [...lines];
  };
  const one = start('one');
  const two = start('two');
  const three = start('three');
  expect(await heard()).toEqual(['one', 'two', 'three']);
  setFops({ options: two.options }, new MemoryFops());
  expect(await heard()).toEqual(['one', 'three']);
  three.installed.destroy?.();
  expect(await heard()).toEqual(['one']);
  setFops({ options: two.options }, new FopsBase('upper', shared));
  expect(await heard()).toEqual(['one', 'two']);
  one.installed.destroy?.();
  two.installed.destroy?.();
  expect(await heard()).toEqual([]);
});

describe.each<[string, () => void]>([
  [
    'throws',
    () => {
      throw new Error('not now');
    },
  ],
  ['gives a promise that is rejected', (() => Promise.reject(new Error('not now'))) as () => void],
])('a function that is told and %s', (_name, refused) => {
  test('is a line a second, and the archive is served all the same', async () => {
    // so many are read in more than one turn of the loop, where nobody would catch anything
    const many = Array.from({ length: 600 }, (_, at) => ({ ...link, name: `link${at}` }));
    const { fops, lines } = logged({ '/x.zip': makeZip([...many, good]) }, { refused });
    expect('fops' in (await openNow(fops, '/x.zip', '/good'))).toBe(true);
    await new Promise(setImmediate);
    const told = () => lines.filter((line) => line === '/x.zip: refused threw: not now').length;
    expect(told()).toBe(1);
    expect(fops.refusedEntries.get('/x.zip')).toBe(600);
  });
});
