/** Server-sent events over TCP: what a peer that reads slowly is owed is bounded, and what it gets is whole. */
import { once } from 'node:events';
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { createContext, EventStream, type LwsContext, protocol } from 'lws-ts';
import { afterEach, describe, expect, test } from 'vitest';

const EVENT_BYTES = 1024;
const padding = 'x'.repeat(EVENT_BYTES - 40);
let context: LwsContext | undefined;
let request: ClientRequest | undefined;

afterEach(async () => {
  request?.destroy();
  await context?.close({ deadlineSecs: 0 });
});

const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

/** One peer of a stream, and the ids of the events that it has read whole. */
async function open(options: ConstructorParameters<typeof EventStream>[0]) {
  let stream: EventStream | undefined;
  let closed = 0;
  const feed = protocol({
    name: 'feed',
    session: () => ({ events: new EventStream(options) }),
    http: {
      request(wsi) {
        stream = wsi.session.events;
        stream.open(wsi);
      },
      writeable: (wsi, tx) => wsi.session.events.writeable(wsi, tx),
      closed: () => void closed++,
    },
  });
  context = await createContext({
    port: 0,
    interface: '127.0.0.1',
    protocols: [feed],
    mounts: [{ mountpoint: '/', origin: 'callback://feed' }],
  });
  const asked = get({ host: '127.0.0.1', port: context.vhosts[0]?.port, agent: false });
  request = asked;
  asked.on('error', () => undefined);
  const [peer] = (await once(asked, 'response')) as [IncomingMessage];
  peer.on('error', () => undefined);
  const ids: number[] = [];
  let rest = '';
  peer.on('data', (bytes: Buffer) => {
    rest += bytes.toString('latin1');
    for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
      ids.push(Number(/^id: (\d+)\ndata: x+$/.exec(rest.slice(0, end))?.[1]));
      rest = rest.slice(end + 2);
    }
  });
  if (stream === undefined) throw new Error('not asked');
  return { peer, ids, stream, closed: () => closed };
}

/** Gives events to a stream, the loop going round between; the most that was kept of them in bytes. */
async function offer(stream: EventStream, count: number, each = 64) {
  let most = 0;
  let taken = 0;
  for (let id = 1; id <= count; id++) {
    if (stream.send({ id: String(id), data: padding })) taken++;
    most = Math.max(most, stream.queuedBytes);
    if (id % each === 0) await turn();
  }
  return { most, taken };
}

describe('a peer that stops reading, offered 64 MiB', () => {
  const count = 65_536;

  test('is owed no more than maxQueuedBytes; it goes on with the newest, whole and in order', async () => {
    const limit = 65_536;
    const { peer, ids, stream } = await open({ maxQueuedBytes: limit, overflow: 'drop-oldest' });
    await offer(stream, 10);
    peer.pause();
    globalThis.gc?.();
    const before = process.memoryUsage();
    const { most, taken } = await offer(stream, count);
    globalThis.gc?.();
    const after = process.memoryUsage();
    expect([taken, most <= limit]).toEqual([count, true]);
    // what the kernel took of the loopback is not dropped
    expect(stream.dropped).toBeGreaterThan(count / 2);
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(16 * 1024 * 1024);
    peer.resume();
    const deadline = performance.now() + 10_000;
    while (ids.at(-1) !== count && performance.now() < deadline) await turn();
    expect(ids.at(-1)).toBe(count);
    const own = ids.slice(10);
    expect(own.every((id, at) => at === 0 || id > (own[at - 1] as number))).toBe(true);
    expect(own.length).toBe(count - stream.dropped);
  });

  test('is closed over it where nothing may be dropped', async () => {
    const { peer, stream, closed } = await open({ maxQueuedBytes: 65_536 });
    peer.pause();
    const { most, taken } = await offer(stream, count);
    expect([most <= 65_536, taken < count, stream.queuedBytes]).toEqual([true, true, 0]);
    const deadline = performance.now() + 5000;
    while (closed() === 0 && performance.now() < deadline) await turn();
    expect(closed()).toBe(1);
  });
});

test('a peer that keeps up gets every event, once and in order', async () => {
  const { ids, stream } = await open({});
  const { taken } = await offer(stream, 5000, 16);
  const deadline = performance.now() + 10_000;
  while (ids.length < 5000 && performance.now() < deadline) await turn();
  expect([taken, stream.dropped]).toEqual([5000, 0]);
  expect(ids).toEqual(Array.from({ length: 5000 }, (_none, at) => at + 1));
});
