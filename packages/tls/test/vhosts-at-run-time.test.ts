/** Vhosts with TLS that come and go while their port serves. */
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, test } from 'vitest';
import { captureLog } from '../../core/test/captured-log.ts';
import { Authority, serving } from './authority.ts';
import { ask, askOver, closeServed, everything, plain, serve, statusOf, until } from './served.ts';

/** LWS_FUZZ_DEPTH: times 1,000 vhosts. */
const depth = Number(process.env['LWS_FUZZ_DEPTH'] ?? 1);
const ca = new Authority();
captureLog();
afterEach(closeServed);

const one = { name: 'one.test', ...serving(ca.issue(['one.test'])) };
const at = { port: 0, interface: '127.0.0.1' };

test('one that is made is served by its name, and one that ended is not', async () => {
  const { port, context } = await serve([one]);
  const two = await context.createVhost({
    name: 'two.test',
    ...at,
    ...serving(ca.issue(['two.test'])),
  });
  expect(await ask(port, { ca: ca.cert, servername: 'two.test' })).toMatchObject({
    vhost: 'two.test',
  });
  await two.destroy();
  expect(await statusOf(ask(port, { ca: ca.cert, servername: 'two.test' }))).toBe('refused');
  expect(await ask(port, { ca: ca.cert })).toMatchObject({ vhost: 'one.test' });
});

test('the first of a port ends, and the next serves', async () => {
  const { port, context } = await serve([one]);
  await context.createVhost({ name: 'two.test', ...at, ...serving(ca.issue(['two.test'])) });
  await context.vhost('one.test')?.destroy();
  expect(await ask(port, { ca: ca.cert, servername: 'two.test' })).toMatchObject({
    vhost: 'two.test',
  });
  expect(await statusOf(ask(port, { ca: ca.cert }))).toBe('refused');
});

describe('when the first of a port ends, who has chosen none of them', () => {
  const begun = 'GET /early HTTP/1.1\r\nX-Early: 1\r\nHo';

  test.each<[string, string]>([
    ['and said nothing', ''],
    ['and is in its first head', begun],
  ])('%s goes on at the next', async (_who, said) => {
    const { port, context } = await serve([{ name: 'one.test' }, { name: 'two.test' }]);
    const socket = await plain(port);
    socket.write(said);
    await until('bytes', () => context.vhosts[0]?.counters.rx === said.length);
    await until('the connection', () => context.counters.wsi_alive === 1);
    expect(await context.vhost('one.test')?.destroy()).toEqual({ closed: 0, cut: 0 });
    const rest = 'st: two.test\r\nConnection: close\r\n\r\n';
    socket.write(said === '' ? `GET / HTTP/1.1\r\nHo${rest}` : rest);
    expect(await everything(socket)).toContain('"vhost":"two.test"');
  });

  test('is answered by the next though it names the one that ended', async () => {
    const { port, context } = await serve([{ name: 'one.test' }, { name: 'two.test' }]);
    const socket = await plain(port);
    await until('the connection', () => context.counters.wsi_alive === 1);
    await context.vhost('one.test')?.destroy();
    expect(await askOver(socket, 'one.test')).toMatchObject({ vhost: 'two.test' });
  });

  test.each<[string, string, object]>([
    ['but was answered by it', 'GET / HTTP/1.1\r\nHost: one.test\r\n\r\n', { name: 'two.test' }],
    ['on a port that nobody else has', '', { name: 'two.test', port: -1 }],
  ])('%s is closed', async (_who, said, other) => {
    const { port, context } = await serve([{ name: 'one.test' }, other]);
    const socket = await plain(port);
    socket.write(said);
    if (said !== '') await once(socket, 'data');
    await until('the connection', () => context.counters.wsi_alive === 1);
    const over = everything(socket);
    expect(await context.vhost('one.test')?.destroy()).toEqual({ closed: 1, cut: 0 });
    await over;
  });

  test('without TLS is closed where the next takes TLS alone', async () => {
    const { port, context } = await serve([
      { ...one, allowNonSslOnSslPort: true },
      { name: 'two.test', ...serving(ca.issue(['two.test'])) },
    ]);
    const socket = await plain(port);
    socket.write(begun);
    await until('the connection', () => context.counters.wsi_alive === 1);
    const over = everything(socket);
    expect(await context.vhost('one.test')?.destroy()).toEqual({ closed: 1, cut: 0 });
    await over;
  });

  test('with TLS is closed: what it agreed on stands for that vhost', async () => {
    const { port, context } = await serve([
      one,
      { name: 'two.test', ...serving(ca.issue(['two.test'])) },
    ]);
    const socket = connect({ port, host: '127.0.0.1', ca: ca.cert, servername: 'one.test' });
    await once(socket, 'secureConnect');
    await until('the connection', () => context.counters.wsi_alive === 1);
    const over = everything(socket);
    expect(await context.vhost('one.test')?.destroy()).toEqual({ closed: 1, cut: 0 });
    await over;
  });
});

