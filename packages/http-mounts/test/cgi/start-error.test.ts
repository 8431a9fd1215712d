/** Why a script did not start. */
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startError } from '../../src/cgi/start-error.ts';
import type { CgiMount } from '../../src/mount.ts';

const folder = mkdtempSync(join(tmpdir(), 'lws-start-error-'));
const script = join(folder, 'script');
writeFileSync(script, '#!/none/of/this');
chmodSync(script, 0o755);

const codeOf = (program: string, code: string): string =>
  startError({ program } as CgiMount, Object.assign(new Error(code), { code })).code;

test.each(['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM'])('%s: the server is busy', (code) => {
  expect(codeOf(script, code)).toBe('LWS_ERR_MOUNT_CGI_BUSY');
});

test.each([
  ['is not there', join(folder, 'none'), 'LWS_ERR_MOUNT_CGI_ABSENT'],
  ['has an interpreter that is not there', script, 'LWS_ERR_MOUNT_CGI_START'],
  ['is a directory', folder, 'LWS_ERR_MOUNT_CGI_START'],
])('ENOENT of a program that %s', (_what, program, code) => {
  expect(codeOf(program, 'ENOENT')).toBe(code);
});
