/** CGI-1 to CGI-7 of what may go wrong with scripts, with real scripts of /bin/sh. */
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { alive, get, logged, type OpenCgi, openCgi, plain, readAnswer, sh } from './open-cgi.ts';

const chunked = (body: string): string =>
  get('/s', 'Transfer-Encoding: chunked\r\n', 'POST') +
  `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
const post = (body: string, fields = ''): string =>
  get('/s', `Content-Length: ${body.length}\r\n${fields}`, 'POST') + body;

/** What the descriptors of a process are. */
function targets(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).map((fd) => {
    try {
      return readlinkSync(`${folder}/${fd}`);
    } catch {
      return '';
    }
  });
}

const posix = process.platform === 'win32' ? 'scripts need process groups' : undefined;

describe.skipIf(posix !== undefined)('the environment', () => {
  const printEnv = sh(plain, 'env');

  async function environment(request: string, members = {}, vhost = {}): Promise<string[]> {
    const { ask } = await openCgi(printEnv, members, vhost);
    const { status, body } = readAnswer(await ask(request));
    expect(status).toBe(200);
    // what a shell sets by itself
    return body
      .split('\n')
      .filter((line) => !/^(?:(?:PWD|OLDPWD|SHLVL|_)=|$)/.test(line))
      .sort();
  }

  test('is what RFC 3875 names and cgienv, and nothing else', async () => {
    process.env['LWS_SECRET'] = 'of the server';
    const env = await environment(get('/s/a%20b/c?x=%20+y'), { cgienv: { OWN: 'a b' } });
    delete process.env['LWS_SECRET'];
    expect(env.filter((line) => !/^REMOTE_(?:ADDR|HOST)=/.test(line))).toEqual([
      'GATEWAY_INTERFACE=CGI/1.1',
      'HTTP_HOST=a.example',
      'OWN=a b',
      'PATH=/usr/local/bin:/usr/bin:/bin',
      'PATH_INFO=/a b/c',
      'QUERY_STRING=x=%20+y',
      'REQUEST_METHOD=GET',
      'REQUEST_URI=/s/a%20b/c?x=%20+y',
      'SCRIPT_NAME=/s',
      'SERVER_NAME=a.example',
      'SERVER_PORT=80',
      'SERVER_PROTOCOL=HTTP/1.1',
      'SERVER_SOFTWARE=lws-ts',
    ]);
    expect(env).toHaveLength(15);
  });

  test.each([
    ['Proxy: http://evil.example/', []],
    ['X_Under: a', []],
    ['X-Under: a', ['HTTP_X_UNDER=a']],
    ['X-Under: a\r\nX_Under: b', ['HTTP_X_UNDER=a']],
    ['X.Dot: a', []],
    ['Authorization: Basic YTpi', []],
    ['Proxy-Authorization: Basic YTpi', []],
    ['X-A: 1\r\nX-A: 2', ['HTTP_X_A=1, 2']],
    ['Cookie: a=1\r\nCookie: b=2', ['HTTP_COOKIE=a=1; b=2']],
    ['X-A: () { :; }; echo pwned', ['HTTP_X_A=() { :; }; echo pwned']],
    ['X-A: $(id)`id`', ['HTTP_X_A=$(id)`id`']],
    ['X-A: \xc3\xa9', ['HTTP_X_A=\xc3\xa9']],
    ['X-A: \xff', []],
    ['TE: trailers\r\nKeep-Alive: 1', []],
  ])('CGI-1 %j gives %j', async (fields, expected) => {
    const { connect } = await openCgi(printEnv);
    const peer = await connect();
    await peer.send(Uint8Array.from(Buffer.from(get('/s', `${fields}\r\n`), 'latin1')));
    await vi.waitUntil(() => peer.ended, { timeout: 15_000 });
    const { body } = readAnswer(Buffer.from(peer.bytes).toString('latin1'));
    const given = body
      .split('\n')
      .filter((line) => line.startsWith('HTTP_') && !line.startsWith('HTTP_HOST'));
    expect(given).toEqual(expected);
  });

  test('Authorization is given where the mount says so', async () => {
    const fields = 'Authorization: Basic YTpi\r\n';
    const env = await environment(get('/s', fields), { cgiAuthorization: true });
    expect(env).toContain('HTTP_AUTHORIZATION=Basic YTpi');
  });

  test('who logged in is REMOTE_USER', async () => {
    const { ask, folder } = await openCgi(printEnv);
    expect(await ask(get('/s'))).not.toContain('REMOTE_USER');
    writeFileSync(`${folder}/login`, 'ann:secret\n');
    const fields = `Authorization: Basic ${btoa('ann:secret')}\r\n`;
    const env = await environment(get('/s', fields), { basicAuthLoginFile: `${folder}/login` });
    expect(env.filter((line) => /AUTH|USER/.test(line))).toEqual([
      'AUTH_TYPE=Basic',
      'REMOTE_USER=ann',
    ]);
  });

  test('PATH_TRANSLATED is the file that PATH_INFO would be', async () => {
    const { ask, folder } = await openCgi(printEnv);
    const { body } = readAnswer(await ask(get('/s/files/a.txt')));
    expect(body).toContain(`PATH_TRANSLATED=${folder}/a.txt\n`);
  });

  test('CGI-1 more than 64 KiB is 431, and no script runs', async () => {
    const { ask, folder, vhost } = await openCgi(sh('touch ran', plain), {
      cgienv: { A: 'x'.repeat(65_000) },
    });
    const { status } = readAnswer(await ask(get('/s', `User-Agent: ${'u'.repeat(1000)}\r\n`)));
    expect(status).toBe(431);
    expect(existsSync(`${folder}/ran`)).toBe(false);
    expect(vhost.counters.refused.get('LWS_ERR_MOUNT_CGI_ENVIRONMENT')).toBe(1);
  });

  test.each([
    ['of a body', post('abc', 'Content-Type: a/b\r\n'), ['CONTENT_LENGTH=3', 'CONTENT_TYPE=a/b']],
    ['of an empty body', post(''), ['CONTENT_LENGTH=0']],
    ['of chunks', chunked('hello'), ['CONTENT_LENGTH=5']],
    ['of none', get('/s'), []],
  ])('CONTENT_LENGTH %s', async (_what, request, expected) => {
    const env = await environment(request);
    expect(env.filter((line) => line.startsWith('CONTENT_'))).toEqual(expected);
  });
});

describe.skipIf(posix !== undefined)('CGI-2 the program', () => {
  test.each([
    ['/s/..%2f..%2fetc/passwd', 400],
    ['/s/%00', 400],
    ['/s/a%5cb', 400],
    ['/s/../files/none', 404],
    ['/s;id', 404],
    ['/s?;touch+ran', 200],
    ['/s/$(touch%20ran)', 200],
    ['/s/%60touch%20ran%60', 200],
  ])('%s is %i', async (path, expected) => {
    const { ask, folder } = await openCgi(sh(plain, 'echo "$#"'));
    const { status, body } = readAnswer(await ask(get(path)));
    expect(status).toBe(expected);
    // no argument, ever
    if (status === 200) expect(body).toBe('0\n');
    expect(existsSync(`${folder}/ran`)).toBe(false);
  });

  test.each([
    ['is not there', sh(plain), null, 404, 'LWS_ERR_MOUNT_CGI_ABSENT'],
    ['is not executable', sh(plain), 0o644, 500, 'LWS_ERR_MOUNT_CGI_START'],
    ['has no interpreter', '#!/no/such/program\n', 0o755, 500, 'LWS_ERR_MOUNT_CGI_START'],
  ] as const)('that %s', async (_what, script, mode, expected, code) => {
    const { ask, vhost } = await openCgi(script, { headers: { 'X-Own': 'yes' } }, {}, mode);
    const { status, head } = readAnswer(await ask(get('/s')));
    expect([status, head]).toEqual([expected, expect.stringContaining('x-own: yes\r\n')]);
    expect([...vhost.counters.refused]).toEqual([[code, 1]]);
    expect(logged.join('\n')).toContain(code);
  });

  test('that is a directory', async () => {
    const { folder } = await openCgi(sh(plain));
    const { ask } = await openCgi('', { origin: `cgi://${folder}` });
    expect(readAnswer(await ask(get('/s'))).status).toBe(500);
  });

  test('runs in its directory, or in cgiWd', async () => {
    const one = await openCgi(sh(plain, 'pwd'));
    expect(readAnswer(await one.ask(get('/s'))).body).toBe(`${one.folder}\n`);
    const other = await openCgi(sh(plain, 'pwd'), { cgiWd: '/' });
    expect(readAnswer(await other.ask(get('/s'))).body).toBe('/\n');
  });

  test.skipIf(!existsSync('/proc/self/fd'))('CGI-9 has no descriptor of the server', async () => {
    const { ask, folder } = await openCgi(
      sh(plain, 'for f in /proc/$$/fd/*; do readlink "$f"; done'),
    );
    const own = openSync(`${folder}/own`, 'w');
    const { body } = readAnswer(await ask(get('/s')));
    closeSync(own);
    // the shell holds its own script; and whatever started the tests may have left one open in all below it
    const before = targets(process.ppid);
    const given = body
      .trim()
      .split('\n')
      .filter((name) => !name.endsWith('/script') && !before.includes(name));
    expect(given.map((name) => name.replace(/:.*/, ''))).toEqual(['socket', 'socket', 'socket']);
  });
});

