import { type Held, protocol } from '@lws-ts/interface';
import { connectRawPeer, settle } from '@lws-ts/test-kit';
import { expect, test } from 'vitest';
import { serve } from './server.ts';
import { handshake } from './ws-client.ts';

test.each([
  ['accepted', 101, (held: Held) => held.accept()],
  ['refused', 403, (held: Held) => held.refuse(403)],
  ['held too long', 503, undefined],
  ['left alone by its peer', 499, undefined],
] as const)(
  'a handshake that is %s is a line of the access log: %i',
  async (how, status, answer) => {
    const log: string[] = [];
    const waiting: Held[] = [];
    const holding = protocol({
      name: 'holding',
      ws: {
        filterProtocolConnection(wsi) {
          waiting.push(wsi.hold());
          return true;
        },
      },
    });
    const accessLog = (line: string): void => void log.push(line);
    const options = { holdTimeoutSecs: 5, accessLog };
    const { vhost, clock } = await serve(holding.with({ default: true }), options);
    const { peer } = await connectRawPeer(vhost);
    await peer.send(handshake());
    expect(log).toEqual([]);
    for (const held of waiting) answer?.(held);
    if (how === 'held too long') await clock.advance(5000);
    if (how === 'left alone by its peer') await peer.reset();
    await settle();
    await peer.reset();
    expect(log).toEqual([expect.stringContaining(`"GET /chat?a=1 HTTP/1.1" ${status} `)]);
  },
);
