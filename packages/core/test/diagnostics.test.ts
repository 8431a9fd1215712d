import { type ChannelListener, channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { DiagnosticsEvent } from '@lws-ts/core';
import { type ErrorCode, protocol, type VhostView } from '@lws-ts/interface';
import { settle } from '@lws-ts/test-kit';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { sumCounters } from '../src/context-counters.ts';
import { captureLog } from './captured-log.ts';
import { openLine } from './open-line.ts';

captureLog();
const names = ['accept', 'established', 'rx', 'tx', 'closed', 'error'].map((name) => `lws:${name}`);
const subscribed: [string, ChannelListener][] = [];

function record(): [string, DiagnosticsEvent][] {
  const events: [string, DiagnosticsEvent][] = [];
  for (const name of names) {
    const listener: ChannelListener = (event) =>
      events.push([name.slice(4), event as DiagnosticsEvent]);
    subscribe(name, listener);
    subscribed.push([name, listener]);
  }
  return events;
}

afterEach(() => {
  for (const [name, listener] of subscribed.splice(0)) unsubscribe(name, listener);
});

describe('diagnostics channels', () => {
  const options = { protocols: [protocol({ name: 'lines' }).with({ default: true })] };

  test('tell the life of a connection, each event with its wsi, vhost and protocol', async () => {
    const events = record();
    const { peer, line } = await openLine({ line: (one) => one.say('answer') }, options);
    await peer.send('a\n');
    await peer.end();
    const of = { wsi: line.wsi, vhost: 'default', protocol: 'lines' };
    expect(events).toEqual([
      ['accept', { wsi: expect.objectContaining({ id: 1 }), vhost: 'default' }],
      ['established', of],
      ['rx', { ...of, bytes: 2 }],
      ['tx', { ...of, bytes: 6 }],
      ['closed', of],
    ]);
    expect(events[2]?.[1].wsi).toBe(line.wsi);
    expect(new Set(events.map(([, event]) => event)).size).toBe(events.length);
  });

  test('tell errors as they are: coded, thrown, and why a connection is gone', async () => {
    const thrown = new Error('boom');
    const coded = { code: 'LWS_ERR_TEST', message: '', hint: '' } as const;
    const events = record();
    const { peer, line } = await openLine(
      {
        line(one, text) {
          if (text === 'throw') throw thrown;
          one.host.report(coded);
        },
        threw: (one) => one.host.fail(coded),
      },
      options,
    );
    await peer.send('report\n');
    await peer.send('throw\n');
    const of = { wsi: line.wsi, vhost: 'default', protocol: 'lines' };
    expect(events.filter(([name]) => name === 'error' || name === 'closed')).toEqual([
      ['error', { ...of, error: coded }],
      ['error', { ...of, error: thrown }],
      ['error', { ...of, error: coded }],
      ['closed', { ...of, error: coded }],
    ]);
  });

  test('a reset is the error of closed', async () => {
    const events = record();
    const { peer } = await openLine();
    await peer.reset();
    expect(events.at(-1)?.[1].error).toMatchObject({ code: 'LWS_ERR_TRANSPORT_RESET' });
  });

  test('publish nothing without a subscriber', async () => {
    const publishes = names.map((name) => vi.spyOn(channel(name), 'publish'));
    const { peer } = await openLine({ line: (one) => one.say('answer') }, options);
    await peer.send('a\n');
    await peer.reset();
    await settle();
    for (const publish of publishes) {
      expect(publish).not.toHaveBeenCalled();
      publish.mockRestore();
    }
  });
});

describe('counters', () => {
  test('of a vhost and of the context: bytes, refusals, connections', async () => {
    const { peer, vhost, context, line } = await openLine({
      line: (one, text) => one.say(text.repeat(10)),
    });
    await peer.send('abc\n');
    line.host.writeOwned(new Uint8Array(20_000));
    line.host.report({ code: 'LWS_ERR_TEST', message: '', hint: '' });
    line.host.report({ code: 'LWS_ERR_TEST', message: '', hint: '' });
    await settle();
    const seen = {
      rx: 4,
      tx: 20_030,
      h1_conn: 0,
      h1_trans: 0,
      ah_waits: 0,
      ws_upg: 0,
      rejected: 0,
      ssl_cert_end: 0,
    };
    const refused = new Map([['LWS_ERR_TEST', 2]]);
    expect(vhost.counters).toEqual({ ...seen, refused });
    expect(context.counters).toEqual({ ...seen, refused, wsi_alive: 1 });
    await peer.reset();
    expect(context.counters.wsi_alive).toBe(0);
  });

  test('of a context are those of its vhosts together', () => {
    const of = (by: number, ssl_cert_end: number, ...refused: [ErrorCode, number][]) =>
      ({
        counters: {
          rx: by,
          tx: 2 * by,
          h1_conn: 3 * by,
          h1_trans: 4 * by,
          ah_waits: 5 * by,
          ws_upg: 6 * by,
          rejected: 7 * by,
          ssl_cert_end,
          refused: new Map(refused),
        },
      }) as unknown as VhostView;
    const vhosts = [
      of(1, 0, ['LWS_ERR_ONE', 1]),
      of(10, 500, ['LWS_ERR_ONE', 2], ['LWS_ERR_TWO', 3]),
      of(100, 400),
    ];
    expect(sumCounters(vhosts, 5)).toEqual({
      wsi_alive: 5,
      rx: 111,
      tx: 222,
      h1_conn: 333,
      h1_trans: 444,
      ah_waits: 555,
      ws_upg: 666,
      rejected: 777,
      ssl_cert_end: 400,
      refused: new Map([
        ['LWS_ERR_ONE', 3],
        ['LWS_ERR_TWO', 3],
      ]),
    });
  });
});