describe.skipIf(posix !== undefined)('CGI-3 an answer', () => {
  test.each([
    ['no output', 'true', 'LWS_ERR_MOUNT_CGI_HEAD'],
    ['no end of the head', `printf 'Content-Type: a/b\\n'`, 'LWS_ERR_MOUNT_CGI_HEAD'],
    ['a split head', `printf 'Status: 200\\nX: a\\rSet-Cookie: b\\n\\n'`, 'LWS_ERR_MOUNT_CGI_HEAD'],
    ['a NUL', `printf 'Status: 200\\nX: a\\000\\n\\n'`, 'LWS_ERR_MOUNT_CGI_HEAD'],
    ['16 KiB and more', `printf 'Status: 200\\nX: %020000d\\n\\n' 0`, 'LWS_ERR_MOUNT_CGI_HEAD'],
    ['an endless line', `exec tr '\\0' x </dev/zero`, 'LWS_ERR_MOUNT_CGI_HEAD'],
    [
      'Transfer-Encoding',
      `printf 'Status: 200\\nTransfer-Encoding: chunked\\n\\n'`,
      'LWS_ERR_MOUNT_CGI_HEAD',
    ],
    ['death before', 'kill -9 $$', 'LWS_ERR_MOUNT_CGI_HEAD'],
    [
      'more than its length says, at once',
      `printf 'Status: 200\\nContent-Length: 2\\n\\nabc'`,
      'LWS_ERR_MOUNT_CGI_CUT',
    ],
  ])('with %s is 502', async (_what, line, code) => {
    const { ask, vhost } = await openCgi(sh(line));
    const { status, head } = readAnswer(await ask(get('/s')));
    expect(status).toBe(502);
    expect(head).not.toContain('set-cookie');
    expect([...vhost.counters.refused]).toEqual([[code, 1]]);
    expect(logged.join('\n')).toContain(code);
  });

  test.each([
    ['shorter than its length', `printf 'Status: 200\\nContent-Length: 9\\n\\nabc'`],
    [
      'longer than its length',
      `printf 'Status: 200\\nContent-Length: 2\\n\\na'; sleep 0.3; printf bc`,
    ],
    ['ended by a signal', `${plain}; echo abc; kill -9 $$`],
  ])('%s is cut', async (_what, line) => {
    const { ask, vhost } = await openCgi(sh(line));
    const heard = await ask(get('/s'));
    expect(readAnswer(heard).whole).toBe(false);
    expect([...vhost.counters.refused]).toEqual([['LWS_ERR_MOUNT_CGI_CUT', 1]]);
  });

  test('to HTTP/1.0 that a signal ends is told by a reset', async () => {
    const { connect } = await openCgi(sh(plain, 'echo some', 'sleep 0.3', 'kill -9 $$'));
    const peer = await connect();
    await peer.send('GET /s HTTP/1.0\r\n\r\n');
    await vi.waitUntil(() => peer.isClosed, { timeout: 15_000 });
    expect(peer.text).toMatch(/connection: close\r\n\r\nsome\n$/);
    expect([peer.ended, peer.error?.code]).toEqual([false, 'LWS_ERR_TRANSPORT_RESET']);
  });

  test.each([
    ['a body', `${plain}; echo hello`, 'GET', 200, 'hello\n'],
    ['a length', `printf 'Status: 201 x\\nContent-Length: 2\\n\\nab'`, 'GET', 201, 'ab'],
    ['an exit code', `${plain}; echo hello; exit 3`, 'GET', 200, 'hello\n'],
    ['no body', `printf 'Status: 404 Not Found\\n\\n'`, 'GET', 404, ''],
    ['204', `printf 'Status: 204\\n\\nbody'`, 'GET', 204, ''],
    ['304', `printf 'Status: 304\\nETag: "a"\\n\\nbody'`, 'GET', 304, ''],
    ['HEAD', `${plain}; echo hello`, 'HEAD', 200, ''],
    ['a place', `printf 'Location: http://a.example/\\n\\n'`, 'GET', 302, ''],
    ['its method', `${plain}; printf "$REQUEST_METHOD"`, 'DELETE', 200, 'DELETE'],
    ['a closed stdout', `${plain}; echo hello; exec >&-; sleep 60`, 'GET', 200, 'hello\n'],
    [
      'a length, and a signal behind it',
      `printf 'Status: 200\\nContent-Length: 2\\n\\nab'; kill -9 $$`,
      'GET',
      200,
      'ab',
    ],
  ])('with %s', async (_what, line, method, status, body) => {
    const { ask } = await openCgi(sh(line), { headers: { 'X-Own': 'a' } });
    const answer = readAnswer(await ask(get('/s', '', method)));
    expect([answer.status, answer.body]).toEqual([status, body]);
    expect(answer.whole || method === 'HEAD').toBe(true);
    expect(answer.head).toContain('\r\nx-own: a\r\n');
  });

  test('keeps the connection', async () => {
    const { connect } = await openCgi(sh(plain, 'echo hello'));
    const peer = await connect();
    const request = get('/s').replace('Connection: close\r\n', '');
    await peer.send(request + request + get('/s'));
    await vi.waitUntil(() => peer.ended, { timeout: 15_000 });
    expect(peer.text.match(/hello/g)).toHaveLength(3);
  });
});

