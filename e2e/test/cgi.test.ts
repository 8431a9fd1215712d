/** CGI-1 to CGI-10 with real scripts behind a real server, and what is left of all of them in the end: nothing. */
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type CgiCase, cgiCases, noPython } from './cgi/cgi-cases.ts';
import { ask, type CgiAnswer, open, requestBytes } from './cgi/cgi-client.ts';
import { CgiServer, cgiMissing, groupLives, processes, processesWith } from './cgi/cgi-server.ts';

const absent = cgiMissing();
/** In the environment of every script, so that none is lost sight of. */
const marker = `LWS_CASE=${process.pid}-${Date.now()}`;
const markerValue = marker.slice('LWS_CASE='.length);
const groupMs = 3000;
const large = 'x'.repeat(1_000_000);

const folder = mkdtempSync(join(tmpdir(), 'lws-cgi-cases-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A mount of a script in a folder of its own. */
function mountOf(
  name: string,
  script: string,
  members: Readonly<Record<string, unknown>> = {},
  mode: number | null = 0o755,
): object {
  mkdirSync(`${folder}/${name}`);
  if (mode !== null) writeFileSync(`${folder}/${name}/script`, script, { mode });
  const cgienv = { ...(members['cgienv'] as object | undefined), LWS_CASE: markerValue };
  return {
    mountpoint: `/${name}`,
    origin: `cgi://${folder}/${name}/script`,
    maxHttpBodySize: 2 ** 30,
    ...members,
    cgienv,
  };
}

const isPython = (script: string): boolean => script.includes('/python3');
const sh = (...lines: readonly string[]): string => `#!/bin/sh\n${lines.join('\n')}\n`;
const plain = `printf 'Content-Type: text/plain\\n\\n'`;

function expectBytes({ head, body }: CgiAnswer, row: CgiCase, whole: boolean): void {
  if (row.head !== undefined) expect(head).toMatch(row.head);
  if (row.body instanceof RegExp) expect(body).toMatch(row.body);
  else if (row.body !== undefined) {
    const expected = whole ? row.body : row.body.slice(0, body.length);
    // a difference of megabytes is nothing to read
    expect(body === expected, body.slice(0, 300)).toBe(true);
  }
}

/** A peer that resets, and where the script is then; each writes its group to `pid`. */
const resets: readonly (readonly [
  stage: string,
  script: string,
  request: { readonly body?: string; readonly announced?: number },
])[] = [
  ['before its head', sh('echo $$ >pid', 'sleep 60'), {}],
  ['while it reads a body that does not come', sh('echo $$ >pid', 'exec cat'), { announced: 9 }],
  [
    'while it reads none of a body that comes',
    sh('echo $$ >pid', 'sleep 60'),
    { body: 'x'.repeat(1_000_000), announced: 2_000_000 },
  ],
  ['behind its head', sh(plain, 'echo $$ >pid', 'sleep 60'), {}],
  ['in its body, with much on the way', sh(plain, 'echo $$ >pid', 'exec yes'), {}],
  [
    'in its body, with SIGTERM ignored',
    sh(`trap '' TERM`, plain, 'echo $$ >pid', 'while :; do sleep 1; done'),
    {},
  ],
  ['in a child of it', sh(plain, 'echo $$ >pid', '(sleep 60; sleep 60)', 'true'), {}],
  ['with children beside it', sh('echo $$ >pid', 'sleep 60 & sleep 60 & wait'), {}],
  ['when it has closed stdout', sh(plain, 'exec >&-', 'echo $$ >pid', 'sleep 60'), {}],
];

describe.skipIf(absent !== undefined)(`scripts ${absent ?? ''}`, () => {
  let server: CgiServer;
  let descriptors = 0;
  let told = '';

  beforeAll(async () => {
    server = await CgiServer.start([
      ...cgiCases.map(({ script, members, mode }, at) =>
        mountOf(String(at), script, members, mode),
      ),
      ...resets.map(([, script], at) => mountOf(`reset-${at}`, script)),
      mountOf('many', sh(plain, 'sleep 0.3', 'echo "$QUERY_STRING"'), {
        maxScripts: 64,
        maxScriptsPerPeer: 64,
      }),
      mountOf('few', sh(plain, 'sleep 1', 'echo done'), { maxScripts: 6, maxScriptsPerPeer: 4 }),
    ]);
    // what a first child opens for all that follow is not theirs
    await ask(server.port, '/many');
    await vi.waitUntil(() => processesWith(marker) === 0, { timeout: 10_000 });
    descriptors = server.descriptors;
  });
  afterAll(() => server?.stop());

  test('are a table of at least 40', () => {
    expect(cgiCases.length + resets.length).toBeGreaterThanOrEqual(40);
    expect(new Set(cgiCases.map(({ name }) => name)).size).toBe(cgiCases.length);
  });

  test.for(cgiCases.map((row, at) => [row.name, row, at] as const))(
    '%s',
    async ([, row, at], context) => {
      if (isPython(row.script) && noPython !== undefined) context.skip(noPython);
      const before = (await server.report()).refused;
      const answer = await ask(server.port, `/${at}`, row.request);
      const { whole = true } = row;
      expect([answer.whole, whole || answer.status > 0 ? answer.status : row.status]).toEqual([
        whole,
        row.status,
      ]);
      if (answer.status > 0) expectBytes(answer, row, whole);
      const { refused, logged } = await server.report();
      const counted = Object.entries(refused).filter(([code, count]) => count !== before[code]);
      const expected = row.code === undefined ? [] : [[row.code, (before[row.code] ?? 0) + 1]];
      expect(counted).toEqual(expected);
      told += logged.join('\n');
      if (row.logged !== undefined) expect(logged.join('\n')).toMatch(row.logged);
      // a flood of stderr is none of the log
      expect(logged.length).toBeLessThan(200);
    },
  );

  describe.each(resets.map(([stage, , request], at) => [stage, request, at] as const))(
    'when the peer resets %s',
    (_stage, { body = '', announced }, at) => {
      test('the group is gone within 3 s', async () => {
        const socket: Socket = await open(server.port);
        socket.pause();
        const fields = announced === undefined ? '' : `Content-Length: ${announced}\r\n`;
        const method = announced === undefined ? 'GET' : 'POST';
        socket.write(requestBytes(`/reset-${at}`, { method, fields }));
        if (body !== '') socket.write(body);
        const file = `${folder}/reset-${at}/pid`;
        await vi.waitUntil(() => existsSync(file) && readFileSync(file).length > 1, {
          timeout: 10_000,
        });
        // what comes in the meantime fills the ways
        await new Promise((later) => setTimeout(later, 300));
        const group = Number(readFileSync(file, 'utf8'));
        expect(groupLives(group)).toBe(true);
        const begun = performance.now();
        socket.resetAndDestroy();
        await vi.waitUntil(() => !groupLives(group), { timeout: 10_000, interval: 20 });
        expect(performance.now() - begun).toBeLessThan(groupMs);
      });
    },
  );

  test('have a line of the log for each code', () => {
    const codes = cgiCases.flatMap(({ code }) => code ?? []);
    expect(codes.filter((code) => !told.includes(code))).toEqual([]);
  });

  test('are many at once', async () => {
    const all = await Promise.all(
      Array.from({ length: 60 }, (_, at) => ask(server.port, '/many', { below: `?${at}` })),
    );
    expect(all.map(({ body }) => body)).toEqual(all.map((_, at) => `${at}\n`));
  });

  test('are no more at once than a mount has, nor than a peer may have of it', async () => {
    const asked = Array.from({ length: 8 }, () => ask(server.port, '/few'));
    const statuses = (await Promise.all<Promise<CgiAnswer>[]>(asked)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(4);
    expect(statuses.filter((status) => status === 503)).toHaveLength(4);
    expect((await server.report()).refused['LWS_ERR_MOUNT_CGI_PEER']).toBe(4);
  });

  test('leave nothing behind: no process, no zombie, no descriptor', async () => {
    await vi.waitUntil(() => processesWith(marker) === 0, { timeout: 10_000, interval: 100 });
    expect(processes().filter(({ parent }) => parent === server.pid)).toEqual([]);
    await vi.waitUntil(() => server.descriptors === descriptors, {
      timeout: 10_000,
      interval: 100,
    });
    // and whoever asks next is served as ever
    expect(await ask(server.port, '/many', { below: '?next' })).toMatchObject({ body: 'next\n' });
  });
});

describe.skipIf(absent !== undefined)(`a server of scripts ${absent ?? ''}`, () => {
  test('without descriptors for one more answers 503, and goes on', async () => {
    const script = sh(plain, 'sleep 3', 'echo done');
    const own = mountOf('scarce', script, { maxScripts: 300, maxScriptsPerPeer: 300 });
    const server = await CgiServer.start([own], 256);
    try {
      await ask(server.port, '/scarce');
      const before = server.descriptors;
      const asked = Array.from({ length: 90 }, () => ask(server.port, '/scarce'));
      const answers = await Promise.all<Promise<CgiAnswer>[]>(asked);
      const statuses = answers.map(({ status }) => status);
      // 0: a connection that there was no descriptor for either
      expect(statuses.filter((status) => ![0, 200, 503].includes(status))).toEqual([]);
      const busy = statuses.filter((status) => status === 503).length;
      expect(busy).toBeGreaterThan(0);
      // how many run at the same time depends on how fast they start
      expect(busy).toBeLessThan(80);
      await vi.waitUntil(() => server.descriptors <= before, { timeout: 10_000 });
      expect(await ask(server.port, '/scarce')).toMatchObject({ status: 200, body: 'done\n' });
      expect(processes().filter(({ parent }) => parent === server.pid)).toEqual([]);
    } finally {
      await server.stop();
    }
  }, 60_000);

  test('asks an upstream that a script leads to, once, by GET and without the body', async () => {
    const seen: string[] = [];
    const upstream = createServer((request, answer) => {
      seen.push(`${request.method} ${request.url} ${request.headers['content-length'] ?? 'none'}`);
      answer.end('of the upstream');
    });
    await once(upstream.listen(0, '127.0.0.1'), 'listening');
    const { port } = upstream.address() as AddressInfo;
    const server = await CgiServer.start([
      mountOf('leads', sh(`printf 'Location: /up/x%%20y?z\\n\\n'`)),
      { mountpoint: '/up', origin: `http://127.0.0.1:${port}` },
    ]);
    try {
      const answer = await ask(server.port, '/leads', { method: 'POST', body: large });
      expect([answer.status, answer.body]).toEqual([200, 'of the upstream']);
      expect(seen).toEqual(['GET /x%20y?z none']);
    } finally {
      await server.stop();
      upstream.close();
    }
  });
});

describe.skipIf(absent !== undefined)(`CGI-10 when the server dies ${absent ?? ''}`, () => {
  test.each([
    [
      'by process.exit, one that is silent',
      'exit',
      sh('echo $$ >pid', `trap '' TERM`, 'sleep 60'),
      '',
    ],
    [
      'by an error that nobody handled, one that is silent',
      'throw',
      sh('echo $$ >pid', 'sleep 60'),
      '',
    ],
    ['by SIGKILL, one that reads', 'SIGKILL', sh('echo $$ >pid', 'cat >/dev/null', 'true'), 'more'],
    ['by SIGKILL, one that writes', 'SIGKILL', sh(plain, 'echo $$ >pid', 'exec yes'), ''],
    [
      'by SIGTERM, one that writes now and then',
      'SIGTERM',
      sh(plain, 'echo $$ >pid', 'while echo; do sleep 0.1; done'),
      '',
    ],
  ])('%s goes with it', async (name, how, script, body) => {
    const own = `death-${name.replaceAll(/\W/g, '')}`;
    const server = await CgiServer.start([mountOf(own, script)]);
    try {
      const socket = await open(server.port);
      const fields = body === '' ? '' : 'Content-Length: 1000\r\n';
      socket.write(requestBytes(`/${own}`, { method: body === '' ? 'GET' : 'POST', fields }));
      socket.write(body);
      const file = `${folder}/${own}/pid`;
      await vi.waitUntil(() => existsSync(file) && readFileSync(file).length > 1, {
        timeout: 10_000,
      });
      const group = Number(readFileSync(file, 'utf8'));
      expect(groupLives(group)).toBe(true);
      const ended = once(server.child, 'exit');
      if (how.startsWith('SIG')) server.child.kill(how as NodeJS.Signals);
      else server.tell(how);
      await ended;
      await vi.waitUntil(() => !groupLives(group), { timeout: groupMs });
      socket.destroy();
    } finally {
      await server.stop();
    }
  });
});
