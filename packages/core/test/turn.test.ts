import { connectRawPeer, memoryTransportPair, settle } from '@lws-ts/test-kit';
import { describe, expect, test, vi } from 'vitest';
import { ConnectionTurn } from '../src/connection-turn.ts';
import type { LineHandlers, LineState } from './line-role.ts';
import { openLine as open } from './open-line.ts';

const twenty = Array.from({ length: 20 }, (_, at) => `line ${at}`);
const pipelined = `${twenty.join('\n')}\n`;

describe('the turn', () => {
  test('20 pipelined store-and-send echoes leave in one write', async () => {
    let kept = '';
    const { peer, server } = await open({
      line(line, text) {
        kept = text;
        line.host.requestWriteable();
      },
      writeable: (line) => line.say(`${kept}\n`),
    });
    await peer.send(pipelined);
    expect(peer.text).toBe(pipelined);
    expect(server.writes).toBe(1);
  });

  test('of what comes in one go 64 KiB are parked, then no more is read until the turn', async () => {
    const lengths: number[] = [];
    const { vhost } = await open({
      line(line, text) {
        lengths.push(text.length);
        line.host.requestWriteable();
      },
    });
    const [server] = memoryTransportPair();
    const attach = vi.spyOn(server, 'attach');
    vhost.adopt(server);
    await settle();
    const [sink] = attach.mock.lastCall as Parameters<typeof server.attach>;
    sink.rx(Buffer.from('one\n'));
    const reading: boolean[] = [];
    for (let at = 0; at < 4; at++) {
      sink.rx(Buffer.from(`${'x'.repeat(16_383)}\n`));
      reading.push(server.reading);
    }
    expect([reading, lengths]).toEqual([[true, true, true, false], [3]]);
    await settle();
    expect([server.reading, lengths]).toEqual([true, [3, ...Array(4).fill(16_383)]]);
  });

  test('who asks again in writeable goes on in the same turn, and all leaves in one write', async () => {
    let left = 10;
    const { peer, server, line } = await open({
      writeable(one) {
        one.say(`${left}\n`);
        left--;
        if (left > 0) one.host.requestWriteable();
      },
    });
    line.host.requestWriteable();
    await settle();
    expect([peer.text.match(/\n/g)?.length, server.writes]).toEqual([10, 1]);
  });

  test('a turn for writeable alone leaves no message due: the next waits for writeable', async () => {
    const { peer, line } = await open();
    line.host.requestWriteable();
    await settle();
    line.events.length = 0;
    line.host.requestWriteable();
    peer.push('one\n');
    await settle();
    expect(line.events).toEqual(['writeable', 'one']);
  });

  test('who is done with its turn has no second, empty one', async () => {
    let kept = '';
    const { peer } = await open({
      line(line, text) {
        kept = text;
        line.host.requestWriteable();
      },
      writeable(line) {
        line.say(`${kept}\n`);
        if (kept === 'serve') line.host.forceService();
        if (kept === 'end') line.host.close(undefined, '');
      },
    });
    const serve = vi.spyOn(ConnectionTurn.prototype, 'serve');
    for (const text of ['one', 'serve', 'end']) await peer.send(`${text}\n`);
    expect([peer.text, serve.mock.calls.length]).toEqual(['one\nserve\nend\n', 3]);
    serve.mockRestore();
  });

  test('who was accepted and has nothing to say has no turn', async () => {
    const serve = vi.spyOn(ConnectionTurn.prototype, 'serve');
    const { server } = await open();
    expect([serve.mock.calls.length, server.reading]).toEqual([0, true]);
    serve.mockRestore();
  });

  test.each([
    ['up to 16 KiB has one, in which it leaves', 16_384, [0, 1]],
    ['more, which leaves at once, has none', 16_385, [1, 0]],
  ])('what many have: %s', async (_name, bytes, expected) => {
    const { line, server } = await open();
    const serve = vi.spyOn(ConnectionTurn.prototype, 'serve');
    line.host.writeShared(new Uint8Array(bytes));
    const before = server.writes;
    await settle();
    expect([before, serve.mock.calls.length, server.writes]).toEqual([...expected, 1]);
    serve.mockRestore();
  });

  test.each([
    ['4,095 bytes wait for the others', 4095, false, ['line', 'after the read', 'writeable']],
    ['4,096 bytes have a turn of their own', 4096, false, ['line', 'writeable', 'after the read']],
    ['so have 2 bytes, where the role wants it', 2, true, ['line', 'writeable', 'after the read']],
  ])('%s', async (_name, bytes, ownTurn, expected) => {
    const order: string[] = [];
    const { peer, server } = await open({
      ownTurn,
      line(line) {
        order.push('line');
        queueMicrotask(() => order.push('after the read'));
        line.host.requestWriteable();
      },
      writeable(line) {
        order.push('writeable');
        line.say('taken\n');
      },
    });
    await peer.send(`${'x'.repeat(bytes - 1)}\n`);
    await settle();
    expect([order, peer.text, server.writes]).toEqual([expected, 'taken\n', 1]);
  });

  test('who ends or stops reading reading within a long read is heard in the turn of its own', async () => {
    const long = `${'x'.repeat(5000)}\n`;
    const { peer } = await open({
      line(one) {
        one.say('bye\n');
        one.host.close(undefined, '');
      },
    });
    await peer.send(`${long}more\n`);
    await settle();
    expect([peer.text, peer.ended]).toEqual(['bye\n', true]);
    const stopped = await open({ line: (one) => one.host.rxFlowControl(false) });
    await stopped.peer.send(`${long}more\n`);
    expect([stopped.line.events.length, stopped.server.reading]).toEqual([1, false]);
  });

  test('two connections that answer each other at length do not nest their turns', async () => {
    const long = `${'x'.repeat(5000)}\n`;
    let depth = 0;
    let deepest = 0;
    let rounds = 0;
    const { vhost, peer, states } = await open({
      line(line) {
        depth++;
        deepest = Math.max(deepest, depth);
        rounds++;
        if (rounds < 500) for (const one of states) if (one !== line) one.host.requestWriteable();
        depth--;
      },
      writeable(line) {
        depth++;
        deepest = Math.max(deepest, depth);
        line.say(long);
        line.host.flush();
        depth--;
      },
    });
    const [server, client] = memoryTransportPair({});
    vhost.adopt(server);
    // what one says the other hears
    vhost.adopt(client);
    await peer.send(long);
    for (let at = 0; at < 40; at++) await settle();
    expect([deepest, rounds > 100]).toEqual([1, true]);
  });

  describe('writeBetween', () => {
    const asking: LineHandlers = {
      line(line, text) {
        line.host.requestWriteable();
        line.events.push(`between ${line.host.writeBetween()} behind ${text}`);
      },
    };

    test('outside a turn nothing comes of it; within one writeable comes before the next line', async () => {
      const { peer, line } = await open({ ...asking, writeable: (one) => one.say('x') });
      await peer.send('a\nb\nc\n');
      expect(line.events.slice(0, 3)).toEqual(['a', 'between false behind a', 'writeable']);
      expect(line.events.slice(3, 6)).toEqual(['b', 'writeable', 'between true behind b']);
      expect(line.events.slice(6)).toEqual(['c', 'writeable', 'between true behind c']);
    });

    test.each<[string, (line: LineState) => void]>([
      ['was not asked for', (line) => line.host.requestWriteable()],
      ['comes behind a service that is due', (line) => line.host.forceService()],
      ['finds no room', (line) => line.say('x'.repeat(4096))],
      ['would be of a connection that ends', (line) => line.host.close(undefined, '')],
    ])('no writeable where it %s', async (why, happens) => {
      const asked = why !== 'was not asked for';
      const between: boolean[] = [];
      const { peer, line } = await open(
        {
          line(one, text) {
            if (text === 'first') one.host.requestWriteable();
            else {
              if (asked) one.host.requestWriteable();
              if (asked) happens(one);
              between.push(one.host.writeBetween());
            }
          },
        },
        { txBudget: 4096 },
      );
      await peer.send('first\nsecond\n');
      expect(between).toEqual([false]);
      expect(line.events.slice(0, 3)).toEqual(['first', 'writeable', 'second']);
    });

    test('writeable that turns rx off, or holds, keeps the next line back', async () => {
      const { peer, line } = await open({
        ...asking,
        writeable: (one) => one.host.rxFlowControl(!one.events.includes('b')),
      });
      await peer.send('a\nb\nc\n');
      expect(line.events.slice(3)).toEqual(['b', 'writeable', 'between false behind b']);
    });

    test('counts for the 256 deliveries of a turn', async () => {
      const { peer, line } = await open(asking);
      await peer.send('x\n'.repeat(1000));
      const stopped = line.events.indexOf('between false behind x', 5);
      const delivered = line.events
        .slice(0, stopped)
        .filter((event) => !event.startsWith('between'));
      // the first line came before the turn
      expect(delivered).toHaveLength(1 + 256);
    });

    test('what writeable throws is the end, as ever', async () => {
      const { peer, line } = await open({
        ...asking,
        writeable(one) {
          if (one.events.includes('b')) throw new Error('no');
        },
      });
      await peer.send('a\nb\nc\n');
      expect(line.events.slice(3)).toEqual(['b', 'writeable', 'threw']);
    });
  });

  test('20 answers that need no writeable leave in one write', async () => {
    const { peer, server } = await open({ line: (line, text) => line.say(`${text}\n`) });
    await peer.send(pipelined);
    expect(peer.text).toBe(pipelined);
    expect(server.writes).toBe(1);
  });

  test('rx off inside line 1 of 20: the rest only after on, in order', async () => {
    const { peer, server, line } = await open({ line: (one) => one.host.rxFlowControl(false) });
    await peer.send(pipelined);
    expect(line.events).toEqual(['line 0']);
    expect(server.reading).toBe(false);
    line.host.rxFlowControl(true);
    await settle();
    expect(line.events).toEqual(['line 0', 'line 1']);
    for (let at = 2; at < 20; at++) {
      line.host.rxFlowControl(true);
      await settle();
    }
    expect(line.events).toEqual(twenty);
  });

  test('a turn has 256 deliveries, the rest is forced service', async () => {
    const { peer, line } = await open({ line: () => undefined });
    const many = Array.from({ length: 1000 }, (_, at) => `${at}`);
    await peer.send(`${many.join('\n')}\n`);
    await settle();
    expect(line.events).toEqual(many);
  });

  test('a writeable that always asks again starves nobody', async () => {
    let calls = 0;
    const { line } = await open({
      opened: (one) => one.host.requestWriteable(),
      writeable(one) {
        calls++;
        if (calls < 10_000) one.host.requestWriteable();
      },
    });
    const before = calls;
    await settle(3);
    expect(calls - before).toBeGreaterThan(1);
    expect(calls - before).toBeLessThanOrEqual(4 * 256);
    line.host.abort();
  });

  test('a service that always has more starves nobody', async () => {
    let calls = 0;
    const { line, peer } = await open({
      service() {
        calls++;
        return true;
      },
    });
    line.host.forceService();
    await settle(3);
    expect(calls).toBeGreaterThan(1);
    expect(calls).toBeLessThanOrEqual(4 * 256);
    await peer.send('a\n');
    expect(line.events).toEqual(['a']);
    line.host.abort();
    await settle();
    const before = calls;
    await settle();
    expect(calls).toBe(before);
  });

  test('who is asked by another in a turn is served in the same turn, once', async () => {
    const { peer, states, vhost } = await open({
      line() {
        for (const one of states) one.host.requestWriteable();
      },
      writeable: (line) => line.say('x'),
    });
    const others = [];
    for (let at = 0; at < 5; at++) others.push(await connectRawPeer(vhost));
    await peer.send('go\n');
    expect(peer.text).toBe('x');
    for (const other of others) {
      expect(other.peer.text).toBe('x');
      expect(other.server.writes).toBe(1);
    }
  });

  test('output of several connections in one turn does not mix', async () => {
    const { peer, vhost, states } = await open({
      line(_line, text) {
        for (let round = 0; round < 50; round++)
          states.forEach((one, at) => {
            one.say(`${at}${text};`);
          });
      },
    });
    const others = [];
    for (let at = 0; at < 3; at++) others.push(await connectRawPeer(vhost));
    await peer.send('a\n');
    expect(peer.text).toBe('0a;'.repeat(50));
    others.forEach((other, at) => {
      expect(other.peer.text).toBe(`${at + 1}a;`.repeat(50));
      expect(other.server.writes).toBe(1);
    });
  });
});

