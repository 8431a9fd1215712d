/** Two ends that both send more than the path between them holds. */
import { type Context, createContext, setLogLevel } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { protocol } from '@lws-ts/interface';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ws } from '../src/index.ts';
import { serve } from './server.ts';
import { frame, text, WsClient } from './ws-client.ts';

let contexts: Context[];
beforeEach(() => {
  contexts = [];
  setLogLevel(undefined, () => {});
});
afterEach(async () => {
  for (const context of contexts) await context.close({ deadlineSecs: 0 });
  setLogLevel(undefined, null);
});

const total = 400;
const payload = new Uint8Array(60_000);

/** Sends its messages and counts those of the peer. Gives what each end heard, when nothing moves any more. */
async function sendBothWays(duplex: boolean): Promise<number[]> {
  const heard = [0, 0];
  const handlers = (end: number) => ({
    established: (wsi: { requestWriteable(): void }) => wsi.requestWriteable(),
    writeable(
      wsi: { session: { sent: number }; requestWriteable(): void },
      tx: { binary(data: Uint8Array): boolean },
    ) {
      if (wsi.session.sent++ < total) tx.binary(payload);
      if (wsi.session.sent < total) wsi.requestWriteable();
    },
    message() {
      heard[end] = (heard[end] ?? 0) + 1;
    },
  });
  const both = protocol({
    name: 'both',
    duplex,
    session: () => ({ sent: 0 }),
    ws: handlers(0),
    client: handlers(1),
  });
  const context = await createContext({
    use: [http(), ws()],
    vhosts: [{ port: 0, interface: '127.0.0.1', protocols: [both] }],
  });
  contexts.push(context as Context);
  await context.open({ url: `ws://127.0.0.1:${context.vhosts[0]?.port}/`, protocols: 'both' });
  for (let last = -1, now = 0; last !== now || now === 0; now = (heard[0] ?? 0) + (heard[1] ?? 0)) {
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 200));
    if (now === 2 * total) break;
  }
  return heard;
}

test('a duplex protocol hears its peer while it writes', async () => {
  expect(await sendBothWays(true)).toEqual([total, total]);
});

test('others wait for their own output first, and so for each other', async () => {
  const [server = 0, client = 0] = await sendBothWays(false);
  expect(Math.min(server, client)).toBeLessThan(total);
});

test('of pings that come while there is no room for a pong the last is answered, and what is behind them heard', async () => {
  const heard: string[] = [];
  const { vhost } = await serve(
    protocol({
      name: 'full',
      duplex: true,
      session: () => ({ sent: false }),
      ws: {
        message(wsi, data) {
          heard.push(String(data));
          wsi.requestWriteable();
        },
        receivePing: (_wsi, payload) => void heard.push(`ping ${Buffer.from(payload).toString()}`),
        writeable(wsi, tx) {
          if (!wsi.session.sent) tx.text('x'.repeat(100_000));
          wsi.session.sent = true;
        },
      },
    }).with({ default: true }),
  );
  const client = await WsClient.open(vhost, {}, { capacity: 1000 });
  await client.peer.read(false);
  await client.send(text('go'));
  for (const payload of ['a', 'b', 'c']) await client.send(frame(9, payload));
  await client.send(text('behind'));
  await client.peer.read(true);
  expect(await client.settled()).toEqual(['text of 100000', 'pong "c"']);
  expect(heard).toEqual(['go', 'ping a', 'ping b', 'ping c', 'behind']);
});
