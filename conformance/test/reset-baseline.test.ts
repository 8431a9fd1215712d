/**
 * Connections that are reset at random stages, in memory and on a clock that stands still: when all are gone, entries
 * of the timer wheel, header tables, connections and kept output are exactly what they were. 2,000 of them, times
 * LWS_FUZZ_DEPTH; descriptors over TCP are counted in e2e.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectRawPeer, settle, VirtualClock } from '@lws-ts/test-kit';
import { createContext, echo, protocol, setLogLevel, type Vhost } from 'lws-ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { siteOf } from '../../packages/http/src/http-site.ts';

const count = 2000 * Number(process.env['LWS_FUZZ_DEPTH'] ?? 1);
const atOnce = 40;
const files = mkdtempSync(join(tmpdir(), 'lws-reset-baseline-'));
writeFileSync(join(files, 'a.txt'), 'a');
writeFileSync(join(files, 'large.txt'), Buffer.alloc(1_000_000, 'x'));

beforeAll(() => setLogLevel(undefined, () => {}));
afterAll(() => {
  setLogLevel(undefined, null);
  rmSync(files, { recursive: true });
});

const host = 'Host: a\r\n';
const get = (path: string): string => `GET ${path} HTTP/1.1\r\n${host}\r\n`;
const post = `POST /app HTTP/1.1\r\n${host}`;
const upgrade =
  `GET / HTTP/1.1\r\n${host}Connection: upgrade\r\nUpgrade: websocket\r\n` +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
const message = Buffer.from('8185000000006162636465', 'hex').toString('latin1');

/** What is said before the reset, some of it cut anywhere. */
const scripts: readonly string[] = [
  '',
  get('/a.txt'),
  get('/a.txt').repeat(20),
  get('/large.txt'),
  get('/app'),
  get('/slow'),
  `${post}Content-Length: 100000\r\n\r\n${'b'.repeat(500)}`,
  `${post}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n10\r\nabc`,
  `${post}Content-Length: 9\r\nExpect: 100-continue\r\n\r\n`,
  'GET\r\n',
  get('/none.txt') + get('/a.txt').slice(0, 20),
  upgrade,
  upgrade + message,
  upgrade + message.slice(0, 7),
  `${upgrade}${Buffer.from('0185000000006162636465', 'hex').toString('latin1')}`,
  `${upgrade}${Buffer.from('888000000000', 'hex').toString('latin1')}`,
];

const app = protocol({
  name: 'app',
  session: () => ({ count: 0 }),
  http: {
    request(wsi) {
      if (wsi.path === '/slow') wsi.setTimerMs(5000);
      else if (!wsi.hasBody && wsi.contentLength === undefined) wsi.requestWriteable();
    },
    body: () => undefined,
    bodyCompletion: (wsi) => wsi.reply(200),
    timer: (wsi) => wsi.reply(200),
    writeable(wsi, tx) {
      if (wsi.session.count++ === 0) tx.head(200);
      tx.body('x'.repeat(1000));
      if (wsi.session.count === 200) tx.end();
      else wsi.requestWriteable();
    },
  },
});

test('entries, tables, connections and output are at the baseline exactly', async () => {
  const seed = Number(process.env['LWS_FUZZ_SEED'] ?? Date.now() % 2 ** 31);
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
  const clock = new VirtualClock();
  const context = await createContext({
    clock,
    port: -1,
    protocols: [echo.with({ default: true }), app],
    mounts: [
      { mountpoint: '/', origin: `file://${files}` },
      { mountpoint: '/app', origin: 'callback://app' },
      { mountpoint: '/slow', origin: 'callback://app' },
    ],
  });
  const [vhost] = context.vhosts as readonly Vhost[];
  if (vhost === undefined) throw new Error('no vhost');
  const { tables } = siteOf(vhost);
  const baseline = { timers: context.loop.wheel.size, tables: tables.lent };
  let most = { timers: 0, tables: 0 };
  for (let done = 0; done < count; done += atOnce) {
    const peers = await Promise.all(
      Array.from({ length: atOnce }, async () => {
        const { peer } = await connectRawPeer(vhost, { capacity: 1000 + random(100_000) });
        if (random(4) === 0) await peer.read(false);
        const said = scripts[random(scripts.length)] as string;
        peer.push(random(2) === 0 ? said : said.slice(0, random(said.length + 1)));
        return peer;
      }),
    );
    await settle(random(3));
    if (random(5) === 0) await clock.advance(random(3000));
    const { size } = context.loop.wheel;
    most = { timers: Math.max(most.timers, size), tables: Math.max(most.tables, tables.lent) };
    await Promise.all(peers.map((peer) => (random(6) === 0 ? peer.end() : peer.reset())));
  }
  // resets of peers that are not read from are found by probes, and slow ones by their deadlines
  for (let secs = 0; secs < 400 && context.counters.wsi_alive > 0; secs++)
    await clock.advance(1000);
  const after = { timers: context.loop.wheel.size, tables: tables.lent };
  expect({ after, alive: context.counters.wsi_alive, kept: context.keptOutputBytes, seed }).toEqual(
    {
      after: baseline,
      alive: 0,
      kept: 0,
      seed,
    },
  );
  expect(vhost.connectionsByProtocol()).toEqual(
    new Map([
      ['echo', 0],
      ['app', 0],
    ]),
  );
  // it was not for nothing
  expect(most.timers).toBeGreaterThan(10);
  expect(most.tables).toBeGreaterThan(5);
  await context.close({ deadlineSecs: 0 });
}, 300_000);
