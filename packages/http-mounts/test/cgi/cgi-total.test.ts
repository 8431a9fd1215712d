/** CGI-8, EXH-2: scripts of all mounts of a context have a bound, and their pipes count among its descriptors. */
import { existsSync, writeFileSync } from 'node:fs';
import { VirtualClock } from '@lws-ts/test-kit';
import { describe, expect, test, vi } from 'vitest';
import { type CgiContext, CgiScripts } from '../../src/cgi/cgi-scripts.ts';
import { mountErrors } from '../../src/errors.ts';
import type { CgiMount, Mount } from '../../src/mount.ts';
import { get, logged, type OpenCgi, openMounts, plain, readAnswer, sh } from './open-cgi.ts';

const posix = process.platform === 'win32' ? 'scripts are run on POSIX' : undefined;
const waits = sh(
  'touch "ran-$QUERY_STRING"',
  'while [ ! -e go ]; do sleep 0.05; done',
  plain,
  'echo done',
);

/** Mounts at `/a` and `/b` whose scripts run until there is a file `go`. */
function openTwo(contextOptions: Readonly<Record<string, unknown>>): Promise<OpenCgi> {
  return openMounts(
    (folder) => {
      writeFileSync(`${folder}/script`, waits, { mode: 0o755 });
      return ['/a', '/b'].map(
        (mountpoint): Mount => ({ mountpoint, origin: `cgi://${folder}/script` }),
      );
    },
    {},
    contextOptions,
  );
}

/** A request whose script runs. */
async function begin({ connect, folder }: OpenCgi, path: string, name: string) {
  const peer = await connect();
  await peer.send(get(`${path}?${name}`));
  await vi.waitUntil(() => existsSync(`${folder}/ran-${name}`), { timeout: 5000 });
  return peer;
}

describe.skipIf(posix !== undefined)('over all mounts', () => {
  test('one script more than maxScriptsTotal is 503 with Retry-After, whichever mount it is of', async () => {
    const opened = await openTwo({ maxScriptsTotal: 2 });
    const peers = [await begin(opened, '/a', '1'), await begin(opened, '/b', '2')];
    for (const path of ['/a', '/b']) {
      const refused = readAnswer(await opened.ask(get(path)));
      expect(refused.status).toBe(503);
      expect(refused.head).toMatch(/\r\nretry-after: \d+\r\n/);
    }
    expect([...opened.vhost.counters.refused]).toEqual([['LWS_ERR_MOUNT_CGI_TOTAL', 2]]);
    expect(logged.filter((line) => line.includes('LWS_ERR_MOUNT_CGI_TOTAL'))).toHaveLength(2);
    writeFileSync(`${opened.folder}/go`, '');
    for (const peer of peers) await vi.waitUntil(() => peer.ended, { timeout: 5000 });
    await vi.waitUntil(async () => readAnswer(await opened.ask(get('/a'))).status === 200);
  });

  test.each([0, 16_385, 1.5, '9'])('maxScriptsTotal of %s is refused', async (maxScriptsTotal) => {
    await expect(openTwo({ maxScriptsTotal })).rejects.toMatchObject({ code: 'LWS_ERR_OPTION' });
  });

  test('a script counts as three connections: where there is no room for them it is 503', async () => {
    const opened = await openTwo({ fdLimitPerThread: 8 });
    const peers = [await begin(opened, '/a', '1'), await begin(opened, '/b', '2')];
    const refused = readAnswer(await opened.ask(get('/b')));
    expect([refused.status, /\r\nretry-after: \d+\r\n/.test(refused.head)]).toEqual([503, true]);
    expect([...opened.vhost.counters.refused]).toEqual([['LWS_ERR_MOUNT_CGI_BUSY', 1]]);
    writeFileSync(`${opened.folder}/go`, '');
    for (const peer of peers) await vi.waitUntil(() => peer.ended, { timeout: 5000 });
    // connections count until they are closed
    await vi.waitUntil(async () => readAnswer(await opened.ask(get('/b'))).status === 200, {
      timeout: 8000,
      interval: 1100,
    });
  });
});

describe.skipIf(posix !== undefined)('descriptors of scripts', () => {
  const peer = { family: 'ipv4', address: '192.0.2.1', port: 1 } as const;
  const mount = (program: string): CgiMount =>
    ({
      kind: 'cgi',
      mountpoint: '/s',
      program,
      cgiWd: '/',
      maxScripts: 9,
      maxScriptsPerPeer: 9,
    }) as CgiMount;

  function scripts(room = true) {
    let open = 0;
    const context: CgiContext = {
      clock: new VirtualClock(),
      descriptors: {
        hasRoom: () => room,
        opened(count) {
          open += count;
        },
      },
      log: () => undefined,
      run: (job) => job(),
    };
    return { made: new CgiScripts(context, 9), open: () => open };
  }

  test('are three from its start until its pipes are closed, also when it has ended before', async () => {
    const { made, open } = scripts();
    let exited = false;
    const run = made.run(mount('/bin/pwd'), {}, peer, {
      failed: () => undefined,
      exited() {
        exited = true;
      },
    });
    run.stdout.on('readable', () => undefined);
    expect(open()).toBe(3);
    await vi.waitUntil(() => exited);
    // nobody has read what it said
    expect(open()).toBe(3);
    run.killNow();
    await vi.waitUntil(() => open() === 0);
  });

  test('are none of one that could not be started', async () => {
    const { made, open } = scripts();
    let failed = false;
    made.run(mount('/none/such'), {}, peer, {
      failed() {
        failed = true;
      },
      exited: () => undefined,
    });
    await vi.waitUntil(() => failed);
    expect(open()).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(open()).toBe(0);
  });

  test('without room for them it is refused', () => {
    const { made } = scripts(false);
    expect(made.refusal(mount('/bin/pwd'), peer)).toBe(mountErrors.LWS_ERR_MOUNT_CGI_BUSY);
  });
});