describe.skipIf(posix !== undefined)('CGI-4, CGI-5 the end of a script', () => {
  const stubborn = sh(`echo $$ >pid`, `trap '' TERM`, 'sleep 60 &', 'sleep 60', 'sleep 60');

  async function group(folder: string): Promise<number> {
    await vi.waitUntil(
      () => existsSync(`${folder}/pid`) && readFileSync(`${folder}/pid`).length > 1,
    );
    return Number(readFileSync(`${folder}/pid`, 'utf8'));
  }

  test.each([
    ['cgiTimeout', { cgiTimeout: 0.3 }],
    ['cgiDeadlineSecs', { cgiDeadlineSecs: 0.3 }],
  ])('silent for %s is 504, and its group goes', async (_what, members) => {
    const { ask, folder, vhost } = await openCgi(stubborn, members);
    expect(readAnswer(await ask(get('/s'))).status).toBe(504);
    const pid = await group(folder);
    await vi.waitUntil(() => !alive(pid), { timeout: 3000 });
    expect([...vhost.counters.refused]).toEqual([['LWS_ERR_MOUNT_CGI_TIMEOUT', 1]]);
  });

  test('silent in its answer is cut', async () => {
    const { ask } = await openCgi(sh(plain, 'echo abc', 'sleep 60'), { cgiTimeout: 0.3 });
    expect(readAnswer(await ask(get('/s')))).toMatchObject({ body: 'abc\n', whole: false });
  });

  test('one that goes on is not silent', async () => {
    const { ask } = await openCgi(sh(plain, 'for i in 1 2 3 4 5 6; do echo $i; sleep 0.5; done'), {
      cgiTimeout: 2,
    });
    expect(readAnswer(await ask(get('/s')))).toMatchObject({
      body: '1\n2\n3\n4\n5\n6\n',
      whole: true,
    });
  });

  test('within 3 s of a reset, whatever it traps', async () => {
    const { connect, folder } = await openCgi(stubborn);
    const peer = await connect();
    await peer.send(get('/s'));
    const pid = await group(folder);
    expect(alive(pid)).toBe(true);
    await peer.reset();
    await vi.waitUntil(() => !alive(pid), { timeout: 3000 });
  });

  test('at the end of its context', async () => {
    const { connect, folder, close } = await openCgi(stubborn);
    const peer = await connect();
    await peer.send(get('/s'));
    const pid = await group(folder);
    await close();
    await vi.waitUntil(() => !alive(pid), { timeout: 1000 });
    expect(alive(pid)).toBe(false);
  });

  test('what it leaves behind goes with it', async () => {
    const { ask, folder } = await openCgi(
      sh('echo $$ >pid', plain, 'sleep 60 >/dev/null 2>&1 </dev/null &', 'echo done'),
    );
    expect(readAnswer(await ask(get('/s')))).toMatchObject({ body: 'done\n', whole: true });
    const pid = await group(folder);
    await vi.waitUntil(() => !alive(pid), { timeout: 1000 });
  });

  test('of Python, that answers one thing after the other', async (context) => {
    if (!existsSync('/usr/bin/python3')) context.skip('no /usr/bin/python3');
    const { ask } = await openCgi(
      [
        '#!/usr/bin/python3',
        'import os, sys',
        'body = sys.stdin.buffer.read(int(os.environ.get("CONTENT_LENGTH") or 0))',
        'print("Content-Type: text/plain\\r\\nStatus: 201 Created\\r\\n\\r\\n", end="")',
        'print(os.environ["QUERY_STRING"], len(body), len(os.environ.get("HTTP_PROXY", "")))',
        '',
      ].join('\n'),
    );
    expect(readAnswer(await ask(post('x'.repeat(200_000), 'Proxy: a\r\n')))).toMatchObject({
      status: 201,
      body: ' 200000 0\n',
      whole: true,
    });
  });
});

