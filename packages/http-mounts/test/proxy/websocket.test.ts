/** PRX-5: WebSockets through a proxy mount. */
import { acceptOfRequest, clientFrame, upgradeRequest, VirtualClock } from '@lws-ts/test-kit';
import { describe, expect, test, vi } from 'vitest';
import { answer, fieldOf, type Script } from '../../../http/test/client/scripted-origin.ts';
import { logged, openProxy, readAnswer } from './open-proxy.ts';

const agree = (fields = ''): string =>
  `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptOfRequest}\r\n${fields}\r\n`;

const accepting: Script = (_request, socket) => void socket.write(agree('X-A: b\r\n'));
const setup = { mount: { wsUpgrades: true } };

describe('a WebSocket', () => {
  test('is passed on with its handshake, then byte for byte both ways', async () => {
    const { connect, upstream, context } = await openProxy(accepting, setup);
    const peer = await connect();
    await peer.send(
      upgradeRequest({ path: '/chat?x', protocol: 'p', fields: ['X-Forwarded-For: 6.6.6.6'] }),
    );
    await vi.waitUntil(() => peer.text.includes('\r\n\r\n'));
    const { head } = readAnswer(peer.text);
    expect(head.split('\r\n')[0]).toBe('HTTP/1.1 101 Switching Protocols');
    expect([fieldOf(head, 'sec-websocket-accept'), fieldOf(head, 'x-a')]).toEqual([
      acceptOfRequest,
      'b',
    ]);
    const asked = upstream.requests[0]?.head ?? '';
    expect(asked.split('\r\n')[0]).toBe('GET /chat?x HTTP/1.1');
    expect(
      ['upgrade', 'connection', 'sec-websocket-protocol', 'x-forwarded-for'].map((name) =>
        fieldOf(asked, name),
      ),
    ).toEqual(['websocket', 'Upgrade', 'p', '192.0.2.1']);
    peer.take();
    let heard = Buffer.alloc(0);
    upstream.sockets[0]?.on('data', (bytes) => {
      heard = Buffer.concat([heard, bytes]);
    });
    const frame = clientFrame(1, 'hello');
    await peer.send(frame);
    await vi.waitUntil(() => heard.length === frame.length);
    expect(heard.equals(frame)).toBe(true);
    upstream.sockets[0]?.write(Uint8Array.of(0x81, 2, 0x68, 0x69));
    await vi.waitUntil(() => peer.bytes.length === 4);
    expect([...peer.bytes]).toEqual([0x81, 2, 0x68, 0x69]);
    expect(context.counters.ws_upg).toBe(1);
    upstream.sockets[0]?.end();
    await vi.waitUntil(() => peer.ended);
  });

  // RFC 9112 §6.3: whatever its fields say a 101 has no body; RFC 9110 §8.6: nor may it have the field
  test('has no Content-Length of its 101', async () => {
    const { connect } = await openProxy(
      (_request, socket) =>
        void socket.write(`${agree('Content-Length: 2\r\n')}\x81\x02hi`, 'latin1'),
      setup,
    );
    const peer = await connect();
    await peer.send(upgradeRequest());
    await vi.waitUntil(() => peer.text.endsWith('hi'));
    const { head } = readAnswer(peer.text);
    expect([head.slice(9, 12), fieldOf(head, 'content-length')]).toEqual(['101', undefined]);
    expect(peer.bytes.subarray(-4)).toEqual(Uint8Array.of(0x81, 2, 0x68, 0x69));
  });

  test('what the peer sends before the upstream agreed stays unread, and comes in order', async () => {
    let go = (): void => undefined;
    const { connect, upstream } = await openProxy((_request, socket) => {
      go = () => void socket.write(agree());
    }, setup);
    const peer = await connect();
    const frame = clientFrame(1, 'early');
    await peer.send(upgradeRequest());
    await peer.send(frame);
    await vi.waitUntil(() => upstream.requests.length === 1);
    const before = upstream.received;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(upstream.received).toBe(before);
    go();
    await vi.waitUntil(() => upstream.received === before + frame.length);
  });

  test('what the upstream sends right behind its 101 comes through', async () => {
    const { connect } = await openProxy(
      (_request, socket) => void socket.write(`${agree()}\x81\x01a`, 'latin1'),
      setup,
    );
    const peer = await connect();
    await peer.send(upgradeRequest());
    await vi.waitUntil(() => peer.text.endsWith('\r\n\r\n\x81\x01a'));
    expect(peer.isClosed).toBe(false);
  });

  test.each<[boolean, (port: number) => string]>([
    [false, (port) => `127.0.0.1:${port}`],
    [true, () => 'a.example'],
  ])('with preserveHost %s has the Host of', async (preserveHost, host) => {
    const mount = { ...setup.mount, preserveHost };
    const { connect, upstream } = await openProxy(accepting, { ...setup, mount });
    const peer = await connect();
    await peer.send(upgradeRequest().replace(/Host: .*/i, 'Host: a.example'));
    await vi.waitUntil(() => peer.text.includes('101'));
    expect(fieldOf(upstream.requests[0]?.head ?? '', 'host')).toBe(host(upstream.port));
  });

  test('a reset of either side resets the other', async () => {
    const { connect, upstream } = await openProxy(accepting, setup);
    const peer = await connect();
    await peer.send(upgradeRequest());
    await vi.waitUntil(() => peer.text.includes('101'));
    let failed: boolean | undefined;
    upstream.sockets[0]?.on('close', (error) => {
      failed = error;
    });
    await peer.reset();
    await vi.waitUntil(() => failed !== undefined);
    expect(failed).toBe(true);
    const other = await connect();
    await other.send(upgradeRequest());
    await vi.waitUntil(() => other.text.includes('101'));
    upstream.sockets[1]?.resetAndDestroy();
    await vi.waitUntil(() => other.isClosed);
    expect(other.error?.code).toBe('LWS_ERR_TRANSPORT_RESET');
  });

  test('the end of either side ends the other', async () => {
    const { connect, upstream } = await openProxy(accepting, setup);
    const peer = await connect();
    await peer.send(upgradeRequest());
    await vi.waitUntil(() => peer.text.includes('101'));
    await peer.reset();
    await vi.waitUntil(
      () => upstream.sockets[0]?.destroyed === true || upstream.sockets[0]?.readableEnded === true,
    );
    expect(upstream.sockets).toHaveLength(1);
  });

  test.each<[string, object, number]>([
    ['a minute unless told otherwise', {}, 60],
    ['wsIdleSecs', { wsIdleSecs: 7 }, 7],
  ])('that is silent for %s ends both ways', async (_name, mount, secs) => {
    const clock = new VirtualClock();
    const { connect, upstream, context } = await openProxy(accepting, {
      clock,
      mount: { wsUpgrades: true, ...mount },
    });
    const peer = await connect();
    await peer.send(upgradeRequest());
    await vi.waitUntil(() => peer.text.includes('\r\n\r\n'));
    // what either side says puts the end off
    await clock.advance(secs * 1000 - 500);
    await peer.send(clientFrame(1, 'hello'));
    await vi.waitUntil(() => context.counters.rx > 200);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await clock.advance(secs * 1000 - 500);
    upstream.sockets[0]?.write(Uint8Array.of(0x81, 2, 0x68, 0x69));
    await vi.waitUntil(() => peer.text.endsWith('hi'));
    await clock.advance(secs * 1000 - 500);
    expect([peer.ended, upstream.sockets[0]?.readableEnded]).toEqual([false, false]);
    await clock.advance(1000);
    await vi.waitUntil(() => peer.ended && upstream.sockets[0]?.readableEnded === true);
    expect(logged.join()).toContain('LWS_ERR_MOUNT_PROXY_IDLE');
    expect(context.counters.refused.get('LWS_ERR_MOUNT_PROXY_IDLE')).toBe(1);
  });

  test('wsIdleSecs 0: never', async () => {
    const clock = new VirtualClock();
    const { connect } = await openProxy(accepting, {
      clock,
      mount: { wsUpgrades: true, wsIdleSecs: 0 },
    });
    const peer = await connect();
    await peer.send(upgradeRequest());
    await vi.waitUntil(() => peer.text.includes('\r\n\r\n'));
    await clock.advance(100_000_000);
    expect(peer.ended).toBe(false);
  });

  test('a peer that goes before the upstream agreed takes the attempt along', async () => {
    const { connect, upstream, context } = await openProxy(() => undefined, setup);
    const peer = await connect();
    await peer.send(upgradeRequest());
    await vi.waitUntil(() => upstream.requests.length === 1);
    await peer.reset();
    await vi.waitUntil(() => context.counters.wsi_alive === 0);
    await vi.waitUntil(() => upstream.sockets[0]?.destroyed === true);
    expect(peer.text).toBe('');
  });
});

