/** The handlers of a client that are the same as a server's, called for it and for it alone. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type Context, createContext, setLogLevel } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { protocol } from '@lws-ts/interface';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { ws } from '../src/index.ts';

let server: WebSocketServer;
let context: Context;
let peer: WebSocket;

beforeEach(async () => {
  setLogLevel(undefined, () => {});
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  server.on('connection', (socket) => {
    peer = socket;
  });
});
afterEach(async () => {
  await context.close({ deadlineSecs: 0 });
  peer.terminate();
  server.close();
  setLogLevel(undefined, null);
});

/** Opens a connection of that protocol. */
async function open(protocols: ReturnType<typeof protocol>): Promise<void> {
  context = (await createContext({
    use: [http(), ws()],
    vhosts: [{ port: -1, protocols: [protocols] }],
  })) as Context;
  await context.open({ url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/` });
}

async function until(done: () => boolean): Promise<void> {
  for (let turn = 0; !done(); turn++) {
    if (turn > 1000) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

test('client.receivePong gets pongs, client.receive chunks', async () => {
  const heard: string[] = [];
  await open(
    protocol({
      name: 'taker',
      rxBufferSize: 4,
      client: {
        established: (wsi) => wsi.requestWriteable(),
        writeable: (_wsi, tx) => void tx.ping(Uint8Array.of(0x70)),
        receivePong: (_wsi, payload) => void heard.push(`pong ${Buffer.from(payload).toString()}`),
        receive: (wsi, chunk) =>
          void heard.push(
            `${Buffer.from(chunk).toString()} ${wsi.isFirstFragment} ${wsi.isFinalFragment}`,
          ),
      },
    }) as never,
  );
  await until(() => heard.length === 1);
  peer.send('abcdef');
  await until(() => heard.length === 3);
  expect(heard).toEqual(['pong p', 'abcd true false', 'ef false true']);
});

test('client.receivePing gets pings, with their payload, which are answered', async () => {
  const heard: string[] = [];
  await open(
    protocol({
      name: 'pinged',
      client: {
        receivePing: (_wsi, payload) => void heard.push(`ping ${Buffer.from(payload).toString()}`),
      },
    }) as never,
  );
  peer.on('pong', (payload) => heard.push(`pong ${String(payload)}`));
  peer.ping('a');
  peer.ping();
  await until(() => heard.length === 4);
  expect(heard.toSorted()).toEqual(['ping ', 'ping a', 'pong ', 'pong a']);
});

test('client.timer and client.peerInitiatedClose', async () => {
  const heard: string[] = [];
  await open(
    protocol({
      name: 'timer',
      client: {
        established: (wsi) => wsi.setTimerMs(1),
        timer: () => void heard.push('timer'),
        peerInitiatedClose: (_wsi, code, reason) => void heard.push(`${code} ${reason}`),
        closed: (_wsi, code) => void heard.push(`closed ${code}`),
      },
    }) as never,
  );
  await until(() => heard.length === 1);
  peer.close(4000, 'go');
  await until(() => heard.length === 3);
  expect(heard).toEqual(['timer', '4000 go', 'closed 4000']);
});

test('a handler that throws closes its connection with 1011', async () => {
  await open(
    protocol({
      name: 'thrower',
      client: {
        message() {
          throw new Error('broken');
        },
      },
    }) as never,
  );
  peer.send('x');
  const [code] = await once(peer, 'close');
  expect(code).toBe(1011);
});
