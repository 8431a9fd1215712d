import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { root as repository } from './repository.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'release-test-'));
  for (const file of ['package.json', 'pnpm-workspace.yaml', '.changeset/config.json']) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    cpSync(join(repository, file), join(root, file));
  }
  pack('packages/one', { name: '@lws-ts/one', version: '0.0.0' });
  pack('apps/two', { name: 'lws-ts', version: '0.0.0' });
  pack('bench', { name: '@lws-ts/bench', version: '0.0.0', private: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function pack(home: string, manifest: Readonly<Record<string, unknown>>): void {
  mkdirSync(join(root, home), { recursive: true });
  writeFileSync(join(root, home, 'package.json'), JSON.stringify(manifest));
}

const change = (names: readonly string[], text: string): void =>
  writeFileSync(
    join(root, '.changeset/first.md'),
    `---\n${names.map((name) => `"${name}": minor\n`).join('')}---\n\n${text}\n`,
  );

const check = (): { status: number | null; said: string } => {
  const command = [join(repository, 'scripts/check-release.mjs'), root];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  return { status, said: stdout + stderr };
};
const sentence = 'Herons stand on one leg while they wait.';

describe('check-release', () => {
  test('is content with a first release', () => {
    change(['@lws-ts/one', 'lws-ts'], sentence);
    expect(check()).toEqual({ status: 0, said: 'release: ok, 2 packages, 1 changesets\n' });
  });

  test('is content with a later release of some packages', () => {
    for (const [home, name] of [
      ['packages/one', '@lws-ts/one'] as const,
      ['apps/two', 'lws-ts'] as const,
    ]) {
      pack(home, { name, version: '0.1.0' });
      writeFileSync(join(root, home, 'CHANGELOG.md'), `# ${name}\n`);
    }
    expect(check()).toEqual({ status: 0, said: 'release: no changeset waits\n' });
    change(['@lws-ts/one'], sentence);
    expect(check()).toEqual({ status: 0, said: 'release: ok, 2 packages, 1 changesets\n' });
  });

  test.each<[string, readonly string[], string, string]>([
    ['a package nobody names', ['@lws-ts/one'], sentence, 'lws-ts is published and named by no'],
    [
      'a private package that is named',
      ['@lws-ts/one', 'lws-ts', '@lws-ts/bench'],
      sentence,
      'a changeset names @lws-ts/bench, which is not published',
    ],
    ['a changeset that says nothing', ['@lws-ts/one', 'lws-ts'], '', 'says nothing'],
    ['a changelog of one word', ['@lws-ts/one', 'lws-ts'], 'Fixes.', 'does not read well'],
  ])('refuses %s', (_name, names, text, says) => {
    change(names, text);
    const { status, said } = check();
    expect(said).toContain(says);
    expect(status).toBe(1);
  });
});
