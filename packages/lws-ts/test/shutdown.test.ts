import { connectWsPeer, settle, VirtualClock, type WsRawPeer } from '@lws-ts/test-kit';
import { createContext, dumbIncrement, type LwsContext, lwsMirror } from 'lws-ts';
import { expect, test } from 'vitest';

async function open(clock: VirtualClock): Promise<LwsContext> {
  return createContext({
    clock,
    vhosts: [
      {
        name: 'localhost',
        port: -1,
        protocols: [dumbIncrement.with({ default: true }), lwsMirror],
      },
    ],
  });
}

function vhostOf(context: LwsContext) {
  const [vhost] = context.vhosts;
  if (vhost === undefined) throw new Error('no vhost');
  return vhost;
}

test('of 100 WebSockets 50 never answer the close: they are cut at the deadline, all saw 1001', async () => {
  const clock = new VirtualClock();
  const context = await open(clock);
  const peers: WsRawPeer[] = [];
  for (let at = 0; at < 100; at++) peers.push(await connectWsPeer(vhostOf(context)));
  for (const peer of peers) peer.frames();
  const began = clock.now();
  const closing = context.close({ deadlineSecs: 4 });
  await settle();
  const codes = peers.map((peer) => peer.closeCode());
  expect(codes.every((code) => code === 1001)).toBe(true);
  for (const [at, peer] of peers.entries())
    if (at % 2 === 0) {
      await peer.close(1001);
      await peer.peer.end();
    }
  await clock.advance(3999);
  expect(peers.filter(({ peer }) => peer.isClosed).length).toBe(50);
  await clock.advance(1);
  expect(await closing).toEqual({ closed: 50, cut: 50, elapsedMs: 4000 });
  expect(clock.now() - began).toBe(4000);
  await settle();
  expect(peers.every(({ peer }) => peer.isClosed)).toBe(true);
  expect(context.counters.wsi_alive).toBe(0);
  expect(clock.pending).toBe(0);
});

test('close ends as soon as all are gone, and once', async () => {
  const clock = new VirtualClock();
  const context = await open(clock);
  const peer = await connectWsPeer(vhostOf(context));
  const closing = context.close({ deadlineSecs: 60 });
  expect(context.close({ deadlineSecs: 1 })).toBe(closing);
  await settle();
  expect(peer.closeCode()).toBe(1001);
  await peer.close(1001);
  await peer.peer.end();
  expect(await closing).toEqual({ closed: 1, cut: 0, elapsedMs: 0 });
});

test('two contexts with the same names: one closed under load, the other loses nothing', async () => {
  const clock = new VirtualClock();
  const [first, second] = [await open(clock), await open(clock)];
  const protocol = 'lws-mirror-protocol';
  const a = await connectWsPeer(vhostOf(first), { protocol });
  const b = await connectWsPeer(vhostOf(second), { protocol });
  const said: string[] = [];
  for (let at = 0; at < 200; at++) {
    said.push(`line ${at}`);
    if (at === 100) void first.close({ deadlineSecs: 1 });
    await a.text(`line ${at}`);
    await b.text(`line ${at}`);
  }
  await clock.advance(2000);
  expect(b.texts()).toEqual(said);
  expect(a.peer.isClosed).toBe(true);
  expect(vhostOf(second).counters.ws_upg).toBe(1);
});
