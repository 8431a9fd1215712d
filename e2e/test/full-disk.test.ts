/** EXH-4: an upload to a disk that is full is refused, leaves nothing behind, and the server goes on. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { missing } from './missing.ts';

const built = fileURLToPath(new URL('../../packages/lws-ts/dist/index.js', import.meta.url));
/** A disk of 256 KiB at `$0`, which nobody else sees. */
const withDisk = 'mount -t tmpfs -o size=256k tmpfs "$0" && exec "$@"';
/** Prints its port, and when its input ends what is left on the disk and what was refused. */
const program = `
import { readdirSync } from 'node:fs';
import { createContext, postDemo, setLogLevel } from ${JSON.stringify(built)};
setLogLevel(0);
const uploadDir = process.argv[1];
const context = await createContext({
  port: 0, interface: '127.0.0.1', maxHttpBodySize: 2 ** 24,
  protocols: [postDemo.with({ maxFileBytes: 2 ** 24, uploadDir })],
  mounts: [{ mountpoint: '/formtest', origin: 'callback://protocol-post-demo' }],
});
console.log(context.vhosts[0].port);
process.stdin.resume().once('end', () => {
  console.log(JSON.stringify({ left: readdirSync(uploadDir).length, refused: [...context.counters.refused] }));
  void context.close({ deadlineSecs: 0 });
});
`;

test('ENOSPC: 507, nothing of the file is left, and a smaller one is taken', async (task) => {
  if (!existsSync(built)) task.skip(missing('lws-ts is not built: npm run build'));
  if (spawnSync('curl', ['--version']).status !== 0) task.skip(missing('there is no curl'));
  const folder = mkdtempSync(join(tmpdir(), 'lws-full-disk-'));
  try {
    const disk = ['-rm', 'sh', '-c', withDisk, folder];
    const probe = spawnSync('unshare', [...disk, 'true'], { encoding: 'utf8' });
    if (probe.status !== 0) task.skip(`no disk may be mounted here: ${probe.stderr}`);
    const server = spawn(
      'unshare',
      [...disk, process.execPath, '--input-type=module', '--eval', program, folder],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    try {
      const [port] = (await once(server.stdout, 'data')) as [Buffer];
      const upload = (bytes: number): string => {
        const file = `${folder}.bin`;
        writeFileSync(file, new Uint8Array(bytes));
        const form = ['-s', '-o', '/dev/null', '-w', '%{http_code}', '-F', `file=@${file}`];
        try {
          const url = `http://127.0.0.1:${port.toString().trim()}/formtest`;
          return execFileSync('curl', [...form, url], { encoding: 'utf8' });
        } finally {
          rmSync(file);
        }
      };
      expect(upload(1_000_000)).toBe('507');
      // there is room again with the answer
      expect(upload(200_000)).toBe('200');
      server.stdin.end();
      const [told] = (await once(server.stdout, 'data')) as [Buffer];
      const { left, refused } = JSON.parse(told.toString()) as {
        left: number;
        refused: [string, number][];
      };
      expect([left, refused.map(([code]) => code)]).toEqual([1, ['LWS_ERR_FORM_NO_SPACE']]);
    } finally {
      server.kill();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 30_000);
