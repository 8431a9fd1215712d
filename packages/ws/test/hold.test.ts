import { type Held, protocol, type Verdict } from '@lws-ts/interface';
import { connectRawPeer, type RawPeer, settle } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { type Server, serve } from './server.ts';
import { handshake, readFrames, text } from './ws-client.ts';

interface Waiting {
  readonly server: Server;
  readonly peer: RawPeer;
  readonly events: string[];
  readonly held: () => Held;
}

/** A protocol that holds each handshake; the peer sends one message at once. */
async function hold(inFilter: (held: Held) => Verdict = () => true): Promise<Waiting> {
  const events: string[] = [];
  let held: Held | undefined;
  const holding = protocol({
    name: 'holding',
    session: () => ({ user: '' }),
    ws: {
      filterProtocolConnection(wsi, name) {
        events.push(`filter ${name} ${wsi.path} ${String(wsi.urlArg('a'))}`);
        held = wsi.hold();
        return inFilter(held);
      },
      established(wsi) {
        events.push(`established ${String(wsi.header('x-user'))}`);
      },
      message: (_wsi, data) => void events.push(`message ${String(data)}`),
      closed: (_wsi, code) => void events.push(`closed ${code}`),
    },
  });
  const server = await serve(holding.with({ default: true }), { holdTimeoutSecs: 5 });
  const { peer } = await connectRawPeer(server.vhost);
  const message = Buffer.from(text('early')).toString('latin1');
  await peer.send(`${handshake({ 'X-User': 'ann' })}${message}`);
  return {
    server,
    peer,
    events,
    held() {
      if (held === undefined) throw new Error('not held');
      return held;
    },
  };
}

const filtered = 'filter holding /chat 1';

describe('wsi.hold() in filterProtocolConnection', () => {
  test('nothing is said and nothing delivered until the answer', async () => {
    const { peer, events } = await hold();
    await settle();
    expect(peer.text).toBe('');
    expect(events).toEqual([filtered]);
  });

  test('accept: 101, established with the header fields, then what came meanwhile', async () => {
    const { peer, events, held, server } = await hold();
    await peer.send(text('second'));
    expect(held().accept()).toBe(true);
    await settle();
    expect(peer.text.startsWith('HTTP/1.1 101 ')).toBe(true);
    expect(events).toEqual([filtered, 'established ann', 'message early', 'message second']);
    expect(server.vhost.counters.ws_upg).toBe(1);
    expect(held().accept()).toBe(false);
    expect(held().refuse(403)).toBe(false);
  });

  test.each([401, 403, 429, 503])(
    'refuse(%i): that status, closed, nothing established',
    async (status) => {
      const { peer, events, held, server } = await hold();
      expect(held().refuse(status)).toBe(true);
      await settle();
      expect(peer.text.slice(0, 13)).toBe(`HTTP/1.1 ${status} `);
      expect(peer.text).toMatch(/\r\nconnection: close\r\n/i);
      expect(peer.ended).toBe(true);
      await peer.end();
      expect(events).toEqual([filtered]);
      expect([...server.vhost.counters.refused]).toEqual([['LWS_ERR_WS_HANDSHAKE_REFUSED', 1]]);
    },
  );

  test('inside the filter the answer counts, not the result', async () => {
    const accepted = await hold((held) => {
      held.accept();
      return false;
    });
    expect(accepted.peer.text.startsWith('HTTP/1.1 101 ')).toBe(true);
    expect(accepted.events).toEqual([filtered, 'established ann', 'message early']);
    const refused = await hold((held) => {
      held.refuse(429);
      return true;
    });
    expect(refused.peer.text.slice(0, 13)).toBe('HTTP/1.1 429 ');
    expect(refused.events).toEqual([filtered]);
  });

  test('a reset meanwhile: both answers are false and nothing happens', async () => {
    const { peer, events, held } = await hold();
    await peer.reset();
    expect(held().accept()).toBe(false);
    expect(held().refuse(403)).toBe(false);
    await settle();
    expect(events).toEqual([filtered]);
  });

  test('no answer: 503 after holdTimeoutSecs', async () => {
    const { peer, events, held, server } = await hold();
    await server.clock.advance(4000);
    expect(peer.text).toBe('');
    await server.clock.advance(2000);
    expect(peer.text.slice(0, 13)).toBe('HTTP/1.1 503 ');
    expect(held().accept()).toBe(false);
    await peer.end();
    expect(events).toEqual([filtered]);
  });

  test('a refusal that is misuse is no answer: the timeout alone is reported', async () => {
    const { peer, held, server } = await hold();
    expect(() => held().refuse(200)).toThrow(expect.objectContaining({ code: 'LWS_ERR_OPTION' }));
    await server.clock.advance(6000);
    expect(peer.text.slice(0, 13)).toBe('HTTP/1.1 503 ');
    expect([...server.vhost.counters.refused]).toEqual([['LWS_ERR_HOLD_TIMEOUT', 1]]);
    expect(server.lines).toHaveLength(1);
  });

  test('shutdown meanwhile: 503 and the end', async () => {
    const { peer, events, server } = await hold();
    const report = server.context.close({ deadlineSecs: 1 });
    await settle();
    expect(peer.text.slice(0, 13)).toBe('HTTP/1.1 503 ');
    expect(server.vhost.counters.rejected).toBe(1);
    expect(peer.ended).toBe(true);
    await peer.end();
    await server.clock.advance(1000);
    expect((await report).closed).toBe(1);
    expect(events).toEqual([filtered]);
  });

  test('a second hold, or one elsewhere, is misuse', async () => {
    const codes: unknown[] = [];
    const twice = protocol({
      name: 'twice',
      ws: {
        filterProtocolConnection(wsi) {
          wsi.hold().accept();
          try {
            wsi.hold().accept();
          } catch (error) {
            codes.push((error as { code: string }).code);
          }
          return true;
        },
        established(wsi) {
          try {
            (wsi as unknown as { hold(): Held }).hold();
          } catch (error) {
            codes.push((error as { code: string }).code);
          }
        },
      },
    });
    const { vhost } = await serve(twice.with({ default: true }));
    const { peer } = await connectRawPeer(vhost);
    await peer.send(handshake());
    expect(peer.text.startsWith('HTTP/1.1 101 ')).toBe(true);
    expect(codes).toContain('LWS_ERR_HOLD');
  });
});

