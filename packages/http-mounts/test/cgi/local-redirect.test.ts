/** RFC 3875 §6.2.2: a script that prints a path of this server and nothing else is answered by whatever is there. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { protocol } from '@lws-ts/interface';
import { describe, expect, test, vi } from 'vitest';
import type { Mount } from '../../src/index.ts';
import {
  type Answer,
  alive,
  get,
  logged,
  type OpenCgi,
  openMounts,
  plain,
  readAnswer,
  sh,
} from './open-cgi.ts';

const posix = process.platform === 'win32' ? 'scripts need process groups' : undefined;

const to = (place: string): string => `printf 'Location: ${place}\\n\\n'`;

const ask = async ({ ask }: OpenCgi, path: string, fields = '', method = 'GET'): Promise<Answer> =>
  readAnswer(await ask(get(path, fields, method)));

const echo = protocol({
  name: 'echo',
  http: {
    request: (wsi) => wsi.reply(200, [], `${wsi.method} ${wsi.pathInMount} ${String(wsi.hasBody)}`),
  },
});
const throws = protocol({
  name: 'throws',
  http: {
    request() {
      throw new Error('of the program');
    },
  },
});

/** Scripts by the mountpoint they have, and what else is there. */
const open = (
  scripts: Readonly<Record<string, string | readonly [string, object]>>,
  more: (folder: string) => Mount[] = () => [],
  vhostOptions = {},
): Promise<OpenCgi> =>
  openMounts(
    (folder) => {
      writeFileSync(`${folder}/a b.txt`, 'the file');
      writeFileSync(`${folder}/login`, 'ann:secret\n');
      const mounts = Object.entries(scripts).map(([name, given]) => {
        const [script, members] = typeof given === 'string' ? [given, {}] : given;
        writeFileSync(`${folder}/${name}`, sh(script), { mode: 0o755 });
        return { mountpoint: `/${name}`, origin: `cgi://${folder}/${name}`, ...members } as Mount;
      });
      return [
        ...mounts,
        { mountpoint: '/files', origin: `file://${folder}` },
        {
          mountpoint: '/locked',
          origin: `file://${folder}`,
          basicAuthLoginFile: `${folder}/login`,
        },
        { mountpoint: '/echo', origin: 'callback://echo' },
        { mountpoint: '/throws', origin: 'callback://throws' },
        { mountpoint: '/posts', origin: 'callback://echo', methods: ['POST'] },
        { mountpoint: '/away', origin: '>https://other.example' },
        ...more(folder),
      ];
    },
    { protocols: [echo, throws], ...vhostOptions },
  );