describe.skipIf(posix !== undefined)('CGI-6 bodies', () => {
  test.each([0, 1, 65_536, 1_000_000])('of %i bytes go through', async (size) => {
    const { ask } = await openCgi(sh(plain, 'exec cat'));
    const { body, whole } = readAnswer(await ask(post('x'.repeat(size))));
    expect([body.length, whole]).toEqual([size, true]);
  });

  test.each([
    [100, 200],
    [101, 411],
  ])('of %i bytes in chunks are %i', async (size, expected) => {
    const { ask } = await openCgi(sh(plain, 'exec cat'), { maxChunkedBody: 100 });
    const { status, body } = readAnswer(await ask(chunked('x'.repeat(size))));
    expect(status).toBe(expected);
    if (status === 200) expect(body.length).toBe(size);
  });

  test('a script that reads none of it answers all the same', async () => {
    const { ask } = await openCgi(sh(plain, 'echo hello'));
    expect(readAnswer(await ask(post('x'.repeat(900_000))))).toMatchObject({
      status: 200,
      body: 'hello\n',
    });
  });

  test('a slow peer holds the script back', async () => {
    const { connect, folder } = await openCgi(
      sh(plain, 'for i in $(seq 100); do head -c 65536 /dev/zero; echo $i >count; done'),
    );
    const peer = await connect({ capacity: 1000 });
    await peer.read(false);
    await peer.send(get('/s'));
    await new Promise((later) => setTimeout(later, 1000));
    const count = existsSync(`${folder}/count`) ? Number(readFileSync(`${folder}/count`)) : 0;
    expect(count).toBeLessThan(16);
    await peer.read(true);
    await vi.waitUntil(() => peer.ended, { timeout: 15_000 });
    expect(readAnswer(Buffer.from(peer.bytes).toString('latin1'))).toMatchObject({ whole: true });
  });
});

