/** permessage-deflate against ws, in both directions, with all combinations of the parameters of RFC 7692. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type Context, createContext, setLogLevel } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { protocol } from '@lws-ts/interface';
import { echo } from '@lws-ts/protocols/echo';
import { type DeflateOptions, permessageDeflate, ws } from '@lws-ts/ws';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';

const closers: (() => unknown)[] = [];
beforeEach(() => void setLogLevel(undefined, () => {}));
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  setLogLevel(undefined, null);
});

const all = [9, 12, 15].flatMap((bits) =>
  [false, true].flatMap((serverNoContextTakeover) =>
    [false, true].map((clientNoContextTakeover) => ({
      serverNoContextTakeover,
      clientNoContextTakeover,
      serverMaxWindowBits: bits,
      clientMaxWindowBits: bits,
    })),
  ),
);

/** Messages of every kind and size, each twice, so that a context that is kept shows. */
const messages: (string | Buffer)[] = [0, 1, 126, 1000, 20_000, 65_535, 65_536, 200_000].flatMap(
  (length) => {
    const text = Array.from(
      { length: Math.ceil(length / 8) },
      (_, at) => `${(at * 7919) % 9973}üx `,
    )
      .join('')
      .slice(0, length);
    const bytes = Buffer.from(Uint8Array.from({ length }, (_, at) => (at * at * 31) >> 3));
    return [text, text, bytes, bytes];
  },
);

function same(a: unknown, b: string | Buffer): boolean {
  return typeof b === 'string' ? a === b : Buffer.isBuffer(a) && a.equals(b);
}

async function context(
  options: DeflateOptions,
  client?: ReturnType<typeof protocol>,
): Promise<Context> {
  const made = await createContext({
    use: [http(), ws()],
    vhosts: [
      {
        port: client === undefined ? 0 : -1,
        interface: '127.0.0.1',
        protocols: [client ?? echo.with({ default: true })],
        extensions: [permessageDeflate({ threshold: 0, ...options })],
      },
    ],
  });
  closers.push(() => made.close({ deadlineSecs: 0 }));
  return made as Context;
}

describe.each(all)('%j', (options) => {
  const theirs = {
    serverNoContextTakeover: options.serverNoContextTakeover,
    clientNoContextTakeover: options.clientNoContextTakeover,
    serverMaxWindowBits: options.serverMaxWindowBits,
    clientMaxWindowBits: options.clientMaxWindowBits,
    threshold: 0,
  };

  test('our server echoes to a client of ws', async () => {
    const { vhosts } = await context(options);
    const client = new WebSocket(`ws://127.0.0.1:${vhosts[0]?.port}/`, {
      perMessageDeflate: theirs,
    });
    closers.push(() => client.terminate());
    await once(client, 'open');
    expect(client.extensions).toContain('permessage-deflate');
    const heard: unknown[] = [];
    client.on('message', (data, binary) => heard.push(binary ? data : String(data)));
    for (const message of messages) client.send(message);
    while (heard.length < messages.length) await once(client, 'message');
    for (const [at, message] of messages.entries())
      expect(same(heard[at], message), `${at}`).toBe(true);
  });

  test('our client talks to a server of ws', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: theirs });
    closers.push(() => server.close());
    await once(server, 'listening');
    server.on('connection', (socket) => {
      closers.push(() => socket.terminate());
      socket.on('message', (data, binary) => socket.send(data, { binary }));
    });
    const heard: (string | Uint8Array)[] = [];
    const waiting = [...messages];
    let done: () => void = () => undefined;
    const all = new Promise<void>((resolve) => {
      done = resolve;
    });
    const client = protocol({
      name: 'client',
      client: {
        established: (wsi) => wsi.requestWriteable(),
        writeable(wsi, tx) {
          const next = waiting.shift();
          if (next === undefined) return;
          if (typeof next === 'string') tx.text(next);
          else tx.binary(next);
          wsi.requestWriteable();
        },
        message(_wsi, data) {
          heard.push(typeof data === 'string' ? data : Buffer.from(data));
          if (heard.length === messages.length) done();
        },
      },
    });
    const made = await context(options, client as never);
    await made.open({ url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/` });
    await all;
    for (const [at, message] of messages.entries())
      expect(same(heard[at], message), `${at}`).toBe(true);
  });
});
