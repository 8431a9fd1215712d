import { protocol } from '@lws-ts/interface';
import { settle } from '@lws-ts/test-kit';
import { expect, test } from 'vitest';
import { EventStream, type EventStreamOptions } from '../src/event-stream.ts';
import { get, openCallback } from './open-callback.ts';

async function open(options: EventStreamOptions = {}, capacity?: number) {
  const streams: EventStream[] = [];
  const seen: (string | undefined)[] = [];
  const opened = await openCallback(
    [
      protocol({
        name: 'x',
        session: () => ({ events: new EventStream(options) }),
        http: {
          request(wsi) {
            streams.push(wsi.session.events);
            seen.push(wsi.session.events.open(wsi));
          },
          writeable: (wsi, tx) => wsi.session.events.writeable(wsi, tx),
        },
      }),
    ],
    [{ mountpoint: '/m', origin: 'callback://x' }],
  );
  const { peer } = await opened.connect(capacity === undefined ? {} : { capacity });
  const ask = async (fields = '', method = 'GET') => {
    await peer.send(get('/m', fields, method));
    return streams.at(-1) as EventStream;
  };
  return { ...opened, peer, ask, seen };
}

test('events are framed so that no data can begin a field', async () => {
  const { peer, ask, seen } = await open();
  const stream = await ask('Last-Event-ID: 41\r\n');
  expect(peer.text).toContain('content-type: text/event-stream\r\n');
  expect(seen).toEqual(['41']);
  peer.take();
  stream.send({ event: 'tick', id: '42', retry: 1000, data: 'a\rid: 9\r\nb\n' });
  stream.comment('alive\nyes');
  await settle();
  expect(peer.text.replace(/^[0-9a-f]+\r\n|\r\n$/gm, '').replaceAll('\r\n', '')).toContain(
    'event: tick\nid: 42\nretry: 1000\ndata: a\ndata: id: 9\ndata: b\ndata: \n\n',
  );
  expect(peer.text).toContain(': alive\n: yes\n\n');
  stream.end();
  await settle();
  expect(peer.text).toMatch(/0\r\n\r\n$/);
  expect(stream.send({ data: 'late' })).toBe(false);
});

test.each([
  // as browsers send back what they were sent, in UTF-8
  ['grün-€', Buffer.from('grün-€').toString('latin1')],
  ['41', '41'],
  // no event had that
  [undefined, '\xe9'],
])('Last-Event-ID of an event %s', async (id, sent) => {
  const { ask, seen } = await open();
  await ask(`Last-Event-ID: ${sent}\r\n`);
  expect(seen).toEqual([id]);
});

test.each([
  { data: 'x', id: 'a\nb' },
  { data: 'x', id: 'a\0' },
  { data: 'x', event: 'a\rb' },
  { data: 'x', retry: -1 },
  { data: 'x', retry: 1.5 },
  { data: 5 as unknown as string },
])('%j is refused', (event) => {
  expect(() => new EventStream().send(event)).toThrow(
    expect.objectContaining({ code: 'LWS_ERR_OPTION' }),
  );
});

test.each([
  { maxQueuedBytes: 1023 },
  { maxQueuedBytes: 16_777_217 },
  { overflow: 'wait' as 'close' },
])('%j is refused', (options) => {
  expect(() => new EventStream(options)).toThrow(
    expect.objectContaining({ code: 'LWS_ERR_OPTION' }),
  );
});

test('an option that an event stream does not have is refused', () => {
  const options = { overflw: 'close' } as object;
  expect(() => new EventStream(options)).toThrow(
    expect.objectContaining({ code: 'LWS_ERR_OPTION_UNKNOWN' }),
  );
});

test('a peer that does not read is closed', async () => {
  const { peer, ask } = await open({ maxQueuedBytes: 2000 }, 100);
  const stream = await ask();
  await peer.read(false);
  const kept: boolean[] = [];
  for (let each = 0; each < 8; each++) kept.push(stream.send({ data: 'x'.repeat(400) }));
  expect(kept).toEqual([true, true, true, true, false, false, false, false]);
  await peer.read(true);
  expect(peer.error?.code).toBe('LWS_ERR_TRANSPORT_RESET');
});

test('or loses the oldest', async () => {
  const { peer, ask } = await open({ maxQueuedBytes: 2000, overflow: 'drop-oldest' });
  const stream = await ask();
  for (let each = 0; each < 8; each++) stream.send({ data: `${each}${'x'.repeat(400)}` });
  expect([stream.dropped, stream.queuedBytes <= 2000]).toEqual([4, true]);
  await settle();
  expect([...peer.text.matchAll(/data: (\d)/g)].map(([, digit]) => digit)).toEqual([
    '4',
    '5',
    '6',
    '7',
  ]);
  expect(stream.queuedBytes).toBe(0);
});

test('ends with the context, and at once for HEAD', async () => {
  const { peer, ask, context, clock } = await open();
  await ask('', 'HEAD');
  await ask();
  const closed = context.close({ deadlineSecs: 5 });
  await settle();
  await peer.end();
  await clock.advance(2000);
  const report = await closed;
  expect([report.cut, peer.text.endsWith('0\r\n\r\n')]).toEqual([0, true]);
});

test('what one writeable cannot send goes out in the next ones, whole', async () => {
  const { peer, ask, vhost } = await open({ maxQueuedBytes: 1_048_576 }, 1000);
  const stream = await ask();
  await peer.read(false);
  for (let id = 0; id < 500; id++) stream.send({ id: String(id), data: 'x'.repeat(1000) });
  await settle();
  expect(stream.queuedBytes).toBeGreaterThan(300_000);
  stream.end();
  await peer.read(true);
  await settle(2000);
  expect([...vhost.counters.refused]).toEqual([]);
  expect(peer.text.match(/^id: \d+$/gm)).toEqual(
    Array.from({ length: 500 }, (_, id) => `id: ${id}`),
  );
  expect([stream.queuedBytes, peer.text.endsWith('0\r\n\r\n')]).toEqual([0, true]);
});
