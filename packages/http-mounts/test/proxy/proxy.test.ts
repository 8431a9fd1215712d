/** What a proxy mount passes on, in both directions, and what it keeps. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryTransportPair, RawPeer, VirtualClock } from '@lws-ts/test-kit';
import { describe, expect, test, vi } from 'vitest';
import { answer, fieldOf } from '../../../http/test/client/scripted-origin.ts';
import { get, logged, openProxy, readAnswer } from './open-proxy.ts';

const ok: (body: string) => Parameters<typeof openProxy>[0] = (body) => (_request, socket) =>
  void socket.write(answer(body));

describe('a request', () => {
  test.each(['GET', 'HEAD', 'DELETE', 'OPTIONS'])(
    '%s is passed on, and its answer back',
    async (method) => {
      const { ask, upstream } = await openProxy(
        (_request, socket) =>
          void socket.write(answer(method === 'HEAD' ? '' : 'hello', 'X-A: b\r\n', '203 Other')),
      );
      const got = readAnswer(await ask(get('/a?b=%20', '', method)));
      expect([got.status, got.body]).toEqual([203, method === 'HEAD' ? '' : 'hello']);
      expect(fieldOf(got.head, 'x-a')).toBe('b');
      expect(upstream.requests[0]?.head.split('\r\n')[0]).toBe(`${method} /a?b=%20 HTTP/1.1`);
    },
  );

  test.each(['POST', 'PUT', 'PATCH'])(
    '%s has its body passed on, with a length or in chunks',
    async (method) => {
      const { ask, upstream } = await openProxy(ok('done'));
      await ask(`${get('/', 'Content-Length: 5\r\n', method)}hello`);
      await ask(
        `${get('/', 'Transfer-Encoding: chunked\r\n', method)}2\r\nhe\r\n3\r\nllo\r\n0\r\nx-t: 1\r\n\r\n`,
      );
      await ask(get('/', 'Content-Length: 0\r\n', method));
      const [one, two, three] = upstream.requests;
      expect([fieldOf(one?.head ?? '', 'content-length'), one?.body]).toEqual(['5', 'hello']);
      expect(fieldOf(two?.head ?? '', 'transfer-encoding')).toBe('chunked');
      expect(two?.body).toBe('5\r\nhello\r\n0\r\nx-t: 1\r\n\r\n');
      expect(fieldOf(three?.head ?? '', 'content-length')).toBe('0');
    },
  );

  test.each<[string, string, string, string]>([
    ['/', '', '/x/y', '/x/y'],
    ['/api', '', '/api/x', '/x'],
    ['/api', '/', '/api', '/'],
    ['/api', '/app', '/api', '/app'],
    ['/api', '/app/', '/api/x%20y%3F', '/app/x%20y%3F'],
    ['/api', '/app', '/api//../api/z?q=1', '/app/z?q=1'],
    // RFC 3986 §2.2: a reserved character and its encoding are not the same, others are
    ['/', '', '/a%2Bb%3bc%26d%23?%2B', '/a%2Bb%3bc%26d%23?%2B'],
    ['/', '', "/a+b;c&d=%3D$!'()*,:@", "/a+b;c&d=%3D$!'()*,:@"],
    ['/', '', '/%61%2d%7E_%c3%A4%22[%2B', '/a-~_%C3%A4%22%5B%2B'],
    ['/', '', '/%252B/%25', '/%252B/%25'],
    ['/a+b', '/app', '/a%2Bb', '/app'],
    ['/api/v1', '', '/x/%2e%2E/api//v1/./%2B/%2B/', '/%2B/%2B/'],
    ['/api', '', 'http://a.example/api/%40?x=/?', '/%40?x=/?'],
  ])('mount at %s with base %j: %s asks for %s', async (mountpoint, base, path, asked) => {
    const { ask, upstream } = await openProxy(ok('x'), { base, mount: { mountpoint } });
    await ask(get(path));
    expect(upstream.requests[0]?.head.split(' ')[1]).toBe(asked);
  });

  test('what is said of it is that of the request, not of the one before it', async () => {
    const { connect, upstream } = await openProxy(ok('x'));
    const peer = await connect();
    const asked: readonly (readonly [string, string, string])[] = [
      ['a', '1.1', ''],
      ['b', '1.1', ''],
      ['b', '1.0', 'Connection: keep-alive\r\n'],
      ['b', '1.1', 'X-Forwarded-For: 6.6.6.6\r\nVia: 1.1 before\r\n'],
      ['b', '1.1', ''],
    ];
    for (const [at, [host, version, fields]] of asked.entries()) {
      await peer.send(`GET / HTTP/${version}\r\nHost: ${host}\r\n${fields}\r\n`);
      await vi.waitUntil(() => peer.text.split('HTTP/1.1 200').length === at + 2);
    }
    const said = upstream.requests.map(({ head }) => [
      fieldOf(head, 'x-forwarded-host'),
      fieldOf(head, 'via')?.replace(/ lws-ts-.*/, ''),
    ]);
    expect(said).toEqual([
      ['a', '1.1'],
      ['b', '1.1'],
      ['b', '1.0'],
      ['b', '1.1 before, 1.1'],
      ['b', '1.1'],
    ]);
  });

  test('has the Host of the upstream, or its own with preserveHost', async () => {
    for (const preserveHost of [false, true]) {
      const { ask, upstream } = await openProxy(ok('x'), { mount: { preserveHost } });
      await ask(get('/'));
      const own = `127.0.0.1:${upstream.port}`;
      expect(fieldOf(upstream.requests[0]?.head ?? '', 'host')).toBe(
        preserveHost ? 'a.example' : own,
      );
    }
  });

  test('says that its body is empty, whatever its method', async () => {
    const { ask, upstream } = await openProxy(ok('x'));
    await ask(get('/', 'Content-Length: 0\r\n', 'DELETE'));
    await ask(get('/', '', 'DELETE'));
    const lengths = upstream.requests.map(({ head }) => fieldOf(head, 'content-length'));
    expect(lengths).toEqual(['0', undefined]);
  });

  test('Expect: 100-continue is answered when the upstream is there', async () => {
    const { connect, upstream } = await openProxy(ok('x'));
    const peer = await connect();
    await peer.send(
      'PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n',
    );
    await vi.waitUntil(() => peer.text.includes('100 Continue'));
    await peer.send('ab');
    await vi.waitUntil(() => peer.text.includes('200 OK'));
    expect(upstream.requests[0]?.body).toBe('ab');
    expect(upstream.requests[0]?.head).not.toMatch(/^expect:/im);
  });

  test('several of one connection go over one connection of the upstream', async () => {
    const { connect, upstream } = await openProxy(
      ({ at }, socket) => void socket.write(answer(`n${at}`)),
    );
    const peer = await connect();
    for (const n of [1, 2, 3]) {
      await peer.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      await vi.waitUntil(() => peer.text.includes(`n${n}`));
    }
    expect(upstream.sockets).toHaveLength(1);
  });
});

