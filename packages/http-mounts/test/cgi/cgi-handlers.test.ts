/** The group `cgi` of a protocol that a mount names: what is told of each run, and what a handler may do to it. */
import { existsSync, readFileSync } from 'node:fs';
import {
  type CgiEnd,
  type CgiHandlers,
  type CgiScript,
  type CodedError,
  type Done,
  protocol,
} from '@lws-ts/interface';
import { describe, expect, test, vi } from 'vitest';
import {
  type Answer,
  alive,
  get,
  logged,
  type OpenCgi,
  openCgi,
  plain,
  readAnswer,
  sh,
} from './open-cgi.ts';

const posix = process.platform === 'win32' ? 'scripts need process groups' : undefined;

interface Told {
  readonly served: OpenCgi;
  readonly said: string[];
  readonly scripts: CgiScript<string>[];
  readonly ends: CgiEnd[];
}

/** A script at `/s`, and what its protocol hears. */
async function watched(
  script: string,
  own: CgiHandlers<string> = {},
  members: object = {},
): Promise<Told> {
  const said: string[] = [];
  const scripts: CgiScript<string>[] = [];
  const ends: CgiEnd[] = [];
  const watches = protocol({
    name: 'watches',
    vhostData: (vhost) => `data of ${vhost.name}`,
    cgi: {
      processAttach(run) {
        said.push('attached');
        scripts.push(run);
        return own.processAttach?.(run);
      },
      stderr(run, line) {
        said.push(`${run === scripts[0]} ${line}`);
        return own.stderr?.(run, line);
      },
      terminated(run, end) {
        said.push(`terminated ${run === scripts.at(-1)}`);
        ends.push(end);
        return own.terminated?.(run, end);
      },
    },
  });
  const protocols = [watches];
  const served = await openCgi(script, { protocol: 'watches', ...members }, { protocols });
  return { served, said, scripts, ends };
}

const ask = async ({ served }: Told, method = 'GET'): Promise<Answer> =>
  readAnswer(await served.ask(get('/s/p%20q?x', '', method)));

