/** Raw connections that belong to one another: what is adopted with a parent ends with it, and before it. */
import { protocol, type RawWsi } from '@lws-ts/interface';
import { memoryTransportPair, RawPeer, settle } from '@lws-ts/test-kit';
import { expect, test } from 'vitest';
import { openRaw } from './open-raw.ts';

/** A parent and its child; what their handlers are told. */
async function family(verdict?: -1) {
  const told: string[] = [];
  const relay = protocol({
    name: 'relay',
    raw: {
      adopt: (wsi) => void told.push(`adopt ${wsi.id} of ${wsi.parent?.id}`),
      childClosing(wsi, child) {
        told.push(`child of ${wsi.id} was ${child.id}, one of ${wsi.children.length}`);
        return verdict;
      },
      close: (wsi) => void told.push(`close ${wsi.id}`),
    },
  });
  const { vhost } = await openRaw(relay);
  const adopt = async (parent?: RawWsi<unknown, unknown>) => {
    const [server, client] = memoryTransportPair();
    const peer = new RawPeer(client);
    const wsi = vhost.adoptDescriptor(server, 'relay', parent);
    await settle();
    return { peer, wsi: wsi as RawWsi<unknown, unknown> };
  };
  const parent = await adopt();
  const child = await adopt(parent.wsi);
  expect(told.splice(0)).toEqual(['adopt 1 of undefined', 'adopt 2 of 1']);
  return { told, parent, child };
}

test('a child ends with its parent, and before it', async () => {
  const { told, parent, child } = await family();
  await parent.peer.reset();
  expect(told).toEqual(['close 2', 'child of 1 was 2, one of 1', 'close 1']);
  expect(child.peer.isClosed).toBe(true);
});

test('a parent goes on without its child', async () => {
  const { told, parent, child } = await family();
  await child.peer.reset();
  expect(told).toEqual(['close 2', 'child of 1 was 2, one of 1']);
  expect([parent.wsi.open, parent.wsi.children]).toEqual([true, []]);
});

test('a parent that returns -1 ends', async () => {
  const { parent, child } = await family(-1);
  await child.peer.reset();
  expect([parent.wsi.open, parent.peer.ended]).toEqual([false, true]);
});