describe('back-pressure', () => {
  test('a peer that does not read chokes its connection alone; nothing is lost', async () => {
    let count = 0;
    const { peer, server } = await open(
      {
        opened: (one) => one.host.requestWriteable(),
        writeable(one) {
          while (one.host.room && count < 400) one.say(`${String(count++).padStart(999, '0')}\n`);
          if (count < 400) one.host.requestWriteable();
        },
      },
      { capacity: 10_000, listening: false },
    );
    await settle(10);
    const heldBack = count;
    expect(heldBack).toBe(66);
    expect(server.bufferedBytes).toBe(66_000 - 10_000);
    await settle(10);
    expect(count).toBe(heldBack);
    await peer.read(true);
    await settle(60);
    expect(count).toBe(400);
    expect(peer.text.split('\n').slice(0, 400).map(Number)).toEqual(
      Array.from({ length: 400 }, (_, at) => at),
    );
  });

  test('requests are not taken while their answers do not leave', async () => {
    const { peer, line } = await open(
      { line: (one, text) => one.say(`${text.repeat(100)}\n`) },
      { capacity: 1000, txBudget: 4096 },
    );
    await peer.read(false);
    peer.push('0123456789\n'.repeat(500));
    await settle(20);
    expect(line.events.length).toBeLessThan(20);
    await peer.read(true);
    await settle(300);
    expect(peer.bytes.length).toBe(500 * 1001);
  });

  test('a role that does not ask for room is kept whole', async () => {
    const { peer, states, vhost } = await open({
      line(one) {
        for (let at = 0; at < 1000; at++) {
          one.say(`${String(at).padStart(1999, '.')}\n`);
          for (const other of states) if (other !== one) other.say('.');
        }
      },
    });
    const other = await connectRawPeer(vhost);
    await peer.send('go\n');
    await settle(20);
    const wanted = Array.from({ length: 1000 }, (_, at) => String(at).padStart(1999, '.'));
    expect(peer.text === `${wanted.join('\n')}\n`).toBe(true);
    expect(other.peer.text).toBe('.'.repeat(1000));
  });

  test('a role that takes nothing while it says goodbye pins 16 KiB and a chunk', async () => {
    const { peer, server, line } = await open({ closing: () => true }, { capacity: 1024 * 1024 });
    line.rx = () => 0;
    line.host.close(1000, '');
    for (let at = 0; at < 50; at++) await peer.send(new Uint8Array(4096));
    expect(server.reading).toBe(false);
    expect(server.unreadBytes).toBe((50 - 4) * 4096);
    line.host.abort();
    await settle();
  });

  test('owned payloads go out in order, and are free again when sent', async () => {
    const sent: string[] = [];
    const { peer } = await open(
      {
        line(one) {
          one.say('head ');
          one.host.writeOwned(Buffer.alloc(50_000, 'p'), () => sent.push('payload'));
          one.say(' tail');
        },
      },
      { capacity: 1000 },
    );
    await peer.read(false);
    await peer.send('go\n');
    expect(sent).toEqual([]);
    await peer.read(true);
    await settle(200);
    expect(sent).toEqual(['payload']);
    expect(peer.text).toBe(`head ${'p'.repeat(50_000)} tail`);
  });
});