describe('filterProtocolConnection', () => {
  test.each<[string, unknown, string, string]>([
    ['true', true, '101', ''],
    ['false', false, '403', 'LWS_ERR_WS_HANDSHAKE_REFUSED'],
    ['-1', -1, '403', 'LWS_ERR_WS_HANDSHAKE_REFUSED'],
    ['a promise', Promise.resolve(true), '500', 'LWS_ERR_HANDLER_ASYNC'],
  ])('%s', async (_name, verdict, status, code) => {
    let kept: { header(name: string): string | undefined } | undefined;
    let established = 0;
    const filtering = protocol({
      name: 'filtering',
      ws: {
        filterProtocolConnection(wsi) {
          kept = wsi;
          return verdict as boolean;
        },
        established: () => void established++,
      },
    });
    const { vhost } = await serve(filtering.with({ default: true }));
    const { peer } = await connectRawPeer(vhost);
    await peer.send(handshake());
    expect(peer.text.slice(9, 12)).toBe(status);
    expect(established).toBe(status === '101' ? 1 : 0);
    expect([...vhost.counters.refused.keys()]).toEqual(code === '' ? [] : [code]);
    expect(() => kept?.header('host')).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_HEADERS_GONE' }),
    );
  });

  test('throws: 500, and the next connection is served', async () => {
    let calls = 0;
    const throwing = protocol({
      name: 'throwing',
      ws: {
        filterProtocolConnection() {
          if (calls++ === 0) throw new Error('by the program');
          return true;
        },
      },
    });
    const { vhost } = await serve(throwing.with({ default: true }));
    for (const status of ['500', '101']) {
      const { peer } = await connectRawPeer(vhost);
      await peer.send(handshake());
      expect(peer.text.slice(9, 12)).toBe(status);
    }
    expect(vhost.counters.rejected).toBe(1);
  });

  test.each<[string, (wsi: { close(): void; abort(): void }) => void]>([
    ['close()', (wsi) => wsi.close()],
    ['abort()', (wsi) => wsi.abort()],
  ])('%s inside it: no 101, and nothing is established', async (_name, end) => {
    const events: string[] = [];
    const ending = protocol({
      name: 'ending',
      ws: {
        filterProtocolConnection(wsi) {
          end(wsi);
          return true;
        },
        established: () => void events.push('established'),
        closed: () => void events.push('closed'),
      },
    });
    const { vhost, context } = await serve(ending.with({ default: true }));
    const { peer } = await connectRawPeer(vhost);
    await peer.send(handshake());
    await peer.end();
    expect(peer.text).not.toContain(' 101 ');
    expect(events).toEqual([]);
    expect(context.counters.wsi_alive).toBe(0);
  });

  test('established throws: 101, then 1011', async () => {
    let closes = 0;
    const throwing = protocol({
      name: 'throwing',
      ws: {
        established() {
          throw new Error('by the program');
        },
        closed: () => void closes++,
      },
    });
    const { vhost } = await serve(throwing.with({ default: true }));
    const { peer } = await connectRawPeer(vhost);
    await peer.send(handshake());
    const bytes = peer.take();
    expect(readFrames(bytes.subarray(Buffer.from(bytes).indexOf('\r\n\r\n') + 4))).toEqual([
      'close 1011',
    ]);
    await peer.end();
    expect(closes).toBe(1);
  });
});
