import type { CodedError, FopsFile, FopsFlags } from '@lws-ts/interface';
import { describe, expect, test } from 'vitest';
import { DiskFops, FopsBase } from '../src/index.ts';
import { descriptors, diskRoot } from './disk-root.ts';
import { fileOpsSuite, openFile, openNow, readText, SUITE_FILES } from './file-ops-suite.ts';

const root = diskRoot(SUITE_FILES);
const disk = new DiskFops();

describe('the suite, through one layer', () => {
  fileOpsSuite(() => ({ fops: new FopsBase('layer', disk), root, openFiles: descriptors }));
});
describe('the suite, through two layers', () => {
  fileOpsSuite(() => ({
    fops: new FopsBase('upper', new FopsBase('lower', new DiskFops({ syncBytes: 0 }))),
    root,
    openFiles: descriptors,
  }));
});

/** Overrides one operation; the others go to the next. */
class ShoutingFops extends FopsBase {
  override read(
    file: FopsFile,
    into: Uint8Array,
    done: (got: number | CodedError) => void,
  ): number | CodedError | undefined {
    const got = super.read(file, into, done);
    if (typeof got === 'number')
      for (let at = 0; at < got; at++) {
        const byte = into[at] ?? 0;
        if (byte >= 0x61 && byte <= 0x7a) into[at] = byte - 0x20;
      }
    return got;
  }
}

/** Overrides `open`, and makes a name of its own. */
class AliasFops extends FopsBase {
  override open(
    path: string,
    virtualPath: string,
    flags: FopsFlags,
    done: (file: FopsFile | CodedError) => void,
  ): void {
    super.open(path, virtualPath === '/alias.txt' ? '/hello.txt' : virtualPath, flags, done);
  }
}

test('an overridden read is what reads', async () => {
  const file = await openFile(new ShoutingFops('shouting', disk), root, '/hello.txt');
  expect(await readText(file, 5)).toBe('HELLO, WORLD');
  file.fops.close(file);
});

test('overrides of two layers work together', async () => {
  const fops = new AliasFops('alias', new ShoutingFops('shouting', disk));
  const file = await openFile(fops, root, '/alias.txt');
  expect([file.fops.name, file.length, file.virtual]).toEqual(['alias', 12, false]);
  file.position = 7;
  expect(await readText(file, 5)).toBe('WORLD');
  file.fops.close(file);
  expect(await openNow(fops, root, '/none')).toMatchObject({ code: 'LWS_ERR_VFS_NOT_FOUND' });
});

test('flags the base does not know reach the disk', async () => {
  const fops = new FopsBase('layer', disk);
  const flags = { write: false, acceptGzip: false, follow: true };
  const opened = await openNow(fops, '/proc/self', 'exe', flags);
  expect('fops' in opened).toBe(true);
  if ('fops' in opened) opened.fops.close(opened);
  expect(await openNow(fops, '/proc/self', 'exe')).toMatchObject({ code: 'LWS_ERR_VFS_OUTSIDE' });
});
