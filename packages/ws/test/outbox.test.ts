import { protocol, type WsTx, type WsWsi } from '@lws-ts/interface';
import { settle } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { Outbox, type OutboxOptions, prepare } from '../src/index.ts';
import { serve } from './server.ts';
import { text, WsClient } from './ws-client.ts';

/** A room whose members get what any of them says; the first member reads nothing. */
async function room(options: OutboxOptions, maxOutputBytesTotal = 0) {
  const members: WsWsi<{ outbox: Outbox }, unknown>[] = [];
  const added: boolean[] = [];
  const chat = protocol({
    name: 'chat',
    session: () => ({ outbox: new Outbox(options) }),
    ws: {
      established: (wsi) => void members.push(wsi),
      message(_wsi, data) {
        const message = prepare(data);
        for (const member of members) added.push(member.session.outbox.add(member, message));
      },
      writeable: (wsi, tx) => wsi.session.outbox.sendTo(wsi, tx),
    },
  });
  const server = await serve(chat.with({ default: true }), { maxOutputBytesTotal });
  const slow = await WsClient.open(server.vhost, {}, { capacity: 50 });
  const quick = await WsClient.open(server.vhost);
  await slow.peer.read(false);
  const outbox = members[0]?.session.outbox as Outbox;
  /** Says each and gives what of it the slow member's outbox did not keep whole. */
  const say = async (...lines: string[]) => {
    for (const line of lines) await quick.send(text(line));
  };
  return { server, slow, quick, outbox, say, added, members };
}

const sixty = (name: string) => name.padEnd(60, '.');

describe('whenFull', () => {
  test('close: one message too many ends the slow peer with 1013, and no other', async () => {
    const { server, slow, quick, outbox, say } = await room({ maxMessages: 3 });
    // the first fills the path
    await say(...['a', 'b', 'c', 'd'].map(sixty));
    expect(outbox.length).toBe(3);
    await say(sixty('e'));
    expect([...server.vhost.counters.refused]).toEqual([['LWS_ERR_WS_SLOW_PEER', 1]]);
    expect(outbox.length).toBe(0);
    await slow.peer.read(true);
    expect(await slow.settled()).toEqual([`text "${sixty('a')}"`, 'close 1013']);
    expect(await quick.settled()).toHaveLength(5);
  });

  test('drop-oldest: the slow peer misses what waited longest, counted, and has the latest', async () => {
    const { server, slow, outbox, say, added } = await room({
      maxMessages: 2,
      whenFull: 'drop-oldest',
    });
    await say(...['a', 'b', 'c', 'd', 'e'].map(sixty));
    expect([outbox.length, outbox.bytes, outbox.dropped]).toEqual([2, 120, 2]);
    expect([...server.vhost.counters.refused]).toEqual([['LWS_ERR_WS_DROPPED', 2]]);
    expect(server.lines.filter((line) => line.includes('LWS_ERR_WS_DROPPED'))).toHaveLength(2);
    expect(added.filter((whole) => !whole)).toHaveLength(2);
    await slow.peer.read(true);
    const got = ['a', 'd', 'e'].map((name) => `text "${sixty(name)}"`);
    expect(await slow.settled()).toEqual(got);
  });
});

describe('maxBytes', () => {
  test('payload bytes that wait are bounded as messages are', async () => {
    const { outbox, say } = await room({ maxBytes: 150, whenFull: 'drop-oldest' });
    await say(...['a', 'b', 'c', 'd', 'e'].map(sixty));
    expect([outbox.length, outbox.bytes, outbox.dropped]).toEqual([2, 120, 2]);
  });

  test('one message waits whatever its length', async () => {
    const { outbox, say } = await room({ maxBytes: 50, whenFull: 'drop-oldest' });
    await say(sixty('a'), sixty('b'));
    expect([outbox.length, outbox.dropped]).toEqual([1, 0]);
  });
});

describe('unless the program says otherwise', () => {
  /** How many messages of that length wait before one ends the connection. */
  async function waitingOf(length: number, options: OutboxOptions = {}): Promise<number> {
    const { outbox, members } = await room(options);
    const [wsi] = members as [WsWsi<{ outbox: Outbox }, unknown>];
    let count = 0;
    while (outbox.add(wsi, 'x'.repeat(length))) count++;
    expect(wsi.open).toBe(false);
    return count;
  }

  test('1024 messages wait', async () => {
    expect(await waitingOf(1)).toBe(1024);
  });

  test('1 MiB waits', async () => {
    expect(await waitingOf(65_536)).toBe(16);
  });

  test('a byte more than maxBytes is too much', async () => {
    expect(await waitingOf(10, { maxBytes: 30 })).toBe(3);
    expect(await waitingOf(10, { maxBytes: 29 })).toBe(2);
  });
});

test('all kinds of messages leave in order, as many as the peer takes at once', async () => {
  const outbox = new Outbox();
  const writer = protocol({
    name: 'writer',
    ws: {
      established(wsi) {
        outbox.add(wsi, 'text');
        outbox.add(wsi, Uint8Array.of(1, 2, 3));
        outbox.add(wsi, prepare('prepared'));
        for (let each = 0; each < 200; each++) outbox.add(wsi, `${each}`);
      },
      writeable: (wsi, tx) => outbox.sendTo(wsi, tx),
    },
  });
  const { vhost } = await serve(writer.with({ default: true }));
  const client = await WsClient.open(vhost);
  const got = [...client.early, ...(await client.settled())];
  expect(got.slice(0, 4)).toEqual(['text "text"', 'binary 010203', 'text "prepared"', 'text "0"']);
  expect(got).toHaveLength(203);
  expect([outbox.length, outbox.bytes]).toEqual([0, 0]);
});

