import { createContext } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { protocol } from '@lws-ts/interface';
import { expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { ws } from '../src/index.ts';

test('smoke', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await new Promise((r) => server.once('listening', r));
  server.on('connection', (socket) =>
    socket.on('message', (data, binary) => socket.send(data, { binary })),
  );
  const { port } = server.address() as { port: number };
  const events: unknown[] = [];
  const p = protocol({
    name: 'chat',
    client: {
      established(wsi) {
        events.push('established', wsi.header('sec-websocket-accept') !== undefined);
        wsi.requestWriteable();
      },
      writeable(_wsi, tx) {
        tx.text('hello');
      },
      message(wsi, data) {
        events.push(data);
        wsi.close(1000, 'bye');
      },
      closed(_wsi, code) {
        events.push('closed', code);
      },
      connectionError(_wsi, error) {
        events.push(error);
      },
    },
  });
  const context = await createContext({
    use: [http(), ws()],
    vhosts: [{ name: 'a', port: -1, protocols: [p] }],
  });
  const wsi = await context.open({ url: `ws://127.0.0.1:${port}/` });
  expect(wsi.open).toBe(true);
  await new Promise((r) => setTimeout(r, 200));
  expect(events).toEqual(['established', true, 'hello', 'closed', 1000]);
  await expect(context.open({ url: 'ws://127.0.0.1:1/' })).rejects.toMatchObject({
    code: 'LWS_ERR_CONNECT',
  });
  await context.close();
  server.close();
});
