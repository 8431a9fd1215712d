import { connectRawPeer, settle } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { captureLog } from './captured-log.ts';
import { type LineHandlers, LineState } from './line-role.ts';
import { openLine } from './open-line.ts';

const logged = captureLog();

/** A role that becomes another at the line `become`; what comes after it is the other's. */
async function open(next: LineHandlers, rest = '') {
  let second: LineState | undefined;
  const opened = await openLine({
    line(line, text) {
      if (text !== 'become') return;
      line.host.become((host) => {
        second = new LineState(host, next);
        return second;
      }, Buffer.from(rest));
    },
  });
  return { ...opened, second: () => second as LineState };
}

describe('become()', () => {
  test('the next role gets the rest, then what follows, in the same turn', async () => {
    const { peer, server, line, second } = await open(
      { line: (one, text) => one.say(`${text};`) },
      'rest\n',
    );
    await peer.send('a\nbecome\n');
    expect(line.events).toEqual(['a', 'become', 'leaving']);
    expect(second().events).toEqual(['rest']);
    await peer.send('b\nc\n');
    expect(second().events).toEqual(['rest', 'b', 'c']);
    expect(peer.text).toBe('rest;b;c;');
    expect(server.writes).toBe(2);
    await peer.reset();
    expect(line.events).toHaveLength(3);
    expect(second().events.at(-1)).toBe('gone LWS_ERR_TRANSPORT_RESET');
  });

  test('the next role is told before anything comes, and may become another at once', async () => {
    const told: string[] = [];
    const { peer, line } = await openLine({
      line(one, text) {
        if (text !== 'become') return;
        one.host.become((host) => {
          const between = new LineState(host, {});
          const last = new LineState(host, { line: (_last, rest) => void told.push(rest) });
          const entered = (): void => {
            told.push('entered');
            host.become(() => last, Buffer.from(''));
          };
          return Object.assign(between, { entered });
        }, Buffer.from('rest\n'));
      },
    });
    await peer.send('become\n');
    await peer.send('more\n');
    expect(line.events).toEqual(['become', 'leaving']);
    expect(told).toEqual(['entered', 'rest', 'more']);
  });

  test('one that throws when it is told is the one to end the connection', async () => {
    let second: LineState | undefined;
    const { peer } = await openLine({
      line(one) {
        one.host.become((host) => {
          const entered = (): never => {
            throw new Error('boom');
          };
          second = Object.assign(new LineState(host, {}), { entered });
          return second;
        }, Buffer.from(''));
      },
    });
    await peer.send('become\n');
    expect(second?.events).toEqual(['threw']);
    expect([peer.ended, logged.length]).toEqual([true, 1]);
  });

  test('the rest is told in a turn for writeable alone too', async () => {
    let next: LineState | undefined;
    const { line } = await openLine({
      writeable: (one) =>
        one.host.become((host) => {
          next = new LineState(host, {});
          return next;
        }, Buffer.from('rest\n')),
    });
    line.host.requestWriteable();
    await settle();
    expect(next?.events).toEqual(['rest']);
  });

  test('the rest stands before what was parked', async () => {
    const { peer, line, second } = await open({}, 'rest\n');
    line.host.rxFlowControl(false);
    await settle();
    await peer.send('become\n');
    await peer.end();
    line.host.rxFlowControl(true);
    await settle();
    expect(second().events).toEqual(['rest', 'fin', 'gone']);
  });

  test('the deadline of the one before is gone, its output stays', async () => {
    const { peer, line, second, context } = await open({});
    line.host.setTimeout('http-head', 10);
    line.say('before ');
    await peer.send('become\n');
    second().say('after');
    await settle();
    expect(peer.text).toBe('before after');
    expect(context.loop.wheel.size).toBe(0);
  });

  test.each([
    ['its timer', (line: LineState) => line.host.setTimerMs(500), ['timer']],
    ['its deadline', (line: LineState) => line.host.setTimeout('user-1', 0.5), ['gone']],
    [
      'what concerns validity',
      (line: LineState) => line.host.setValidityMs(500),
      ['timeout validity'],
    ],
  ])('what the program set goes on: %s', async (_name, set, events) => {
    const { peer, line, second, clock } = await open({});
    line.host.setTimeout('http-answer', 10);
    set(line);
    await peer.send('become\n');
    await clock.advance(499);
    expect(second().events).toEqual([]);
    await clock.advance(1);
    await settle();
    expect(second().events).toEqual(events);
  });

  test('a next role that throws: reset, one line, and neither is told anything', async () => {
    const { peer, line, vhost, context } = await open({
      opened() {
        throw new Error('boom');
      },
    });
    const other = await connectRawPeer(vhost);
    await peer.send('become\n');
    expect(line.events).toEqual(['become', 'leaving']);
    expect(peer.error?.code).toBe('LWS_ERR_TRANSPORT_RESET');
    expect(logged).toHaveLength(1);
    expect([context.counters.wsi_alive, other.peer.isClosed]).toEqual([1, false]);
  });

  test('outside of a handler too', async () => {
    const { peer, line, second } = await open({});
    line.host.become((host) => new LineState(host, {}), Buffer.from('x\n'));
    await settle();
    expect(line.events).toEqual(['leaving']);
    expect(second()).toBeUndefined();
    await peer.reset();
    expect(line.events).toEqual(['leaving']);
  });
});
