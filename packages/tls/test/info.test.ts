/** What `tls.info` is told, by whom, and what -1 does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { protocol, type TlsInfo } from '@lws-ts/interface';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { captureLog } from '../../core/test/captured-log.ts';
import { SSL_CB } from '../src/index.ts';
import { Authority, serving } from './authority.ts';
import { hasOpenssl } from './openssl.ts';
import { ask, closeServed, plain, serve, statusOf, until } from './served.ts';

const ca = new Authority();
const lines = captureLog();
const everything = 0xffff_ffff;
let events: TlsInfo[] = [];
/** Vhosts and peers that were told of. */
const whose = new Set<string>();
let verdict: (info: TlsInfo) => -1 | undefined = () => undefined;
beforeEach(() => {
  events = [];
  verdict = () => undefined;
});
afterEach(closeServed);

const told = protocol({
  name: 'told',
  tls: {
    info(wsi, info) {
      whose.add(`${wsi.vhost.name} ${wsi.peer.address}`);
      events.push(info);
      return verdict(info);
    },
  },
});
const silent = protocol({ name: 'silent' });
const one = { name: 'one.test', ...serving(ca.issue(['one.test'])) };
const start = { where: 0x10, ret: 1 };
const done = { where: 0x20, ret: 1 };

describe('with a handler', () => {
  test.each([
    ['none by default', undefined, []],
    ['starts alone', SSL_CB.HANDSHAKE_START, [start]],
    ['ends alone', SSL_CB.HANDSHAKE_DONE, [done]],
    ['all', everything, [start, done]],
  ])('a good handshake, mask: %s', async (_name, mask, expected) => {
    const given = mask === undefined ? {} : { sslInfoEventMask: mask };
    const { port } = await serve([{ ...one, ...given, protocols: [told] }]);
    await ask(port, { ca: ca.cert });
    expect(events).toEqual(expected);
    if (expected.length > 0) expect([...whose]).toEqual(['one.test 127.0.0.1']);
  });

  test('a failed handshake', async () => {
    const { port } = await serve([{ ...one, sslInfoEventMask: everything, protocols: [told] }]);
    const socket = await plain(port);
    socket.write('no TLS at all, and more than five octets of it');
    await until('the failure', () => events.length === 2);
    expect(events).toEqual([start, { where: 0x2002, ret: -1 }]);
  });

  test('an alert of a client that does not trust the server', async (context) => {
    if (!hasOpenssl) context.skip('openssl is not installed');
    const { port } = await serve([{ ...one, sslInfoEventMask: SSL_CB.ALERT, protocols: [told] }]);
    expect(await openssl(port)).not.toBe(0);
    await until('the alert', () => events.length > 0);
    // fatal (2), unknown_ca (48)
    expect(events).toEqual([{ where: 0x4004, ret: 2 * 256 + 48 }]);
  });

  test.each([
    ['the start', SSL_CB.HANDSHAKE_START],
    ['the end', SSL_CB.HANDSHAKE_DONE],
  ])('-1 at %s closes', async (_name, where) => {
    verdict = (info) => (info.where === where ? -1 : undefined);
    const { port, context } = await serve([
      { ...one, sslInfoEventMask: everything, protocols: [told] },
    ]);
    const status = await ask(port, { ca: ca.cert }).then(
      (answer) => answer.status,
      () => Number.NaN,
    );
    expect(status).toBeNaN();
    await until('the count', () => context.counters.rejected === 1);
    verdict = () => undefined;
    expect(await ask(port, { ca: ca.cert })).toMatchObject({ status: 200 });
  });

  test('what it throws is logged, and ends that connection alone', async () => {
    let thrown = 0;
    verdict = () => {
      if (thrown++ > 0) return undefined;
      throw new Error('of the handler');
    };
    const { port } = await serve([{ ...one, sslInfoEventMask: everything, protocols: [told] }]);
    expect(await statusOf(ask(port, { ca: ca.cert }))).toBe('refused');
    expect(lines.join('\n')).toContain('of the handler');
    expect(await ask(port, { ca: ca.cert })).toMatchObject({ status: 200 });
  });

  test('a promise is logged, and ends that connection alone', async () => {
    let given = 0;
    verdict = (() =>
      given++ > 0 ? undefined : Promise.reject(new Error('later'))) as never as typeof verdict;
    const { port } = await serve([{ ...one, sslInfoEventMask: everything, protocols: [told] }]);
    expect(await statusOf(ask(port, { ca: ca.cert }))).toBe('refused');
    expect(lines.join('\n')).toContain('tls.info of vhost one.test gave a promise');
    expect(await ask(port, { ca: ca.cert })).toMatchObject({ status: 200 });
  });
});

test('without a handler a line is logged for each, and none without the mask', async () => {
  const { port } = await serve([{ ...one, sslInfoEventMask: everything, protocols: [silent] }]);
  await ask(port, { ca: ca.cert });
  const info = lines.filter((line) => line.includes('SSL_INFO'));
  expect(info.map((line) => line.replace(/:\d+ where/, ' where'))).toEqual([
    'notice SSL_INFO 127.0.0.1 where 0x10 ret 1',
    'notice SSL_INFO 127.0.0.1 where 0x20 ret 1',
  ]);
  const other = await serve([{ ...one, protocols: [silent] }]);
  await ask(other.port, { ca: ca.cert });
  expect(lines.filter((line) => line.includes('SSL_INFO'))).toHaveLength(2);
});

/** A client that knows no CA and says so by an alert, as OpenSSL does and Node.js does not. */
async function openssl(port: number): Promise<number> {
  const child = spawn('openssl', [
    's_client',
    '-connect',
    `127.0.0.1:${port}`,
    '-servername',
    'one.test',
    '-tls1_2',
    '-verify_return_error',
  ]);
  child.stdin.on('error', () => undefined);
  child.stdin.end('Q\n');
  const [status] = (await once(child, 'exit')) as [number];
  return status;
}