describe('a connection of the upstream', () => {
  const open = (sockets: readonly Socket[]): number =>
    sockets.filter((socket) => !socket.destroyed && !socket.readableEnded).length;

  test.each<[string, object, number]>([
    ['keepWarmSecs', { keepWarmSecs: 3 }, 3],
    ['5 s unless told otherwise', {}, 5],
  ])('is kept for %s', async (_name, mount, secs) => {
    const clock = new VirtualClock();
    const { connect, upstream } = await openProxy(ok('x'), { mount, clock });
    const peer = await connect();
    await peer.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await vi.waitUntil(() => peer.text.endsWith('x'));
    await clock.advance(secs * 1000 - 500);
    expect(open(upstream.sockets)).toBe(1);
    await clock.advance(1000);
    await vi.waitUntil(() => open(upstream.sockets) === 0);
  });

  test.each<[string, object, number]>([
    ['keepWarmMax', { keepWarmMax: 1 }, 1],
    ['256 unless told otherwise', {}, 3],
  ])('is kept beside others, %s at a time', async (_name, mount, most) => {
    const waiting: Socket[] = [];
    const { connect, upstream } = await openProxy(
      (_request, socket) => {
        waiting.push(socket);
        if (waiting.length === 3) for (const one of waiting) one.write(answer('x'));
      },
      { mount },
    );
    const peers = await Promise.all([connect(), connect(), connect()]);
    await Promise.all(peers.map((peer) => peer.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')));
    await vi.waitUntil(() => peers.every((peer) => peer.text.endsWith('x')));
    await vi.waitUntil(() => open(upstream.sockets) === most);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(open(upstream.sockets)).toBe(most);
  });
});

describe('PRX-1 fields of the connection', () => {
  const secret = [
    'Keep-Alive: x',
    'Proxy-Connection: x',
    'Proxy-Authorization: x',
    'Proxy-Authenticate: x',
    'TE: gzip, deflate',
    'Trailer: x',
    'X-Nominated: x',
    'Proxy: http://evil/',
    'X_Under: x',
    'Content_Length: 5',
  ];

  test('never pass to the upstream', async () => {
    const { ask, upstream } = await openProxy(ok('x'));
    const request = get('/', `${secret.join('\r\n')}\r\nX-Fine: y\r\n`).replace(
      'Connection: close',
      'Connection: close, X-Nominated',
    );
    await ask(request);
    const head = upstream.requests[0]?.head ?? '';
    for (const line of secret)
      expect(head.toLowerCase()).not.toContain(`\n${line.split(':')[0]?.toLowerCase()}:`);
    expect(head).not.toMatch(/^connection:/im);
    expect(fieldOf(head, 'x-fine')).toBe('y');
  });

  test('TE: trailers passes alone', async () => {
    const { ask, upstream } = await openProxy(ok('x'));
    await ask(get('/', 'TE: trailers, gzip\r\n'));
    const head = upstream.requests[0]?.head ?? '';
    expect([fieldOf(head, 'te'), fieldOf(head, 'connection')]).toEqual(['trailers', 'te']);
  });

  test('nor back to the peer', async () => {
    const { ask } = await openProxy(
      (_request, socket) =>
        void socket.write(
          answer(
            'x',
            'Connection: X-Own\r\nX-Own: 1\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\nX-Fine: y\r\n',
          ),
        ),
    );
    const { head } = readAnswer(await ask(get('/')));
    expect(head).not.toMatch(/^(x-own|keep-alive|proxy-authenticate|upgrade):/im);
    expect(fieldOf(head, 'x-fine')).toBe('y');
  });

  test.each([
    'Host',
    'Content-Length',
    'Authorization',
    'Cookie',
    'X-Forwarded-For',
    'X-Forwarded-Anything',
    'Forwarded',
    'Transfer-Encoding',
    'X-Real-IP',
    'close, X-Forwarded-Proto',
    '"cookie"',
    'close; cookie',
    'close cookie',
  ])('Connection: %s is refused, and the upstream hears nothing', async (name) => {
    const { ask, upstream, context } = await openProxy(ok('x'));
    const heard = await ask(get('/', `Connection: ${name}\r\n`));
    expect(readAnswer(heard).status).toBe(400);
    expect(upstream.received).toBe(0);
    expect(context.counters.refused.get('LWS_ERR_MOUNT_PROXY_NOMINATED' as never)).toBe(1);
    expect(logged.join()).toContain('LWS_ERR_MOUNT_PROXY_NOMINATED');
  });
});

describe('PRX-3 forwarding fields', () => {
  const spoofed =
    'X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\nX-Real-IP: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\n';
  const names = [
    'x-forwarded-for',
    'x-forwarded-proto',
    'x-forwarded-host',
    'x-real-ip',
    'forwarded',
  ];
  const seen = (head: string): (string | undefined)[] => names.map((name) => fieldOf(head, name));

  test('say what the proxy knows, whatever the peer says', async () => {
    const { ask, upstream } = await openProxy(ok('x'));
    for (const fields of ['', spoofed]) await ask(get('/', fields));
    for (const { head } of upstream.requests)
      expect(seen(head)).toEqual([
        '192.0.2.1',
        'http',
        'a.example',
        '192.0.2.1',
        'for=192.0.2.1;proto=http;host="a.example"',
      ]);
  });

  test.each(['192.0.2.1', '192.0.2.0/24'])(
    'of a peer that is trusted, %s, are passed on and added to',
    async (one) => {
      const { ask, upstream } = await openProxy(ok('x'), { mount: { trusted: [one] } });
      await ask(get('/', spoofed));
      expect(seen(upstream.requests[0]?.head ?? '')).toEqual([
        '6.6.6.6, 192.0.2.1',
        'https',
        'evil',
        '6.6.6.6',
        'for=6.6.6.6, for=192.0.2.1;proto=http;host="a.example"',
      ]);
    },
  );

  test('another network is not trusted', async () => {
    const { ask, upstream } = await openProxy(ok('x'), {
      mount: { trusted: ['10.0.0.0/8', '::1'] },
    });
    await ask(get('/', spoofed));
    expect(seen(upstream.requests[0]?.head ?? '')[0]).toBe('192.0.2.1');
  });
});

// RFC 9110 §7.6.2
test.each([
  ['OPTIONS', '3', '2'],
  ['OPTIONS', '1', '0'],
  ['OPTIONS', '9'.repeat(40), '2147483647'],
  ['OPTIONS', 'x', 'x'],
  ['GET', '0', '0'],
])('%s with Max-Forwards: %s is passed on with %s', async (method, said, passed) => {
  const { ask, upstream } = await openProxy(ok(''));
  await ask(get('/', `Max-Forwards: ${said}\r\n`, method));
  expect(fieldOf(upstream.requests[0]?.head ?? '', 'max-forwards')).toBe(passed);
});

test.each([
  [undefined, 'GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH'],
  [['GET', 'OPTIONS'], 'GET, OPTIONS'],
])('OPTIONS with Max-Forwards: 0 goes no further', async (methods, allow) => {
  const { ask, upstream } = await openProxy(ok(''), {
    mount: { methods, headers: { 'X-A': 'b' } },
  });
  const { status, head } = readAnswer(await ask(get('/', 'Max-Forwards: 0\r\n', 'OPTIONS')));
  expect([status, fieldOf(head, 'allow'), fieldOf(head, 'x-a')]).toEqual([204, allow, 'b']);
  expect(upstream.received).toBe(0);
});

test('PRX-10 a request that comes back is answered 508', async () => {
  const { ask, upstream, context } = await openProxy(ok('x'));
  await ask(get('/', 'Via: 1.0 before\r\n'));
  const via = fieldOf(upstream.requests[0]?.head ?? '', 'via') ?? '';
  expect(via).toMatch(/^1\.0 before, 1\.1 lws-ts-[0-9a-f]{12}$/);
  expect(readAnswer(await ask(get('/', `Via: ${via}\r\n`))).status).toBe(508);
  expect(upstream.requests).toHaveLength(1);
  expect(context.counters.refused.get('LWS_ERR_MOUNT_PROXY_LOOP' as never)).toBe(1);
});

describe('places in an answer', () => {
  const setup = { base: '/app', mount: { mountpoint: '/m' } };
  test.each([
    ['Location: /app/x?y#z', 'location', '/m/x?y#z'],
    ['Location: /app', 'location', '/m'],
    ['Location: http://127.0.0.1:PORT/app/x', 'location', '/m/x'],
    ['Location: https://127.0.0.1:PORT/app/x', 'location', '/m/x'],
    ['Content-Location: /app/x', 'content-location', '/m/x'],
    ['Location: /apple', 'location', '/apple'],
    ['Location: //other/app', 'location', '//other/app'],
    ['Location: https://other/app/x', 'location', 'https://other/app/x'],
    ['Location: x', 'location', 'x'],
    ['Set-Cookie: a=b; Path=/app; HttpOnly', 'set-cookie', 'a=b; Path=/m; HttpOnly'],
    ['Set-Cookie: a=/app; path=/app/sub', 'set-cookie', 'a=/app; path=/m/sub'],
    ['Set-Cookie: a=b; Path=/', 'set-cookie', 'a=b; Path=/'],
  ])('%s', async (line, name, expected) => {
    const { ask, upstream } = await openProxy(({ at }, socket) => {
      void at;
      socket.write(answer('', `${line.replace('PORT', String(upstream.port))}\r\n`, '302 Found'));
    }, setup);
    const { status, head } = readAnswer(await ask(get('/m/a')));
    expect([status, fieldOf(head, name)]).toEqual([302, expected]);
  });
});

describe('rewriteLinks', () => {
  const page =
    '<a href="/x">1</a><img src=\'/y\'><form action = "/z"><a href="//h/x"><a href="x"><p title="/t">';
  const rewritten =
    '<a href="/m/x">1</a><img src=\'/m/y\'><form action = "/m/z"><a href="//h/x"><a href="x"><p title="/t">';

  test.each([1, 2, 7, 1000])('in pieces of %i', async (size) => {
    const { ask, upstream } = await openProxy(
      async (_request, socket) => {
        socket.write(
          `HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nETag: "a"\r\nContent-Length: ${page.length}\r\n\r\n`,
        );
        for (let at = 0; at < page.length; at += size) {
          socket.write(page.slice(at, at + size));
          await new Promise((resolve) => setImmediate(resolve));
        }
      },
      { mount: { mountpoint: '/m', rewriteLinks: true } },
    );
    const { head, body } = readAnswer(
      await ask(get('/m/', 'Accept-Encoding: gzip\r\nRange: bytes=0-1\r\n')),
    );
    const whole = body.replace(/(?:^|\r\n)[0-9a-f]+\r\n/g, '').replace(/\r\n$/, '');
    expect(whole).toBe(rewritten);
    expect(head).not.toMatch(/^(etag|content-length):/im);
    expect(upstream.requests[0]?.head).not.toMatch(/^(accept-encoding|range):/im);
  });

  test.each<[string, boolean, string, string]>([
    ['is off', false, 'Content-Type: text/html', '200 OK'],
    ['is another type', true, 'Content-Type: text/plain', '200 OK'],
    ['is only called alike', true, 'Content-Type: text/htmlx', '200 OK'],
    ['is XHTML', true, 'Content-Type: application/xhtml+xml', '200 OK'],
    ['has no type', true, 'X-A: b', '200 OK'],
    ['is coded', true, 'Content-Type: text/html\r\nContent-Encoding: br', '200 OK'],
    [
      'is a part',
      true,
      'Content-Type: text/html\r\nContent-Range: bytes 0-9/99',
      '206 Partial Content',
    ],
  ])('not when it %s', async (_why, rewriteLinks, fields, status) => {
    const { ask } = await openProxy(
      (_request, socket) => void socket.write(answer(page, `${fields}\r\n`, status)),
      { mount: { mountpoint: '/m', rewriteLinks } },
    );
    expect(readAnswer(await ask(get('/m/'))).body).toBe(page);
  });
});

test('headers of the mount stand in place of those of the upstream', async () => {
  const { ask } = await openProxy(
    (_request, socket) => void socket.write(answer('x', 'X-A: up\r\nX-B: up\r\n')),
    {
      mount: { headers: { 'x-a': 'mount' } },
    },
  );
  const { head } = readAnswer(await ask(get('/')));
  expect([fieldOf(head, 'x-a'), fieldOf(head, 'x-b')]).toEqual(['mount', 'up']);
});

describe('a small answer that comes in one piece', () => {
  test('is passed back in one write, and its connection is free at once', async () => {
    const { connect, upstream } = await openProxy(ok('hello'));
    const peer = await connect();
    let at = 0;
    let writes = 0;
    const count = (): void => void writes++;
    subscribe('lws:tx', count);
    try {
      for (const path of ['/a', '/b', '/c']) {
        await peer.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
        at++;
        await vi.waitUntil(() => peer.text.split('hello').length > at);
      }
    } finally {
      unsubscribe('lws:tx', count);
    }
    expect(upstream.requests.map(({ connection }) => connection)).toEqual([1, 1, 1]);
    // each request one to the upstream, and each answer one to the peer
    expect(writes).toBe(6);
  });

  test('with bytes behind it leaves a connection that nobody uses again', async () => {
    const { connect, upstream, vhost } = await openProxy(
      (_request, socket) => void socket.write(`${answer('hello')}HTTP/1.1 200 OK\r\n`),
    );
    const peer = await connect();
    await peer.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await vi.waitUntil(() => peer.text.endsWith('hello'));
    await peer.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await vi.waitUntil(() => peer.text.split('hello').length === 3);
    expect(vhost.counters.refused.get('LWS_ERR_HTTP_ANSWER_EXCESS')).toBe(2);
    expect(new Set(upstream.requests.map(({ connection }) => connection)).size).toBe(2);
  });
});

describe('back-pressure', () => {
  test('a peer that does not read holds the upstream back', async () => {
    const total = 16 * 1024 * 1024;
    let written = 0;
    const { connect } = await openProxy((_request, socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${total}\r\n\r\n`);
      const piece = Buffer.alloc(65_536, 'x');
      const more = (): void => {
        while (written < total) {
          written += piece.length;
          if (!socket.write(piece)) return;
        }
      };
      socket.on('drain', more);
      more();
    });
    const peer = await connect({ capacity: 10_000 });
    await peer.read(false);
    await peer.send(get('/'));
    await new Promise((resolve) => setTimeout(resolve, 400));
    const stalledAt = written;
    expect(stalledAt).toBeLessThan(total);
    await peer.read(true);
    await vi.waitUntil(() => peer.ended, { timeout: 15_000 });
    expect(readAnswer(Buffer.from(peer.bytes).toString('latin1')).body.length).toBe(total);
  });

  test('an upstream that does not read holds the peer back', async () => {
    const { vhost, upstream } = await openProxy(() => undefined, {
      mount: { maxHttpBodySize: 1e9 },
    });
    upstream.paused = true;
    const [server, client] = memoryTransportPair();
    const peer = new RawPeer(client);
    vhost.adopt(server);
    const total = 32 * 1024 * 1024;
    peer.push(`PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${total}\r\n\r\n`);
    peer.push(new Uint8Array(total));
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(client.bufferedBytes).toBeGreaterThan(total / 4);
  });

  test('an upstream that reads again has the rest of the body', async () => {
    const total = 8 * 1024 * 1024;
    let came = 0;
    const reader = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (head) => {
        came = head.length - head.indexOf('\r\n\r\n') - 4;
        // long enough for all that can be held on the way to be held
        socket.pause();
        setTimeout(() => socket.resume(), 300);
        socket.on('data', (bytes) => {
          came += bytes.length;
          if (came === total) socket.write(answer('all'));
        });
      });
    }).listen(0, '127.0.0.1');
    await once(reader, 'listening');
    const { port } = reader.address() as AddressInfo;
    try {
      const { vhost } = await openProxy(() => undefined, {
        mount: { origin: `http://127.0.0.1:${port}`, maxHttpBodySize: 1e9 },
      });
      const [server, client] = memoryTransportPair();
      const peer = new RawPeer(client);
      vhost.adopt(server);
      peer.push(`PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${total}\r\n\r\n`);
      for (let at = 0; at < total; at += 65_536) peer.push(new Uint8Array(65_536));
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(client.bufferedBytes).toBeGreaterThan(total / 4);
      await vi.waitUntil(() => peer.text.endsWith('all'), { timeout: 10_000 });
      expect(came).toBe(total);
    } finally {
      reader.close();
    }
  });

  test.each<[string, (socket: Socket) => void, string]>([
    ['answers', (socket) => void socket.write(answer('no', '', '413 No')), '413'],
    ['is gone', (socket) => void socket.resetAndDestroy(), '502'],
  ])(
    'an upstream that %s in the middle of a body does not leave the peer hanging',
    async (_how, end, status) => {
      const { vhost, upstream } = await openProxy(() => undefined, {
        mount: { maxHttpBodySize: 1e9 },
      });
      upstream.paused = true;
      const [server, client] = memoryTransportPair();
      const peer = new RawPeer(client);
      vhost.adopt(server);
      const total = 16 * 1024 * 1024;
      peer.push(`PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${total}\r\n\r\n`);
      peer.push(new Uint8Array(total));
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(client.bufferedBytes).toBeGreaterThan(0);
      end(upstream.sockets[0] as Socket);
      await vi.waitUntil(() => peer.ended || peer.isClosed, { timeout: 8000 });
      expect(peer.text.slice(9, 12)).toBe(status);
    },
  );

  test('an answer is passed back while the body is passed on', async () => {
    const { connect, upstream } = await openProxy(() => undefined);
    const peer = await connect();
    await peer.send('PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
    await vi.waitUntil(() => upstream.sockets.length > 0);
    upstream.sockets[0]?.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n');
    await vi.waitUntil(() => peer.text.includes('hi'));
    await peer.send('0\r\n\r\n');
    await vi.waitUntil(() => upstream.requests.length === 1);
    upstream.sockets[0]?.write('0\r\n\r\n');
    await vi.waitUntil(() => peer.text.endsWith('\r\n0\r\n\r\n'));
    expect(upstream.requests[0]?.body).toBe('3\r\nabc\r\n0\r\n\r\n');
  });
});

describe('origins', () => {
  test.each([
    'http://',
    'http:///x',
    'http://h:0/',
    'http://h/?q',
    'http://h/#f',
    'http://u:p@h/',
    'http://h/a b',
    'http://h\n/',
    'http+unix:',
    'https://h:99999/',
  ])('%j is refused', async (origin) => {
    await expect(openProxy(ok('x'), { mount: { origin } })).rejects.toMatchObject({
      code: 'LWS_ERR_MOUNT_ORIGIN',
    });
  });

  test.each<[string, unknown]>([
    ['trusted', ['x']],
    ['trusted', '10.0.0.1'],
    ['trusted', ['10.0.0.0/33']],
    ['wsUpgrades', 1],
    ['connectTimeoutSecs', 0],
    ['keepWarmMax', 0],
  ])('%s: %j is refused', async (name, value) => {
    await expect(openProxy(ok('x'), { mount: { [name]: value } })).rejects.toMatchObject({
      code: 'LWS_ERR_OPTION',
    });
  });
});

test('an upstream at a unix socket', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'proxy-'));
  const path = join(folder, 'app.sock');
  const app = createServer((socket) => {
    socket.once('data', () => socket.end(answer('by unix')));
  });
  await new Promise<void>((resolve) => {
    app.listen(path, resolve);
  });
  for (const origin of [`http://+${path}:/base`, `http+unix:${path}:/base`]) {
    const { ask } = await openProxy(ok('x'), { mount: { origin } });
    expect(readAnswer(await ask(get('/x'))).body).toBe('by unix');
  }
  await new Promise((resolve) => app.close(resolve));
  rmSync(folder, { recursive: true });
});