describe.skipIf(posix !== undefined)('a local Location', () => {
  test.each([
    ['a file', '/files/a%%20b.txt', 'GET', 200, 'the file'],
    ['a file, by HEAD', '/files/a%%20b.txt', 'HEAD', 200, ''],
    ['a protocol, by GET and without the body', '/echo/x', 'POST', 200, 'GET /x false'],
    ['a script', '/other/p?a=%%20b', 'PUT', 200, 'GET /p a=%20b\n'],
    ['dot segments', '/files/../echo/./y', 'GET', 200, 'GET /y false'],
    ['nothing', '/none', 'GET', 404, undefined],
    ['a file that is not there', '/files/none', 'GET', 404, undefined],
    ['a redirect', '/away', 'GET', 301, undefined],
    ['a method that the place does not have', '/posts', 'POST', 405, undefined],
  ])('that is %s', async (_what, place, method, status, body) => {
    const served = await open({
      s: `cat >/dev/null; ${to(place)}`,
      other: `${plain}; echo "$REQUEST_METHOD $PATH_INFO $QUERY_STRING$CONTENT_LENGTH$CONTENT_TYPE"`,
    });
    const fields = 'Content-Length: 3\r\nContent-Type: a/b\r\n';
    const heard = method.startsWith('P')
      ? await served.ask(`${get('/s', fields, method)}abc`)
      : await served.ask(get('/s', '', method));
    const answer = readAnswer(heard);
    expect(answer.status).toBe(status);
    expect(answer.head).not.toContain('/files/');
    if (body !== undefined) expect(answer.body).toBe(body);
    expect(answer.whole || method === 'HEAD').toBe(true);
  });

  test.each([
    ['a fragment', to('/files/x#y'), 302, '/files/x#y'],
    ['another host', to('https://other.example/'), 302, 'https://other.example/'],
    ['Status', `printf 'Status: 303\\nLocation: /files/x\\n\\n'`, 303, '/files/x'],
    ['a field', `printf 'Location: /files/x\\nSet-Cookie: a=1\\n\\n'`, 302, '/files/x'],
    [
      'a type',
      `printf 'Location: /files/x\\nContent-Type: text/plain\\n\\nmoved'`,
      302,
      '/files/x',
    ],
  ])('with %s is the peer’s', async (_what, script, status, location) => {
    const { status: heard, head } = await ask(await open({ s: script }), '/s');
    expect(heard).toBe(status);
    expect(head).toContain(`\r\nlocation: ${location}\r\n`);
  });

  test.each(['/files/..%%2f..%%2fetc', '/../etc', '/%%00', '/a\\\\b', '/%%'])(
    'that no request could have, %s, is 502',
    async (place) => {
      const served = await open({ s: to(place) });
      expect((await ask(served, '/s')).status).toBe(502);
      expect([...served.vhost.counters.refused]).toEqual([['LWS_ERR_MOUNT_CGI_HEAD', 1]]);
    },
  );

  test('passes by no login', async () => {
    const served = await open({ s: to('/locked/a%%20b.txt') });
    expect((await ask(served, '/s')).status).toBe(401);
    expect((await ask(served, '/s')).head).toContain('www-authenticate: basic');
    const wrong = `Authorization: Basic ${btoa('ann:wrong')}\r\n`;
    expect((await ask(served, '/s', wrong)).status).toBe(401);
    const right = `Authorization: Basic ${btoa('ann:secret')}\r\n`;
    expect(await ask(served, '/s', right)).toMatchObject({ status: 200, body: 'the file' });
  });

  test('takes no user along from a mount with another login', async () => {
    const served = await open({ other: `${plain}; echo "user $REMOTE_USER"` }, (folder) => {
      writeFileSync(`${folder}/s`, sh(to('/other')), { mode: 0o755 });
      const basicAuthLoginFile = `${folder}/login`;
      return [{ mountpoint: '/s', origin: `cgi://${folder}/s`, basicAuthLoginFile }];
    });
    const right = `Authorization: Basic ${btoa('ann:secret')}\r\n`;
    expect((await ask(served, '/s', right)).body).toBe('user \n');
  });

  test('passes by no filter of the first protocol', async () => {
    const first = protocol({
      name: 'first',
      http: { filterHttpConnection: (wsi) => wsi.pathInMount !== '/echo/secret' },
    });
    const served = await open({ s: to('/echo/secret'), t: to('/echo/open') }, undefined, {
      protocols: [first, echo, throws],
    });
    expect((await ask(served, '/s')).status).toBe(403);
    expect((await ask(served, '/t')).body).toBe('GET /open false');
    const peer = await served.connect();
    // as for a request of its own, the connection ends
    await peer.send(get('/s').replace('Connection: close\r\n', ''));
    await vi.waitUntil(() => peer.ended, { timeout: 5000 });
    expect(peer.text).toContain('\r\nconnection: close\r\n');
  });

  test.each([
    [5, 200],
    [6, 508],
  ])('after %i of them is %i', async (hops, status) => {
    const count = `[ "\${QUERY_STRING:-0}" -lt ${hops} ]`;
    const served = await open({
      s: [
        `if ${count}; then printf "Location: /s?$((\${QUERY_STRING:-0} + 1))\\n\\n"`,
        `else ${plain}; fi`,
      ].join('\n'),
    });
    expect((await ask(served, '/s')).status).toBe(status);
    const { refused } = served.vhost.counters;
    expect([...refused]).toEqual(status === 508 ? [['LWS_ERR_MOUNT_CGI_REDIRECTS', 1]] : []);
    expect(logged.join('\n').includes('LWS_ERR_MOUNT_CGI_REDIRECTS')).toBe(status === 508);
  });

  test('needs no second place among maxScripts', async () => {
    const served = await open({
      s: [`[ -n "$QUERY_STRING" ] && { ${plain}; exit; }\n${to('/s?again')}`, { maxScripts: 1 }],
    });
    expect((await ask(served, '/s')).status).toBe(200);
  });

  test('of a script that lives on waits for its end', async () => {
    const { folder, ask: tell } = await open({ s: `echo $$ >pid; ${to('/echo/x')}; sleep 60` });
    expect(readAnswer(await tell(get('/s'))).body).toBe('GET /x false');
    const pid = Number(readFileSync(`${folder}/pid`, 'utf8'));
    await vi.waitUntil(() => !alive(pid), { timeout: 3000 });
  });

  test('is for nobody when the peer is gone meanwhile, and the script goes with it', async () => {
    const served = await open({
      s: `echo $$ >pid; trap '' TERM; ${to('/t')}; sleep 60; sleep 60`,
      t: 'touch ran',
    });
    const peer = await served.connect();
    await peer.send(get('/s'));
    await vi.waitUntil(() => existsSync(`${served.folder}/pid`));
    await new Promise((later) => setTimeout(later, 200));
    await peer.reset();
    const pid = Number(readFileSync(`${served.folder}/pid`, 'utf8'));
    await vi.waitUntil(() => !alive(pid), { timeout: 3000 });
    expect(existsSync(`${served.folder}/ran`)).toBe(false);
  });

  test('to a handler that throws is 500, and nothing more', async () => {
    const served = await open({ s: to('/throws') });
    expect((await ask(served, '/s')).status).toBe(500);
    expect((await ask(served, '/echo/x')).status).toBe(200);
  });

  test('goes on with what the connection asks next', async () => {
    const served = await open({ s: to('/echo/x') });
    const peer = await served.connect();
    const kept = get('/s').replace('Connection: close\r\n', '');
    await peer.send(kept + kept + get('/echo/y'));
    await vi.waitUntil(() => peer.ended, { timeout: 15_000 });
    expect(peer.text.match(/GET \/[xy] false/g)).toEqual([
      'GET /x false',
      'GET /x false',
      'GET /y false',
    ]);
  });

  test('does not keep conditions that were meant for another method', async () => {
    const served = await open({ s: to('/files/a%%20b.txt') });
    const conditions = 'If-None-Match: *\r\n';
    expect((await ask(served, '/s', conditions)).status).toBe(304);
    expect((await ask(served, '/s', conditions, 'DELETE')).status).toBe(200);
  });
});