describe.skipIf(posix !== undefined)('CGI-7 stderr', () => {
  test('is lines of the log, escaped and not too long', async () => {
    const { ask } = await openCgi(
      sh(plain, `printf 'one\\033[31m\\ntwo' >&2`, `printf '\\n%0999d\\n' 0 >&2`),
    );
    await ask(get('/s'));
    await vi.waitUntil(() => logged.length >= 3);
    const lines = logged.map((line) => line.replace(/^.*cgi \/s: /s, ''));
    expect(lines).toEqual(['one\\u{1b}[31m', 'two', '0'.repeat(256)]);
  });

  test('is bounded', async () => {
    const { ask } = await openCgi(sh(plain, 'seq 5000 >&2', 'sleep 1.1', 'echo last >&2'));
    await ask(get('/s'));
    await vi.waitUntil(() => logged.some((line) => line.includes('last')));
    expect(logged.length).toBeLessThan(100);
    expect(logged.join('\n')).toMatch(/cgi \/s: \d+ more lines were not logged/);
  });
});

test.skipIf(posix !== undefined)(
  'CGI-8 one script more than maxScripts is 503 with Retry-After',
  async () => {
    const { connect, ask, folder, vhost } = await openCgi(
      sh('touch ran', 'while [ ! -e go ]; do sleep 0.05; done', plain, 'echo done'),
      { maxScripts: 1 },
    );
    const peer = await connect();
    await peer.send(get('/s'));
    await vi.waitUntil(() => existsSync(`${folder}/ran`));
    const refused = readAnswer(await ask(get('/s')));
    expect(refused.status).toBe(503);
    expect(refused.head).toMatch(/\r\nretry-after: \d+\r\n/);
    expect([...vhost.counters.refused]).toEqual([['LWS_ERR_MOUNT_CGI_BUSY', 1]]);
    writeFileSync(`${folder}/go`, '');
    await vi.waitUntil(() => peer.ended, { timeout: 5000 });
    expect(peer.text).toContain('done');
    // its place is free again
    expect(readAnswer(await ask(get('/s'))).status).toBe(200);
  },
);