test('a connection that is over takes nothing', async () => {
  const { members, outbox } = await room({});
  const [wsi] = members as [WsWsi<{ outbox: Outbox }, unknown>];
  wsi.abort();
  expect(outbox.add(wsi, 'late')).toBe(false);
  expect(outbox.length).toBe(0);
});

test.each<[string, () => unknown, string]>([
  ['what is no message', () => new Outbox().add(null as never, 'x'), 'LWS_ERR_WS_DATA'],
  ['maxBytes of 0', () => new Outbox({ maxBytes: 0 }), 'LWS_ERR_OPTION'],
  ['maxBytes over 1 GiB', () => new Outbox({ maxBytes: 2 ** 30 + 1 }), 'LWS_ERR_OPTION'],
  ['maxMessages of 0', () => new Outbox({ maxMessages: 0 }), 'LWS_ERR_OPTION'],
  ['an unknown policy', () => new Outbox({ whenFull: 'wait' as never }), 'LWS_ERR_OPTION'],
  ['an unknown option', () => new Outbox({ max: 1 } as never), 'LWS_ERR_OPTION_UNKNOWN'],
])('%s is refused', (_what, wrong, code) => {
  expect(wrong).toThrow(expect.objectContaining({ code }));
});

test('data that is no message is refused', async () => {
  const { members, outbox } = await room({});
  const [wsi] = members as [WsWsi<{ outbox: Outbox }, unknown>];
  expect(() => outbox.add(wsi, 5 as never)).toThrow(
    expect.objectContaining({ code: 'LWS_ERR_WS_DATA' }),
  );
});

test('choked, it stops and goes on in the next writeable', async () => {
  const writes: number[] = [];
  const outbox = new Outbox({ maxBytes: 1 << 24, maxMessages: 100_000 });
  const writer = protocol({
    name: 'writer',
    ws: {
      established(wsi) {
        for (let each = 0; each < 2000; each++) outbox.add(wsi, 'x'.repeat(1000));
      },
      writeable(wsi, tx: WsTx) {
        const before = outbox.length;
        outbox.sendTo(wsi, tx);
        writes.push(before - outbox.length);
      },
    },
  });
  const { vhost } = await serve(writer.with({ default: true }), { maxOutputBytes: 1 << 20 });
  const client = await WsClient.open(vhost, {}, { capacity: 100_000 });
  let got = client.early.length;
  for (let rounds = 0; rounds < 50 && got < 2000; rounds++) got += (await client.settled()).length;
  expect(got).toBe(2000);
  expect(Math.max(...writes)).toBeLessThan(200);
});

test('what waits counts for the whole process until it is written or dropped, prepared messages do not', async () => {
  const { server, slow, members } = await room({ maxBytes: 100_000, maxMessages: 4 });
  const [wsi] = members as [WsWsi<{ outbox: Outbox }, unknown>];
  const { outbox } = wsi.session;
  const { context } = server;
  outbox.add(wsi, 'x'.repeat(60));
  await settle();
  const before = context.keptOutputBytes;
  outbox.add(wsi, 'x'.repeat(1000));
  outbox.add(wsi, prepare('x'.repeat(1000)));
  outbox.add(wsi, new Uint8Array(2000));
  expect(context.keptOutputBytes - before).toBe(3000);
  await slow.peer.read(true);
  await slow.settled();
  expect([outbox.length, context.keptOutputBytes]).toEqual([0, 0]);
  await slow.peer.read(false);
  for (let each = 0; each < 3; each++) {
    outbox.add(wsi, 'x'.repeat(1000));
    await settle();
  }
  expect(context.keptOutputBytes).toBeGreaterThan(1900);
  wsi.abort();
  expect(context.keptOutputBytes).toBe(0);
});

test('what tx throws for stays, and what went before it counts no more', async () => {
  const codes: unknown[] = [];
  let outbox: Outbox | undefined;
  const mixed = protocol({
    name: 'mixed',
    session: () => ({ outbox: new Outbox() }),
    ws: {
      established(wsi) {
        ({ outbox } = wsi.session);
        for (const line of ['a', 'b']) outbox.add(wsi, line);
      },
      writeable(wsi, tx) {
        if (codes.length === 0) tx.fragment('begun ', { first: true, final: false });
        else tx.fragment('and ended', { first: false, final: true });
        try {
          wsi.session.outbox.sendTo(wsi, tx);
        } catch (error) {
          codes.push((error as { code?: unknown }).code);
          wsi.requestWriteable();
        }
      },
    },
  });
  const server = await serve(mixed.with({ default: true }));
  const client = await WsClient.open(server.vhost);
  expect([...client.early, ...(await client.settled())]).toEqual([
    'text… "begun "',
    'continuation "and ended"',
    'text "a"',
    'text "b"',
  ]);
  expect([codes, outbox?.length]).toEqual([['LWS_ERR_WS_FRAGMENT_ORDER'], 0]);
  expect(server.context.keptOutputBytes).toBe(0);
});

test('a room of outboxes that nobody reads is held to maxOutputBytesTotal', async () => {
  const { server, outbox, members } = await room({ maxBytes: 1 << 20 }, 50_000);
  const { context } = server;
  const [wsi] = members as [WsWsi<{ outbox: Outbox }, unknown>];
  for (let each = 0; each < 60 && wsi.open; each++) {
    outbox.add(wsi, 'x'.repeat(1000));
    await settle();
  }
  expect([...server.vhost.counters.refused]).toEqual([['LWS_ERR_OUTPUT_TOTAL', 1]]);
  expect(context.keptOutputBytes).toBe(0);
});
