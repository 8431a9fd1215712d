import { type Done, protocol } from '@lws-ts/interface';
import { describe, expect, test, vi } from 'vitest';
import { FrameIntake } from '../src/frame-intake.ts';
import { serve } from './server.ts';
import { binary, text, WsClient } from './ws-client.ts';

const twenty = Array.from({ length: 20 }, (_, at) => `m${at}`);
const asText = twenty.map((message) => `text "${message}"`);

/** Keeps one message and sends it in its writeable, as lws's own echo does. */
function storeAndSend() {
  return protocol({
    name: 'echo',
    session: () => ({ waiting: undefined as string | Uint8Array | undefined }),
    ws: {
      message(wsi, data) {
        wsi.session.waiting = data;
        wsi.requestWriteable();
      },
      writeable(wsi, tx) {
        const { waiting } = wsi.session;
        wsi.session.waiting = undefined;
        if (typeof waiting === 'string') tx.text(waiting);
        else if (waiting !== undefined) tx.binary(waiting);
      },
    },
  }).with({ default: true });
}

describe('a turn', () => {
  test('a store-and-send echo answers 20 pipelined messages in one write', async () => {
    const { vhost } = await serve(storeAndSend());
    const client = await WsClient.open(vhost);
    const { writes } = client.server;
    await client.send(...twenty.map((message) => text(message)));
    expect(client.take()).toEqual(asText);
    expect(client.server.writes - writes).toBe(1);
  });

  test('a store-and-send echo reads on within one chunk, and is not offered the rest for each message', async () => {
    const { vhost } = await serve(storeAndSend());
    const client = await WsClient.open(vhost);
    const read = vi.spyOn(FrameIntake.prototype, 'read');
    await client.send(...twenty.map((message) => text(message)));
    expect(client.take()).toEqual(asText);
    // once as it arrives, and the rest of it in the turn
    expect(read).toHaveBeenCalledTimes(2);
    read.mockRestore();
  });

  test('a queueing echo answers 20 pipelined messages in one write', async () => {
    const echo = protocol({
      name: 'echo',
      session: () => ({ queue: [] as string[] }),
      ws: {
        message(wsi, data) {
          wsi.session.queue.push(String(data));
          wsi.requestWriteable();
        },
        writeable(wsi, tx) {
          for (const data of wsi.session.queue.splice(0)) tx.text(data);
        },
      },
    });
    const { vhost } = await serve(echo.with({ default: true }));
    const client = await WsClient.open(vhost);
    const { writes } = client.server;
    await client.send(...twenty.map((message) => text(message)));
    expect(client.take()).toEqual(asText);
    expect(client.server.writes - writes).toBe(1);
  });

  test('rx off inside message 1 of 20: the rest only after on, in order', async () => {
    const got: string[] = [];
    let turnOn = (): void => {};
    const stop = protocol({
      name: 'stop',
      ws: {
        message(wsi, data) {
          got.push(String(data));
          if (got.length > 1) return;
          wsi.rxFlowControl(false);
          turnOn = () => wsi.rxFlowControl(true);
        },
      },
    });
    const { vhost } = await serve(stop.with({ default: true }));
    const client = await WsClient.open(vhost);
    await client.send(...twenty.map((message) => text(message)));
    expect(got).toEqual(['m0']);
    turnOn();
    await client.settled();
    expect(got).toEqual(twenty);
  });

  test('rx off between two chunks of receive holds the rest of the frame back', async () => {
    const got: string[] = [];
    let turnOn = (): void => {};
    const stop = protocol({
      name: 'stop',
      rxBufferSize: 4,
      ws: {
        receive(wsi, chunk) {
          got.push(Buffer.from(chunk).toString());
          wsi.rxFlowControl(false);
          turnOn = () => wsi.rxFlowControl(true);
        },
      },
    });
    const { vhost } = await serve(stop.with({ default: true }));
    const client = await WsClient.open(vhost);
    await client.send(text('abcdefghij'), text('k'));
    expect(got).toEqual(['abcd']);
    for (const expected of ['efgh', 'ij', 'k']) {
      turnOn();
      await client.settled();
      expect(got.at(-1)).toBe(expected);
    }
    expect(got).toEqual(['abcd', 'efgh', 'ij', 'k']);
  });

  test('more messages than one turn has: all of them, in order', async () => {
    const { vhost } = await serve(storeAndSend());
    const client = await WsClient.open(vhost);
    const many = Array.from({ length: 1000 }, (_, at) => `m${at}`);
    await client.send(...many.map((message) => text(message)));
    const heard: string[] = [];
    for (let round = 0; round < 10; round++) heard.push(...(await client.settled()));
    expect(heard).toEqual(many.map((message) => `text "${message}"`));
  });

  test.each<[string, (wsi: { close(): void; abort(): void }) => Done]>([
    ['abort()', (wsi) => wsi.abort()],
    ['close()', (wsi) => wsi.close()],
    ['-1', () => -1],
  ])('%s inside message 1 of 20: no more are delivered', async (_name, end) => {
    const got: string[] = [];
    const ending = protocol({
      name: 'ending',
      ws: {
        message(wsi, data) {
          got.push(String(data));
          return end(wsi);
        },
        closed: () => void got.push('closed'),
      },
    });
    const { vhost } = await serve(ending.with({ default: true }));
    const client = await WsClient.open(vhost);
    await client.send(...twenty.map((message) => text(message)));
    await client.peer.end();
    expect(got).toEqual(['m0', 'closed']);
  });

  test('spurious writeables change nothing', async () => {
    const { vhost } = await serve(storeAndSend());
    const client = await WsClient.open(vhost);
    for (const message of twenty) {
      vhost.protocolByName('echo')?.requestWriteableAll();
      await client.send(text(message));
      vhost.protocolByName('echo')?.requestWriteableAll();
    }
    expect(await client.settled()).toEqual(asText);
  });

  test('a peer that does not read stops the echo and gets all of it later, in order', async () => {
    const { vhost } = await serve(storeAndSend());
    const client = await WsClient.open(vhost, {}, { capacity: 4096 });
    await client.peer.read(false);
    const messages = Array.from({ length: 40 }, (_, at) => new Uint8Array(3000).fill(at));
    for (const message of messages) await client.send(binary(message));
    expect(client.server.written).toBeLessThan(64 * 1024 + 8192);
    await client.peer.read(true);
    for (let round = 0; round < 20; round++)
      await client.settled().then((lines) => seen.push(...lines));
    expect(seen).toHaveLength(40);
    expect(new Set(seen)).toEqual(new Set(['binary of 3000']));
  });
});

const seen: string[] = [];