test.for<[string, (number: number) => typeof at]>([
  ['on a port that is there', () => at],
  // each address of the loopback network has a listener of its own
  [
    'on ports of their own',
    (number) => ({ port: 0, interface: `127.1.${number >> 8}.${number & 255}` }),
  ],
])(
  '1,000 made and destroyed %s under load leave nothing behind',
  { timeout: 90_000 * depth },
  async ([where, addressOf], task) => {
    if (where.endsWith('own') && process.platform !== 'linux')
      task.skip('only Linux has all of 127.0.0.0/8 by itself');
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const { port, context } = await serve([one]);
    const pair = serving(ca.issue(['two.test', '*.two.test']));
    const failures: unknown[] = [];
    let over = false;
    let asked = 0;
    let loaded = false;
    const client = async (): Promise<void> => {
      while (!over) {
        const answer = await ask(port, { ca: ca.cert }).catch((error: unknown) => error);
        if ((answer as { status?: number }).status !== 200) failures.push(answer);
        asked++;
      }
    };
    const turn = async (number: number): Promise<void> => {
      const name = `v${number}.two.test`;
      const address = addressOf(number);
      const vhost = await context.createVhost({ name, ...address, ...pair });
      if (number % 20 === 0) {
        const host = address.interface;
        const answer = await ask(vhost.port, { host, ca: ca.cert, servername: name });
        if (answer.vhost !== name) failures.push(answer);
        // the load goes on meanwhile, however busy the machine is
        const before = asked;
        if (loaded) await until('a handshake', () => asked > before);
      }
      await vhost.destroy({ deadlineSecs: 0 });
    };
    const measure = async (): Promise<{ heap: number; descriptors: number }> => {
      for (let round = 0; round < 4; round++) {
        gc();
        await new Promise((resolve) => {
          setTimeout(resolve, 20);
        });
      }
      return {
        heap: process.memoryUsage().heapUsed,
        descriptors: readdirSync('/proc/self/fd').length,
      };
    };
    for (let number = 0; number < 100; number++) await turn(number);
    await ask(port, { ca: ca.cert });
    const before = await measure();
    const clients = [client(), client()];
    loaded = true;
    for (let number = 0; number < 1000 * depth; number++) await turn(number);
    over = true;
    await Promise.all(clients);
    const after = await measure();
    expect(failures).toEqual([]);
    expect(asked).toBeGreaterThanOrEqual(50 * depth);
    expect([context.vhosts.length, context.counters.wsi_alive]).toEqual([1, 0]);
    expect(after.descriptors).toBeLessThanOrEqual(before.descriptors + 2);
    // 1,000 vhosts that were kept would be at least ten times this
    expect(after.heap - before.heap).toBeLessThan(4 * 1024 * 1024);
  },
);
