/** A handler that asks for writeable in every writeable streams; it does not make its peer unheard. */
import { protocol } from '@lws-ts/interface';
import { settle } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { serve } from './server.ts';
import { frame, text, WsClient } from './ws-client.ts';

async function stream(send: boolean) {
  const events: string[] = [];
  let turns = 0;
  const streaming = protocol({
    name: 'streaming',
    ws: {
      established: (wsi) => wsi.requestWriteable(),
      writeable(wsi, tx) {
        // bounded, so that the test ends when it fails
        if (++turns > 20_000) return;
        if (send) tx.text('tick');
        wsi.requestWriteable();
      },
      message: (_wsi, data) => void events.push(`message ${String(data)}`),
      closed: (_wsi, code) => void events.push(`closed ${code}`),
    },
  });
  const { vhost } = await serve(streaming.with({ default: true }));
  const client = await WsClient.open(vhost);
  return { client, events, turns: () => turns };
}

describe.each([true, false])('writeable that always asks again, sending: %s', (send) => {
  test('messages are delivered', async () => {
    const { client, events, turns } = await stream(send);
    await client.send(text('hello'));
    await settle();
    expect(turns()).toBeLessThan(20_000);
    expect(events).toEqual(['message hello']);
  });

  test('pings are answered', async () => {
    const { client } = await stream(send);
    await client.send(frame(9, 'p'));
    expect((await client.settled()).filter((each) => each.startsWith('pong'))).toEqual([
      'pong "p"',
    ]);
  });

  test('a close frame ends it', async () => {
    const { client, events } = await stream(send);
    await client.send(frame(8, Uint8Array.of(3, 232)));
    await settle();
    await client.peer.end();
    expect(events).toEqual(['closed 1000']);
  });

  test('FIN ends it', async () => {
    const { client, events } = await stream(send);
    await client.peer.end();
    await settle();
    expect(events).toEqual(['closed 1006']);
  });
});
