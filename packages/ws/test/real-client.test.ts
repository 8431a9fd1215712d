import { once } from 'node:events';
import { createContext, setLogLevel } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { protocol } from '@lws-ts/interface';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { ws } from '../src/index.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  setLogLevel(undefined, null);
});

const echo = protocol({
  name: 'echo',
  session: () => ({ queue: [] as (string | Uint8Array)[] }),
  ws: {
    message(wsi, data) {
      wsi.session.queue.push(data);
      wsi.requestWriteable();
    },
    writeable(wsi, tx) {
      const { queue } = wsi.session;
      for (let data = queue.shift(); data !== undefined; data = queue.shift()) {
        const room = typeof data === 'string' ? tx.text(data) : tx.binary(data);
        if (!room) break;
      }
      if (queue.length > 0) wsi.requestWriteable();
    },
  },
});

/** A client of the `ws` package, connected over loopback. */
async function connect(): Promise<WebSocket> {
  setLogLevel(undefined, () => {});
  const context = await createContext({
    use: [http(), ws()],
    vhosts: [{ interface: '127.0.0.1', port: 0, protocols: [echo] }],
  });
  closers.push(() => context.close({ deadlineSecs: 0 }));
  const client = new WebSocket(`ws://127.0.0.1:${context.vhosts[0]?.port}/`, 'echo');
  await once(client, 'open');
  closers.push(async () => client.terminate());
  return client;
}

async function take(client: WebSocket, count: number): Promise<(string | Buffer)[]> {
  const got: (string | Buffer)[] = [];
  const all = new Promise<void>((resolve) => {
    client.on('message', (data: Buffer, isBinary) => {
      got.push(isBinary ? data : data.toString());
      if (got.length === count) resolve();
    });
  });
  await all;
  return got;
}

/** `toEqual` takes seconds for a buffer of 1 MB. */
function same(a: string | Buffer, b: string | Buffer | undefined): boolean {
  return typeof a === 'string' ? a === b : typeof b === 'object' && a.equals(b);
}

describe('the client of the ws package, over loopback', () => {
  test('gets back what it sends, in order', async () => {
    const client = await connect();
    expect(client.protocol).toBe('echo');
    const sent = [
      'hello',
      '',
      'h\u00e9llo \u2603 \u{1f600}',
      Buffer.from([0, 1, 255]),
      'x'.repeat(70_000),
      Buffer.alloc(1_000_000, 7),
      ...Array.from({ length: 200 }, (_, at) => `message ${at}`),
    ];
    const echoed = take(client, sent.length);
    for (const data of sent) client.send(data);
    const got = await echoed;
    expect(got).toHaveLength(sent.length);
    expect(got.findIndex((data, at) => !same(data, sent[at]))).toBe(-1);
  });

  test('fragments, pings and pongs', async () => {
    const client = await connect();
    const echoed = take(client, 1);
    const pong = once(client, 'pong');
    client.send('one ', { fin: false });
    client.ping('are you there');
    client.send('two ', { fin: false });
    client.send('three', { fin: true });
    expect(await echoed).toEqual(['one two three']);
    expect(String((await pong)[0])).toBe('are you there');
  });

  test('a close handshake from its side', async () => {
    const client = await connect();
    const closed = once(client, 'close');
    client.close(3001, 'enough');
    expect((await closed)[0]).toBe(3001);
  });

  test('a close handshake from ours', async () => {
    const client = await connect();
    const closed = once(client, 'close');
    void closers[0]?.();
    expect([1001, 1006]).toContain((await closed)[0]);
  });
});