describe('an upstream that', () => {
  test.each<[string, Script, number]>([
    ['refuses with 403', (_request, socket) => void socket.write(answer('no', '', '403 No')), 403],
    ['answers 200', (_request, socket) => void socket.write(answer('hi')), 502],
    [
      'redirects',
      (_request, socket) => void socket.write(answer('', 'Location: /x\r\n', '302 x')),
      502,
    ],
    [
      'has another key',
      (_request, socket) => void socket.write(agree().replace(acceptOfRequest, 'AAAA')),
      502,
    ],
    ['has no key', (_request, socket) => void socket.write(agree().replace(/Sec-.*\r\n/, '')), 502],
    [
      'changes to another protocol',
      (_request, socket) => void socket.write(agree().replace('websocket', 'h2c')),
      502,
    ],
    ['says no HTTP', (_request, socket) => void socket.write('SSH-2.0\r\n\r\n'), 502],
    ['hangs up', (_request, socket) => void socket.destroy(), 502],
  ])('%s is no WebSocket: %#', async (_name, script, status) => {
    const { connect, context } = await openProxy(script, setup);
    const peer = await connect();
    await peer.send(upgradeRequest());
    await peer.send(clientFrame(1, 'smuggled'));
    await vi.waitUntil(() => peer.ended || peer.isClosed);
    expect(readAnswer(peer.text).status).toBe(status);
    expect(peer.text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(context.counters.refused.get('LWS_ERR_MOUNT_UPSTREAM' as never)).toBe(1);
    expect(logged.join()).toContain('LWS_ERR_MOUNT_UPSTREAM');
  });
});

test('without wsUpgrades it is no business of the upstream: a plain request is passed on', async () => {
  const { connect, upstream } = await openProxy(
    (_request, socket) => void socket.write(answer('plain')),
  );
  const peer = await connect();
  await peer.send(upgradeRequest());
  await vi.waitUntil(() => peer.text.includes('plain'));
  expect(upstream.requests[0]?.head).not.toMatch(/^(upgrade|connection):/im);
});

test.each([['another token', upgradeRequest().replace('Upgrade: websocket', 'Upgrade: h2c')]])(
  '%s is passed on as a plain request',
  async (_name, request) => {
    const { connect, upstream } = await openProxy(
      (_request, socket) => void socket.write(answer('plain')),
      setup,
    );
    const peer = await connect();
    await peer.send(request);
    await vi.waitUntil(() => peer.text.includes('plain'));
    expect(upstream.requests[0]?.head).not.toMatch(/^upgrade:/im);
  },
);

test.each<[string, (request: string) => string, number]>([
  ['without a key', (request) => request.replace(/Sec-WebSocket-Key.*\r\n/, ''), 400],
  ['with two keys', (request) => request.replace(/(Sec-WebSocket-Key.*\r\n)/, '$1$1'), 400],
  ['with a short key', (request) => request.replace(/(Sec-WebSocket-Key: ).*/, '$1c2hvcnQ='), 400],
  ['with a key that is no base64', (request) => request.replace(/(Key: )..../, '$1!!!!'), 400],
  ['of version 8', (request) => request.replace(/(Version: )13/, '$18'), 426],
  ['without a version', (request) => request.replace(/Sec-WebSocket-Version.*\r\n/, ''), 426],
  ['of two versions', (request) => request.replace(/(.*Version: 13\r\n)/, '$1$1'), 426],
  ['by POST', (request) => request.replace('GET', 'POST'), 400],
])('a handshake %s is refused, and the upstream hears nothing', async (_name, change, status) => {
  const { connect, upstream, context } = await openProxy(accepting, setup);
  const peer = await connect();
  const request = upgradeRequest();
  expect(change(request)).not.toBe(request);
  await peer.send(change(request));
  await vi.waitUntil(() => peer.ended);
  const got = readAnswer(peer.text);
  expect(got.status).toBe(status);
  expect(fieldOf(got.head, 'sec-websocket-version')).toBe(status === 426 ? '13' : undefined);
  expect(fieldOf(got.head, 'upgrade')).toBe(status === 426 ? 'websocket' : undefined);
  expect(upstream.received).toBe(0);
  expect(context.counters.refused.get('LWS_ERR_MOUNT_PROXY_HANDSHAKE' as never)).toBe(1);
});

test.each<[string, string, Script, number]>([
  ['a wrong key', upgradeRequest().replace('==', ''), accepting, 400],
  ['a wrong version', upgradeRequest().replace('13', '8'), accepting, 426],
  [
    'a refusal',
    upgradeRequest(),
    (_request, socket) => void socket.end(answer('', '', '403 No')),
    403,
  ],
  ['no agreement', upgradeRequest(), (_request, socket) => void socket.end(answer('x')), 502],
])('%s is answered with the headers of the mount', async (_name, request, script, status) => {
  const headers = { 'X-Frame-Options': 'DENY', 'Cache-Control': 'max-age=7' };
  const { ask } = await openProxy(script, { mount: { wsUpgrades: true, headers } });
  const heard = readAnswer(await ask(request));
  expect(heard.status).toBe(status);
  expect(heard.head.match(/^(?:cache-control|x-frame-options): .*$/gim)?.sort()).toEqual([
    'cache-control: max-age=7',
    'x-frame-options: DENY',
  ]);
});

test.each([
  ['401', 'WWW-Authenticate: Basic realm="a"\r\nWWW-Authenticate: Bearer\r\n'],
  ['405', 'Allow: POST\r\n'],
  ['426', 'Upgrade: websocket\r\nSec-WebSocket-Version: 12, 13\r\n'],
  ['503', 'Retry-After: 7\r\n'],
])(
  'a refusal of the upstream with %s says what that status needs, and no more',
  async (status, fields) => {
    const script: Script = (_request, socket) =>
      void socket.end(
        answer('no', `${fields}X-A: b\r\nConnection: X-B\r\nX-B: c\r\n`, `${status} No`),
      );
    const { ask } = await openProxy(script, setup);
    const { head } = readAnswer(await ask(upgradeRequest()));
    const own = /^(?:HTTP|content-|cache-control|x-content-type-options|connection|date)/;
    expect(head.startsWith(`HTTP/1.1 ${status} `)).toBe(true);
    const told = head.split('\r\n').filter((line) => line !== '' && !own.test(line));
    expect(told).toEqual(
      fields
        .split('\r\n')
        .slice(0, -1)
        .map((line) => line.replace(/^[^:]*/, (name) => name.toLowerCase())),
    );
  },
);
