import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setLogLevel } from '@lws-ts/core';
import { VirtualClock } from '@lws-ts/test-kit';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { AccessLogFile } from '../src/access-log-file.ts';

type Told = (error: Error | null, written: number) => void;
/** How many bytes the disk takes of the next writes; undefined: all, -1: an error of the disk. */
const disk = vi.hoisted(() => ({ takes: [] as number[] }));

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const write = (
    to: number,
    bytes: Uint8Array,
    from: number,
    length: number,
    at: null,
    told: Told,
  ) => {
    const takes = disk.takes.shift() ?? length;
    if (takes >= 0) fs.write(to, bytes, from, takes, at, told);
    else setImmediate(told, Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO' }), 0);
  };
  return { ...fs, write };
});

const folder = mkdtempSync(join(tmpdir(), 'access-log-file-'));
const logged: string[] = [];
let files = 0;

beforeEach(() => {
  logged.length = 0;
  disk.takes.length = 0;
  setLogLevel(7, (_level, line) => logged.push(line));
});

afterAll(() => rmSync(folder, { recursive: true }));

function openFile(path = join(folder, `access-${++files}.log`)) {
  const clock = new VirtualClock();
  const file = new AccessLogFile(path, clock);
  const text = (): string => readFileSync(path, 'latin1');
  return { path, clock, file, text };
}

describe('a file of lines', () => {
  test('drops what is more than 1 MiB before the disk, and says how many lines', async () => {
    const { file, text } = openFile();
    const line = `${'x'.repeat(1023)}\n`;
    // the first 64 are on their way, 1024 wait
    for (let each = 0; each < 64 + 1024 + 7; each++) file.add(line);
    await vi.waitFor(() => expect(text().length).toBe((64 + 1024) * 1024));
    await vi.waitFor(() => expect(logged).toEqual([expect.stringMatching(/ 7 lines dropped$/)]));
    file.add('after\n');
    file.close();
    await vi.waitFor(() => expect(text().endsWith('x\nafter\n')).toBe(true));
  });

  test('goes on behind an error of the disk: told once, its lines counted, none of them torn', async () => {
    const { file, clock, text } = openFile();
    disk.takes.push(3, -1, -1);
    file.add('lost 1\nlost 2\n');
    await clock.advance(250);
    await vi.waitFor(() =>
      expect(logged).toEqual([expect.stringMatching(/: EIO: i\/o error, write$/)]),
    );
    file.add('lost 3\n');
    await clock.advance(250);
    await vi.waitFor(() => expect(disk.takes).toEqual([]));
    await clock.advance(250);
    expect(logged).toHaveLength(1);
    file.add('kept\n');
    file.close();
    await vi.waitFor(() => expect(text()).toBe('los\nkept\n'));
    await vi.waitFor(() =>
      expect(logged).toEqual([logged[0], expect.stringMatching(/ 3 lines dropped$/)]),
    );
  });

  test('goes on behind a write that took a part', async () => {
    const { file, text } = openFile();
    disk.takes.push(1, 2);
    file.add('one\ntwo\n');
    file.close();
    await vi.waitFor(() => expect(text()).toBe('one\ntwo\n'));
    expect(logged).toEqual([]);
  });

  test.skipIf(!existsSync('/dev/full'))('on a full disk ends without a throw', async () => {
    const { file, clock } = openFile('/dev/full');
    file.add('lost\n');
    await clock.advance(250);
    await vi.waitFor(() => expect(logged).toEqual([expect.stringMatching(/ ENOSPC: .*, write$/)]));
    file.add('lost too\n');
    file.close();
    await new Promise((done) => setTimeout(done, 20));
    expect(logged).toHaveLength(1);
  });

  test('that cannot be opened anew goes on in the old one', async () => {
    const away = mkdtempSync(join(tmpdir(), 'access-log-away-'));
    const { file, clock } = openFile(join(away, 'access.log'));
    renameSync(away, `${away}-moved`);
    file.reopen();
    await vi.waitFor(() => expect(logged).toEqual([expect.stringMatching(/ ENOENT: .*, open /)]));
    file.add('kept\n');
    await clock.advance(250);
    const moved = join(`${away}-moved`, 'access.log');
    await vi.waitFor(() => expect(readFileSync(moved, 'latin1')).toBe('kept\n'));
    file.close();
    rmSync(`${away}-moved`, { recursive: true });
  });

  test('takes nothing once it is closed', async () => {
    const { file, clock, text } = openFile();
    file.close();
    file.close();
    file.add('late\n');
    file.reopen();
    await clock.advance(250);
    expect([text(), logged]).toEqual(['', []]);
  });
});
