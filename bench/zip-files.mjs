/**
 * What files out of an archive cost beside what they are made of: `npm run --prefix bench zip`.
 * All in one process and one run, A B A B, at fixed counts; CPU time by process.cpuUsage, medians of the rounds.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInflateRaw, deflateRawSync, inflateRawSync } from 'node:zlib';
import { DiskFops, ZipFops } from '@lws-ts/vfs';
import yauzl from 'yauzl';
import { makeArchive, text } from './load/make-archive.mjs';

const rounds = Number(process.argv[2] ?? 9);
const base = mkdtempSync(join(tmpdir(), 'lws-zip-bench-'));
const plain = { write: false, acceptGzip: false };
const gzip = { write: false, acceptGzip: true };

function open(fops, root, path, flags) {
  return new Promise((resolve, reject) => {
    fops.open(root, path, flags, (file) => ('fops' in file ? resolve(file) : reject(file)));
  });
}

function readSome(file, into) {
  return new Promise((resolve, reject) => {
    const settle = (got) => (typeof got === 'number' ? resolve(got) : reject(got));
    const now = file.fops.read(file, into, settle);
    if (now !== undefined) settle(now);
  });
}

async function readWhole(fops, root, path, flags, into) {
  const file = await open(fops, root, path, flags);
  let sum = 0;
  while (sum < file.length) sum += await readSome(file, into);
  file.fops.close(file);
  return sum;
}

async function timed(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];

async function compare(name, times, ours, theirs, most) {
  const a = [];
  const b = [];
  for (let round = -1; round < rounds; round++) {
    const one = (await timed(ours)) / times;
    const other = (await timed(theirs)) / times;
    // the first round is to warm up
    if (round < 0) continue;
    a.push(one);
    b.push(other);
  }
  const ratio = median(a) / median(b);
  console.log(
    `${name.padEnd(52)} ${median(a).toFixed(1).padStart(10)} ${median(b).toFixed(1).padStart(10)} us` +
      `  ratio ${ratio.toFixed(2)} (at most ${most})`,
  );
}

const times = (count, work) => async () => {
  for (let at = 0; at < count; at++) await work();
};

function yauzlLoop(path) {
  return new Promise((resolve, reject) => {
    yauzl.open(path, { lazyEntries: true }, (error, zip) => {
      if (error) {
        reject(error);
        return;
      }
      zip.on('entry', () => zip.readEntry());
      zip.on('end', resolve);
      zip.on('error', reject);
      zip.readEntry();
    });
  });
}

function inflateStream(packed) {
  return new Promise((resolve, reject) => {
    const engine = createInflateRaw({ chunkSize: 65_536 });
    engine.on('data', () => {});
    engine.on('end', resolve);
    engine.on('error', reject);
    engine.end(packed);
  });
}

try {
  console.log(`node ${process.version}, load ${loadavg()[0].toFixed(2)}, ${rounds} rounds`);
  console.log(`${''.padEnd(52)} ${'ours'.padStart(10)} ${'beside'.padStart(10)}`);
  const many = join(base, 'many.zip');
  const entries = 10_000;
  writeFileSync(
    many,
    makeArchive(
      Array.from({ length: entries }, (_, at) => ({
        name: `assets/section-${at % 100}/page-${at}.html`,
        content: Buffer.from(`page ${at}`),
      })),
    ),
  );
  await compare(
    'index 10,000 entries, beside yauzl.open and its loop',
    1,
    () =>
      readWhole(
        new ZipFops(new DiskFops()),
        many,
        '/assets/section-0/page-0.html',
        gzip,
        new Uint8Array(64),
      ),
    () => yauzlLoop(many),
    3,
  );
  const most = join(base, 'most.zip');
  writeFileSync(
    most,
    makeArchive(
      Array.from({ length: 65_535 }, (_, at) => ({
        name: `assets/section-${at % 100}/page-${at}.html`,
        content: Buffer.alloc(0),
      })),
    ),
  );
  const spent = [];
  for (let round = 0; round < rounds; round++)
    spent.push(
      await timed(() =>
        readWhole(
          new ZipFops(new DiskFops()),
          most,
          '/assets/section-0/page-0.html',
          gzip,
          new Uint8Array(64),
        ),
      ),
    );
  console.log(
    `index 65,535 entries: ${(median(spent) / 1000).toFixed(0)} ms of CPU, the first ${(spent[0] / 1000).toFixed(0)} ms (at most 200)`,
  );
  if (globalThis.gc !== undefined) {
    const kept = [];
    const size = async () => {
      // What was let go of outside of the heap comes back a few turns later.
      for (let turn = 0; turn < 5; turn++) {
        globalThis.gc();
        await new Promise((next) => {
          setImmediate(next);
        });
      }
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    const before = await size();
    for (let at = 0; at < 5; at++) {
      const fops = new ZipFops(new DiskFops());
      await readWhole(fops, many, '/assets/section-0/page-0.html', gzip, new Uint8Array(64));
      kept.push(fops);
    }
    console.log(
      `memory of an index: ${(((await size()) - before) / kept.length / entries).toFixed(0)} bytes an entry (at most 250)`,
    );
  }
  const small = text(65_536);
  const large = text(4 * 1024 * 1024);
  const packedSmall = deflateRawSync(small);
  const packedLarge = deflateRawSync(large);
  const zip = join(base, 'site.zip');
  writeFileSync(
    zip,
    makeArchive([
      { name: 'small.html', content: small },
      { name: 'large.html', content: large },
    ]),
  );
  writeFileSync(join(base, 'same.html'), Buffer.alloc(packedSmall.length + 18, 1));
  const fops = new ZipFops(new DiskFops());
  const into = new Uint8Array(65_536);
  await compare(
    `pass 64 KiB as ${packedSmall.length + 18} B gzip, beside a disk file of it`,
    2000,
    times(2000, () => readWhole(fops, zip, '/small.html', gzip, into)),
    times(2000, () => readWhole(fops, base, '/same.html', plain, into)),
    1.1,
  );
  await compare(
    'inflate 64 KiB, beside inflateRawSync alone',
    300,
    times(300, () => readWhole(fops, zip, '/small.html', plain, into)),
    times(300, async () => inflateRawSync(packedSmall)),
    1.2,
  );
  await compare(
    'inflate 4 MiB, beside a stream of zlib alone',
    10,
    times(10, () => readWhole(fops, zip, '/large.html', plain, into)),
    times(10, () => inflateStream(packedLarge)),
    1.2,
  );
  console.log(`load ${loadavg()[0].toFixed(2)}`);
} finally {
  rmSync(base, { recursive: true });
}
