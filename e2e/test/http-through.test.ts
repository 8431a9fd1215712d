/** HTTP servers that are not ours, asked by the client, and through a proxy mount by clients that are not ours. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, devCerts, httpRequest, type LwsContext, protocol } from 'lws-ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { type HttpOrigin, httpOriginKinds } from './http-origins.ts';

const folder = mkdtempSync(join(tmpdir(), 'origins-'));
const certs = devCerts({ dir: join(folder, 'certs'), names: ['localhost', '127.0.0.1'] });
const large = randomBytes(5_000_000);
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

beforeAll(() => {
  mkdirSync(join(folder, 'www'));
  writeFileSync(join(folder, 'www/hello.txt'), 'hello\n');
  writeFileSync(join(folder, 'www/large.bin'), large);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Hashes an answer, read in pieces of 10,000 bytes. */
const digests: string[] = [];
const hashing = protocol({
  name: 'hashing',
  session: () => createHash('sha256'),
  client: {
    receiveHttp: (wsi) => void wsi.session.update(wsi.httpClientRead(10_000)),
    completedHttp: (wsi) => void digests.push(wsi.session.digest('hex')),
  },
});

describe.each(httpOriginKinds)('$name', (kind) => {
  let origin: HttpOrigin;
  let context: LwsContext;
  let proxied = '';

  beforeAll(async () => {
    if (kind.missing !== undefined) return;
    origin = await kind.start(folder, certs);
    context = await createContext({
      vhosts: [
        {
          port: 0,
          interface: '127.0.0.1',
          protocols: [hashing],
          clientSslCaFilepath: certs.caFilepath,
          mounts: [{ mountpoint: '/m', origin: origin.url, maxHttpBodySize: 2 ** 40 }],
        },
      ],
    });
    proxied = `http://127.0.0.1:${context.vhosts[0]?.port}/m`;
  });
  afterAll(async () => {
    await context?.close({ deadlineSecs: 1 });
    await origin?.close();
  });

  beforeEach((ctx) => {
    if (kind.missing !== undefined) ctx.skip(kind.missing);
  });

  test('answers the client, by one connection where it keeps them', async () => {
    for (let round = 0; round < 3; round++) {
      const answer = await httpRequest(context, { url: `${origin.url}/hello.txt` });
      expect([answer.status, answer.text()]).toEqual([200, 'hello\n']);
    }
    expect((await httpRequest(context, { url: `${origin.url}/none` })).status).toBe(404);
  });

  test('gives the client 5 MB whole, piece by piece', async () => {
    digests.length = 0;
    await context.open({ url: `${origin.url}/large.bin` });
    while (digests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(digests).toEqual([digest(large)]);
  });

  test('is behind a proxy mount what it is without', async () => {
    for (const path of ['/hello.txt', '/large.bin', '/none']) {
      const [direct, through] = await Promise.all(
        [`${origin.url}${path}`, `${proxied}${path}`].map(async (url) => {
          const { status, body } = await httpRequest(context, { url, maxAnswerBytes: 1e7 });
          return [status, digest(body)];
        }),
      );
      expect(through).toEqual(direct);
    }
    const head = await fetch(`${proxied}/hello.txt`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  test.runIf(kind.name.startsWith('node:'))(
    'gets 5 MB through a proxy mount and gives it back at the same time',
    async () => {
      const answer = await fetch(proxied, { method: 'POST', body: large });
      expect(digest(new Uint8Array(await answer.arrayBuffer()))).toBe(digest(large));
    },
  );
});

describe('ws', () => {
  test('works unmodified on both sides of a proxy mount', async () => {
    const http = createServer();
    const server = new WebSocketServer({ server: http, path: '/app/chat' });
    server.on('connection', (socket) => {
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    });
    await new Promise<void>((resolve) => {
      http.listen(0, '127.0.0.1', resolve);
    });
    const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}/app`;
    const context = await createContext({
      port: 0,
      interface: '127.0.0.1',
      mounts: [{ mountpoint: '/ws', origin, wsUpgrades: true }],
    });
    const socket = new WebSocket(`ws://127.0.0.1:${context.vhosts[0]?.port}/ws/chat`, ['one']);
    const heard: string[] = [];
    await new Promise((resolve, reject) => {
      socket.on('open', resolve);
      socket.on('error', reject);
    });
    expect([socket.protocol, socket.extensions]).toEqual(['one', '']);
    const whole = new Promise<void>((resolve) => {
      socket.on('message', (data: Buffer) => {
        heard.push(data.length > 100 ? digest(data) : data.toString());
        if (heard.length === 3) resolve();
      });
    });
    socket.send('a');
    socket.send(large);
    socket.send('b');
    await whole;
    expect(heard).toEqual(['a', digest(large), 'b']);
    const closed = new Promise((resolve) => {
      socket.on('close', resolve);
    });
    socket.close(4001, 'seeya');
    expect(await closed).toBe(4001);
    await context.close({ deadlineSecs: 1 });
    server.close();
    await new Promise((resolve) => http.close(resolve));
  });
});
