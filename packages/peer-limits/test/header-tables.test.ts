/** EXH-1: header tables of a peer. lws: ip_limit_ah */
import { settle, upgradeRequest } from '@lws-ts/test-kit';
import { expect, test } from 'vitest';
import { peersOf } from '../src/index.ts';
import { answers, get, logged, openLimited } from './open-limited.ts';

test('of two allowed the third waits, open and without an error, and is answered when one ends, in order', async () => {
  const { context, clock, connect, waiting, answer, vhost } = await openLimited({ ipLimitAh: 2 });
  const peers = [];
  for (const path of ['/1', '/2', '/3', '/4', '/5']) {
    const peer = await connect();
    await peer.send(get(path));
    peers.push(peer);
  }
  expect([...waiting.keys()]).toEqual(['/1', '/2']);
  expect(vhost.counters.ah_waits).toBe(3);
  expect(peersOf(context)).toEqual([
    { peer: '192.0.2.1', connections: 5, headerTables: 2, waiting: 3 },
  ]);

  const other = await connect('192.0.2.9');
  await other.send(get('/now'));
  expect(answers(other)).toEqual(['/now']);

  // longer than any deadline of a head, or of a connection between two requests
  await clock.advance(25_000);
  expect(peers.map((peer) => [peer.isClosed, peer.text])).toEqual(Array(5).fill([false, '']));

  await answer('/2');
  expect([...waiting.keys()]).toEqual(['/1', '/3']);
  await answer('/1');
  expect([...waiting.keys()]).toEqual(['/3', '/4']);
  await answer('/3');
  await answer('/4');
  await answer('/5');
  expect(peers.map(answers)).toEqual([['/1'], ['/2'], ['/3'], ['/4'], ['/5']]);
  expect(context.counters).toMatchObject({ rejected: 0, ah_waits: 3 });
  expect(peersOf(context)[0]).toMatchObject({ headerTables: 0, waiting: 0 });
  expect(logged).toEqual([]);
});

test('who leaves while it waits is not waited for', async () => {
  const { context, clock, connect, waiting, answer } = await openLimited({ ipLimitAh: 1 });
  const [first, second, third] = [await connect(), await connect(), await connect()];
  await first.send(get('/1'));
  await second.send(get('/2'));
  await third.send(get('/3'));
  await second.reset();
  // a connection that is not read from is probed
  await clock.advance(2500);
  expect(peersOf(context)).toEqual([
    { peer: '192.0.2.1', connections: 2, headerTables: 1, waiting: 1 },
  ]);
  await answer('/1');
  expect([...waiting.keys()]).toEqual(['/3']);
});

test('who leaves while it is answered makes room', async () => {
  const { connect, waiting } = await openLimited({ ipLimitAh: 1 });
  const [first, second] = [await connect(), await connect()];
  await first.send(get('/1'));
  await second.send(get('/2'));
  waiting.clear();
  await first.reset();
  expect([...waiting.keys()]).toEqual(['/2']);
});

test('a connection that asks again and again gives way to one that waits', async () => {
  const { connect, answer } = await openLimited({ ipLimitAh: 1 });
  const [greedy, patient] = [await connect(), await connect()];
  await greedy.send(get('/1') + get('/now/2') + get('/now/3'));
  await patient.send(get('/now/4'));
  expect(patient.text).toBe('');
  await answer('/1');
  expect(answers(patient)).toEqual(['/now/4']);
  expect(answers(greedy)).toEqual(['/1', '/now/2', '/now/3']);
});

test('a connection between two requests has no share', async () => {
  const { connect, context } = await openLimited({ ipLimitAh: 1 });
  const [first, second] = [await connect(), await connect()];
  await first.send(get('/now/1'));
  await second.send(get('/now/2'));
  await first.send(get('/now/3'));
  expect([answers(first), answers(second)]).toEqual([['/now/1', '/now/3'], ['/now/2']]);
  expect(context.counters.ah_waits).toBe(0);
});

test('a slow head holds its share no longer than a head may last', async () => {
  const { clock, connect } = await openLimited({ ipLimitAh: 1, timeoutSecs: 3 });
  const [slow, good] = [await connect(), await connect()];
  await slow.send('GET /slow');
  await good.send(get('/now'));
  expect(good.text).toBe('');
  await clock.advance(3500);
  expect([answers(slow), answers(good)]).toEqual([['408'], ['/now']]);
});

test('a WebSocket has none once it is established', async () => {
  const { connect, context } = await openLimited({ ipLimitAh: 1 });
  const [socket, other] = [await connect(), await connect()];
  await socket.send(upgradeRequest({ protocol: 'talk' }));
  expect(socket.text).toMatch(/^HTTP\/1\.1 101 /);
  await other.send(get('/now'));
  expect(answers(other)).toEqual(['/now']);
  expect(peersOf(context)[0]).toMatchObject({ headerTables: 0 });
});

test('who may have one still waits for the pool, with its deadline', async () => {
  const { clock, connect, answer } = await openLimited({ ipLimitAh: 1, maxHttpHeaderPool: 1 });
  const busy = await connect('192.0.2.9');
  const [first, second] = [await connect(), await connect()];
  await busy.send(get('/busy'));
  await first.send(get('/now/1'));
  await second.send(get('/now/2'));
  await clock.advance(9000);
  await answer('/busy');
  expect([answers(first), answers(second)]).toEqual([['/now/1'], ['/now/2']]);
  await busy.send(get('/busy'));
  await first.send(get('/now/3'));
  await clock.advance(10_500);
  await settle();
  expect(answers(first)).toEqual(['/now/1', '503']);
});
