/** Clients that belong to a wsi: `parentWsi` of `connect()`, and what `childClosing` is told. */
import { type Context, createContext, setLogLevel } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { protocol, type WsWsi } from '@lws-ts/interface';
import { connectWsPeer } from '@lws-ts/test-kit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ws } from '../src/index.ts';
import { answerTo, ScriptedServer } from './scripted-server.ts';

let closers: (() => unknown)[];

beforeEach(() => {
  closers = [];
  setLogLevel(undefined, () => {});
});
afterEach(async () => {
  for (const close of closers.reverse()) await close();
  setLogLevel(undefined, null);
});

async function until(done: () => boolean): Promise<void> {
  for (let turn = 0; !done(); turn++) {
    if (turn > 1000) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A server that answers, and a context that relays: each WebSocket it accepts has a client for a child. */
async function relay(answers = true) {
  const server = await ScriptedServer.listen((head, socket) => {
    if (answers) socket.write(answerTo(head));
  });
  closers.push(() => server.close());
  const told: string[] = [];
  const parents: WsWsi<unknown, unknown>[] = [];
  const relayed = protocol({
    name: 'relay',
    ws: {
      established(wsi) {
        parents.push(wsi);
        context.connect({ url: `ws://127.0.0.1:${server.port}/`, parentWsi: wsi });
      },
      childClosing(wsi, child) {
        told.push(`child of ${wsi.id} was ${child.id}, one of ${wsi.children.length}`);
        return child.open ? undefined : -1;
      },
      closed: (wsi) => void told.push(`closed ${wsi.id}`),
    },
    client: {
      established: (wsi) => void told.push(`established ${wsi.id} of ${wsi.parent?.id}`),
      closed: (wsi) => void told.push(`closed ${wsi.id}`),
      connectionError: (wsi, error) => void told.push(`failed ${wsi.id} ${error.code}`),
    },
  });
  const context: Context = (await createContext({
    use: [http(), ws()],
    port: -1,
    protocols: [relayed],
  })) as Context;
  closers.push(() => context.close({ deadlineSecs: 0 }));
  const [vhost] = context.vhosts;
  if (vhost === undefined) throw new Error('no vhost');
  const peer = await connectWsPeer(vhost, { protocol: 'relay' });
  return { server, context, told, peer, parents };
}

test('a client ends with its parent, and before it', async () => {
  const { told, peer, parents } = await relay();
  await until(() => told.length === 1);
  expect(told).toEqual(['established 2 of 1']);
  expect(parents[0]?.children.map(({ id }) => id)).toEqual([2]);
  await peer.peer.reset();
  await until(() => told.length === 4);
  expect(told.slice(1)).toEqual(['closed 2', 'child of 1 was 2, one of 1', 'closed 1']);
});

test('one that is not established fails', async () => {
  const { told, peer } = await relay(false);
  await peer.peer.reset();
  await until(() => told.length === 3);
  expect(told).toEqual([
    'failed 2 LWS_ERR_CONNECT_ABORTED',
    'child of 1 was 2, one of 1',
    'closed 1',
  ]);
});

test('a parent that returns -1 ends with its child', async () => {
  const { told, server, peer } = await relay();
  await until(() => told.length === 1);
  await server.close();
  await until(() => told.length >= 3);
  expect(told.slice(1)).toEqual(['closed 2', 'child of 1 was 2, one of 1']);
  await until(() => peer.frames().some(({ opcode }) => opcode === 8));
});
