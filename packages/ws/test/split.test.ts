import { protocol } from '@lws-ts/interface';
import { clientClose, clientFrame } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { serve } from './server.ts';
import { frame, join, text, WsClient } from './ws-client.ts';

/** Everything that can be seen of a connection that got these pieces: its handlers' calls, then its answers. */
async function life(pieces: readonly Uint8Array[]): Promise<string[]> {
  const seen: string[] = [];
  const recording = protocol({
    name: 'recording',
    session: () => ({ queue: [] as string[] }),
    ws: {
      message(wsi, data) {
        const said =
          typeof data === 'string' ? data : `binary ${Buffer.from(data).toString('hex')}`;
        seen.push(`message ${said}`);
        wsi.session.queue.push(said);
        wsi.requestWriteable();
      },
      writeable(wsi, tx) {
        const data = wsi.session.queue.shift();
        if (data !== undefined) tx.text(data);
      },
      receivePing: (_wsi, payload) => void seen.push(`ping ${Buffer.from(payload).toString()}`),
      receivePong: (_wsi, payload) => void seen.push(`pong ${Buffer.from(payload).toString()}`),
      peerInitiatedClose: (_wsi, code) => void seen.push(`peer closes ${code}`),
      closed: (_wsi, code) => void seen.push(`closed ${code}`),
    },
  });
  const server = await serve(recording.with({ default: true }));
  const client = await WsClient.open(server.vhost);
  for (const piece of pieces) await client.send(piece);
  await client.peer.end();
  return [...seen, ...client.take(), ...server.vhost.counters.refused.keys()];
}

describe.each<[string, Uint8Array]>([
  [
    'messages, control frames and a close',
    join(
      text('one'),
      frame(9, 'p'),
      text('tw', false),
      frame(10, 'q'),
      frame(0, '\u00e9'),
      frame(2, Uint8Array.of(1, 2)),
      clientClose(1000, 'r'),
      text('late'),
    ),
  ],
  [
    'text that is not UTF-8',
    join(text('good'), frame(1, Uint8Array.of(0x61, 0xff, 0x62)), text('late')),
  ],
  [
    'text that ends inside a character',
    join(text('good'), frame(1, Uint8Array.of(0xc3)), text('late')),
  ],
  [
    'a frame that is not masked',
    join(text('good'), clientFrame(1, 'x', { mask: undefined }), text('late')),
  ],
  ['a reserved opcode', join(text('good'), frame(3, 'x'), text('late'))],
  [
    'a close code that may not be sent',
    join(text('good'), frame(8, Uint8Array.of(3, 237)), text('late')),
  ],
  ['a FIN inside a frame', join(text('good'), text('never whole').slice(0, 9))],
])('%s', (_name, wire) => {
  test('looks the same cut at any byte, and byte by byte', async () => {
    const whole = await life([wire]);
    expect(whole.at(0)).toMatch(/^message (one|good)$/);
    for (let at = 1; at < wire.length; at++)
      expect(await life([wire.slice(0, at), wire.slice(at)])).toEqual(whole);
    expect(await life(Array.from(wire, (byte) => Uint8Array.of(byte)))).toEqual(whole);
  });
});