describe.skipIf(posix !== undefined)('the group cgi', () => {
  test('is told of a run, each line of its stderr, and its end, in this order', async () => {
    const told = await watched(
      sh('echo $$ >pid', 'echo one >&2', plain, 'printf "two \\303\\251" >&2', 'exit 3'),
    );
    expect((await ask(told, 'PUT')).status).toBe(200);
    await vi.waitUntil(() => told.ends.length > 0);
    expect(told.said).toEqual(['attached', 'true one', 'true two \u00e9', 'terminated true']);
    const pid = Number(readFileSync(`${told.served.folder}/pid`, 'utf8'));
    expect(told.scripts[0]).toMatchObject({
      pid,
      mountpoint: '/s',
      method: 'PUT',
      path: '/s/p q',
      vhostData: 'data of default',
    });
    expect(told.scripts[0]?.peer.family).toBe('ipv4');
    expect(told.ends).toEqual([{ code: 3, signal: undefined, error: undefined }]);
    // in place of lines of the log
    expect(logged.join('\n')).not.toContain('one');
  });

  test('gets each line, where the log has 32 a second, and 256 bytes of one', async () => {
    const told = await watched(sh('seq 500 >&2', `printf '%0999d\\n' 0 >&2`, plain));
    await ask(told);
    await vi.waitUntil(() => told.ends.length > 0);
    expect(told.said).toHaveLength(503);
    expect(told.said.at(-2)).toBe(`true ${'0'.repeat(256)}`);
  });

  test.each([
    ['a signal', sh(plain, 'kill -9 $$'), {}, { signal: 'SIGKILL' }, 'LWS_ERR_MOUNT_CGI_CUT'],
    ['no head', sh('exit 1'), {}, { code: 1 }, 'LWS_ERR_MOUNT_CGI_HEAD'],
    [
      'silence',
      sh('sleep 60'),
      { cgiTimeout: 0.3 },
      { signal: 'SIGTERM' },
      'LWS_ERR_MOUNT_CGI_TIMEOUT',
    ],
  ] as const)('says why the answer was no good: %s', async (_what, script, members, end, code) => {
    const told = await watched(script, {}, members);
    await ask(told);
    await vi.waitUntil(() => told.ends.length > 0, { timeout: 5000 });
    const error = expect.objectContaining({ code });
    expect(told.ends).toEqual([{ code: undefined, signal: undefined, ...end, error }]);
  });

  test('says that the peer was gone', async () => {
    const told = await watched(sh(plain, 'echo said', 'exec sleep 60'));
    const peer = await told.served.connect();
    await peer.send(get('/s'));
    // who is still writing ends by SIGPIPE
    await vi.waitUntil(() => peer.text.includes('said'));
    await peer.reset();
    await vi.waitUntil(() => told.ends.length > 0, { timeout: 5000 });
    expect(told.ends[0]).toMatchObject({
      signal: 'SIGTERM',
      error: { code: 'LWS_ERR_TRANSPORT_RESET' },
    });
  });

  test('is told of the end once, when a child has stderr open for longer', async () => {
    const told = await watched(
      sh(plain, '(sleep 0.3; echo late >&2) >/dev/null </dev/null &', 'echo now'),
      {},
      {},
    );
    expect((await ask(told)).body).toBe('now\n');
    await vi.waitUntil(() => told.ends.length > 0, { timeout: 5000 });
    // what is left in the group is ended with the answer
    expect(told.said).toEqual(['attached', 'terminated true']);
    expect(told.ends).toHaveLength(1);
  });

  test('without stderr leaves lines to the log', async () => {
    const ends: CgiEnd[] = [];
    const quiet = protocol({
      name: 'quiet',
      cgi: { terminated: (_run, end) => void ends.push(end) },
    });
    const served = await openCgi(
      sh('echo one >&2', plain),
      { protocol: 'quiet' },
      { protocols: [quiet] },
    );
    await served.ask(get('/s'));
    await vi.waitUntil(() => ends.length > 0);
    expect(logged.join('\n')).toContain('cgi /s: one');
  });

  test('is told of no run that was not', async () => {
    const told = await watched('#!/no/such/interpreter\n');
    expect((await ask(told)).status).toBe(500);
    expect(told.said).toEqual([]);
  });

  const wrong: readonly (readonly [string, () => Done, number, CodedError['code']])[] = [
    ['-1', () => -1, 403, 'LWS_ERR_MOUNT_ACCESS'],
    [
      'an exception',
      () => {
        throw new Error('of the program');
      },
      500,
      'LWS_ERR_HTTP_HANDLER',
    ],
    [
      'a promise',
      (async () => {
        throw new Error('of the program');
      }) as unknown as () => Done,
      500,
      'LWS_ERR_HANDLER_ASYNC',
    ],
  ];

  test.each(wrong)('ends the script by %s of processAttach', async (_what, run, status, code) => {
    const told = await watched(sh('sleep 60', 'touch ran'), { processAttach: run });
    expect((await ask(told)).status).toBe(status);
    await vi.waitUntil(() => told.ends.length > 0, { timeout: 5000 });
    expect(told.ends[0]).toMatchObject({ signal: 'SIGTERM', error: { code } });
    expect(told.served.vhost.counters.refused.get(code)).toBe(1);
    expect(alive(told.scripts[0]?.pid as number)).toBe(false);
  });

  test.each(wrong)('cuts an answer by %s of stderr', async (_what, run, _status, code) => {
    const told = await watched(sh(plain, 'echo some', 'sleep 0.3', 'echo bad >&2', 'sleep 60'), {
      stderr: run,
    });
    expect(await ask(told)).toMatchObject({ status: 200, body: 'some\n', whole: false });
    await vi.waitUntil(() => told.ends.length > 0, { timeout: 5000 });
    expect(told.served.vhost.counters.refused.get(code)).toBe(1);
  });

  test.each(wrong)(
    'is reported, and no more, by %s of terminated',
    async (_what, run, _s, code) => {
      const told = await watched(sh(plain, 'echo all'), { terminated: run });
      expect(await ask(told)).toMatchObject({ body: 'all\n', whole: true });
      await vi.waitUntil(() => told.served.vhost.counters.refused.get(code) === 1);
      expect((await ask(told)).whole).toBe(true);
    },
  );

  test('is told nothing any more once the context is closed', async () => {
    const told = await watched(sh('touch ran', 'echo $$ >pid', 'sleep 60'));
    const peer = await told.served.connect();
    await peer.send(get('/s'));
    await vi.waitUntil(() => existsSync(`${told.served.folder}/pid`));
    await told.served.close();
    await vi.waitUntil(() => !alive(told.scripts[0]?.pid as number), { timeout: 3000 });
    await new Promise((later) => setTimeout(later, 100));
    expect(told.said).toEqual(['attached']);
  });

  test.each([
    ['a protocol that is not there', 'none'],
    ['one without the group', 'other'],
  ])('has to be of the vhost: %s', async (_what, name) => {
    const protocols = [protocol({ name: 'other' })];
    await expect(openCgi(sh(plain), { protocol: name }, { protocols })).rejects.toMatchObject({
      code: 'LWS_ERR_MOUNT_PROTOCOL',
    });
  });
});
