/**
 * What a login costs does not tell how much of it is right. Not by the clock, which proves nothing on a busy machine: the
 * hashes that are made and the comparisons that are done are written down, and are the same whoever asks.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { LoginFile } from '../src/login-file.ts';
import { crypto } from '../src/node-crypto.ts';
import { diskRoot } from './mounted.ts';

const hash = (name: 'sha256' | 'sha512', text: string): string =>
  createHash(name).update(text).digest('base64');

const file = join(diskRoot({}), 'logins');
writeFileSync(
  file,
  [
    'ann:apple',
    `bob:{SHA256}${hash('sha256', 'banana')}`,
    `cid:{SHA512}${hash('sha512', 'cherry')}`,
    'dora:a password that is much longer than the others',
    'zoe:z',
  ].join('\n'),
);

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

afterEach(() => {
  vi.restoreAllMocks();
});

/** Each hash by its name, each comparison by how many bytes are compared, in order. */
function workOf(user: string, password: string): { work: string[]; known: boolean | undefined } {
  const logins = new LoginFile(file);
  // reads the file, which is not what is looked at
  logins.has(bytes(''), bytes(''), 0);
  const work: string[] = [];
  const { createHash: make, timingSafeEqual: compare } = crypto();
  vi.spyOn(crypto(), 'createHash').mockImplementation((name, options) => {
    work.push(`hash ${name}`);
    return make(name, options);
  });
  vi.spyOn(crypto(), 'timingSafeEqual').mockImplementation((one, other) => {
    work.push(`compare ${one.byteLength} with ${other.byteLength}`);
    return compare(one, other);
  });
  const known = logins.has(bytes(user), bytes(password), 1);
  vi.restoreAllMocks();
  return { work, known };
}

const everybody = [
  'hash sha256',
  'hash sha256',
  'hash sha512',
  ...['32', '32', '64', '32', '32'].flatMap((secret) => [
    'compare 32 with 32',
    `compare ${secret} with ${secret}`,
  ]),
];

test.each([
  ['the first line', 'ann', 'apple', true],
  ['a digest', 'bob', 'banana', true],
  ['a long digest', 'cid', 'cherry', true],
  ['the last line', 'zoe', 'z', true],
  ['an unknown user', 'eve', 'apple', false],
  ['a wrong password of the same length', 'ann', 'appla', false],
  ['a wrong password, the first letter right', 'ann', 'axxxx', false],
  ['a shorter password', 'ann', 'appl', false],
  ['a longer password', 'ann', 'apple-and-more', false],
  ['no password', 'ann', '', false],
  ['the password of another', 'ann', 'banana', false],
  ['a longer name', 'annabel', 'apple', false],
  ['a shorter name', 'an', 'apple', false],
  ['nothing', '', '', false],
  ['a name and a password of 1 KiB', 'n'.repeat(1024), 'p'.repeat(1024), false],
])('the work is the same for %s', (_what, user, password, right) => {
  const { work, known } = workOf(user, password);
  expect(known).toBe(right);
  expect(work).toEqual(everybody);
});
