/** Our client and a server of ws: frames of each form of length, masked as RFC 6455 §5.3 has it, both ways. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createContext, setLogLevel } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { protocol } from '@lws-ts/interface';
import { ws } from '@lws-ts/ws';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';

const lengths = [0, 1, 2, 3, 4, 5, 7, 8, 125, 126, 127, 4095, 65_535, 65_536, 65_537, 300_000];

beforeEach(() => setLogLevel(undefined, () => {}));
afterEach(() => setLogLevel(undefined, null));

function digest(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

test.each(['text', 'binary'])(
  '%s of each length comes as it was sent, and so does the echo',
  async (kind) => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    const heard: string[] = [];
    server.on('connection', (socket) =>
      socket.on('message', (data, binary) => {
        heard.push(`${binary ? 'binary' : 'text'} ${digest(data as Buffer)}`);
        socket.send(data, { binary });
      }),
    );
    const sent = lengths.map((length) => {
      const bytes = Uint8Array.from({ length }, (_, at) => 32 + ((at * 7 + length) % 95));
      return kind === 'text' ? Buffer.from(bytes).toString('latin1') : bytes;
    });
    const expected = sent.map((data) => `${kind} ${digest(data)}`);
    const echoed: string[] = [];
    let done: (code: number) => void = () => undefined;
    const closed = new Promise<number>((resolve) => {
      done = resolve;
    });
    const talker = protocol({
      name: 'talker',
      session: () => ({ next: 0 }),
      client: {
        established: (wsi) => wsi.requestWriteable(),
        writeable(wsi, tx) {
          const data = sent[wsi.session.next++];
          if (data !== undefined) void (typeof data === 'string' ? tx.text(data) : tx.binary(data));
        },
        message(wsi, data) {
          echoed.push(`${typeof data === 'string' ? 'text' : 'binary'} ${digest(data)}`);
          if (echoed.length === sent.length) wsi.close(1000);
          else wsi.requestWriteable();
        },
        closed: (_wsi, code) => done(code),
        connectionError: () => done(-1),
      },
    });
    const context = await createContext({
      use: [http(), ws()],
      vhosts: [{ port: -1, protocols: [talker] }],
    });
    try {
      context.connect({ url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/` });
      expect(await closed).toBe(1000);
      expect(heard).toEqual(expected);
      expect(echoed).toEqual(expected);
    } finally {
      await context.close({ deadlineSecs: 0 });
      server.close();
    }
  },
);