describe.skipIf(posix !== undefined)('CGI-8 maxScriptsPerPeer', () => {
  const waits = sh('while [ ! -e go ]; do sleep 0.05; done', plain, 'echo done');

  /** What a request of each address is answered, while the others run; 0: nothing yet. */
  async function asked(
    members: object,
    addresses: readonly string[],
  ): Promise<readonly [readonly number[], OpenCgi]> {
    const served = await openCgi(waits, members);
    const statuses: number[] = [];
    for (const clientAddress of addresses) {
      const peer = await served.connect({ clientAddress });
      await peer.send(get('/s'));
      statuses.push(Number(peer.text.slice(9, 12)));
    }
    writeFileSync(`${served.folder}/go`, '');
    return [statuses, served];
  }

  test.each([
    ['192.0.2.1', '192.0.2.1', '192.0.2.1', [0, 0, 503]],
    ['192.0.2.1', '192.0.2.1', '192.0.2.2', [0, 0, 0]],
    ['2001:db8::1', '2001:db8::2', '2001:db8::ffff', [0, 0, 503]],
    ['2001:db8::1', '2001:db8::2', '2001:db8:0:1::1', [0, 0, 0]],
  ])('2: %s, %s, %s', async (one, two, three, expected) => {
    const [statuses, { vhost, connect }] = await asked({ maxScriptsPerPeer: 2 }, [one, two, three]);
    expect(statuses).toEqual(expected);
    const refused = expected.includes(503) ? [['LWS_ERR_MOUNT_CGI_PEER', 1]] : [];
    expect([...vhost.counters.refused]).toEqual(refused);
    // their places are free again
    await vi.waitUntil(
      async () => {
        const peer = await connect({ clientAddress: one });
        await peer.send(get('/s'));
        await vi.waitUntil(() => peer.ended, { timeout: 5000 });
        return peer.text.includes(' 200 ');
      },
      { timeout: 5000, interval: 50 },
    );
  });

  test('is 8 by default, of the 16 that a mount has', async () => {
    const one = Array.from({ length: 9 }, () => '192.0.2.1');
    const others = Array.from({ length: 9 }, (_, at) => `192.0.2.${at + 2}`);
    const [statuses, { vhost }] = await asked({}, [...one, ...others]);
    expect(statuses).toEqual([...Array(8).fill(0), 503, ...Array(8).fill(0), 503]);
    expect([...vhost.counters.refused]).toEqual([
      ['LWS_ERR_MOUNT_CGI_PEER', 1],
      ['LWS_ERR_MOUNT_CGI_BUSY', 1],
    ]);
  });
});
