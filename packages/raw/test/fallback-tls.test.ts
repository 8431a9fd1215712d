/** Raw behind TLS, and beside it on the same port. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { type Context, createContext } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { tls } from '@lws-ts/tls';
import { afterEach, describe, expect, test } from 'vitest';
import { Authority, serving } from '../../tls/test/authority.ts';
import { type RawOptions, raw } from '../src/index.ts';
import { echoing, endsWithTest } from './open-raw.ts';

const ca = new Authority();
const pair = serving(ca.issue(['one.test']));
const sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

interface ServeOptions extends RawOptions {
  readonly allowNonSslOnSslPort?: boolean;
  readonly redirectHttpToHttps?: boolean;
}

async function serve(options: ServeOptions) {
  const { protocol: echo, wsis } = echoing();
  const context = endsWithTest(
    (await createContext({
      use: [tls(), http(), raw()],
      name: 'one.test',
      port: 0,
      interface: '127.0.0.1',
      protocols: [echo],
      ...pair,
      ...options,
    })) as unknown as Context,
  );
  const port = context.vhosts[0]?.port ?? 0;
  const plain = (): Socket => connect(port, '127.0.0.1');
  const secured = (): TLSSocket =>
    connectTls({ port, host: '127.0.0.1', servername: 'one.test', ca: ca.cert });
  return { wsis, plain, secured };
}

/** What a socket that says so has heard when it has heard enough. */
async function answerOf(socket: Socket, says: string, length: number): Promise<string> {
  sockets.push(socket);
  socket.on('error', () => undefined);
  await once(socket, socket instanceof TLSSocket ? 'secureConnect' : 'connect');
  let heard = '';
  socket.on('data', (bytes: Buffer) => {
    heard += bytes.toString('latin1');
  });
  socket.write(says);
  await expect
    .poll(() => heard.length, { timeout: 5000, interval: 5 })
    .toBeGreaterThanOrEqual(length);
  return heard;
}

const get = 'GET / HTTP/1.1\r\nHost: one.test\r\n\r\n';
const banner = 'SSH-2.0-x\r\n';

describe('a port with TLS alone', () => {
  test('secured, what is not HTTP is raw, and HTTP is HTTP', async () => {
    const { secured, wsis } = await serve({ fallbackToRaw: true });
    expect(await answerOf(secured(), banner, banner.length)).toBe(banner);
    expect(wsis[0]?.security?.protocol).toMatch(/^TLSv1/);
    expect(await answerOf(secured(), get, 12)).toMatch(/^HTTP\/1\.1 404/);
  });

  test('not secured it is cut', async () => {
    const { plain, wsis } = await serve({ fallbackToRaw: true });
    const socket = plain();
    socket.on('error', () => undefined);
    socket.write(banner);
    socket.resume();
    await once(socket, 'close');
    expect(wsis).toEqual([]);
  });

  test('onlyRaw is raw behind TLS', async () => {
    const { secured, wsis } = await serve({ onlyRaw: true });
    expect(await answerOf(secured(), get, get.length)).toBe(get);
    expect(wsis[0]?.security?.cipher).toMatch(/^TLS_/);
  });
});

describe('redirectHttpToHttps where all is raw', () => {
  const all = [tls(), http(), raw()];

  test.each([
    ['onlyRaw', all, { onlyRaw: true }],
    ['with allowNonSslOnSslPort too', all, { onlyRaw: true, allowNonSslOnSslPort: true }],
    ['firstRole', all, { firstRole: 'raw' }],
    ['no http() in use', [tls(), raw()], {}],
    ['without a port', all, { onlyRaw: true, port: -1 }],
  ])('is refused at creation, and later: %s', async (_name, use, options) => {
    const { protocol: echo } = echoing();
    const vhost = { name: 'one.test', port: 0, interface: '127.0.0.1', protocols: [echo], ...pair };
    const make = (more: object) =>
      createContext({ use, ...more } as Parameters<typeof createContext>[0]);
    const both = { ...vhost, ...options, redirectHttpToHttps: true };
    const error = {
      code: 'LWS_ERR_RAW_OPTIONS',
      hint: expect.stringContaining('leave') as string,
      message: expect.stringContaining('vhost one.test: redirectHttpToHttps') as string,
    };
    await expect(make(both)).rejects.toMatchObject(error);
    const context = endsWithTest(
      (await make({ vhosts: [{ ...vhost, ...options }] })) as unknown as Context,
    );
    await expect(context.createVhost(both)).rejects.toMatchObject(error);
    expect(context.vhosts).toHaveLength(1);
  });

  test('stands beside fallbackToRaw', async () => {
    const { plain } = await serve({ fallbackToRaw: true, redirectHttpToHttps: true });
    expect(await answerOf(plain(), get, 12)).toMatch(/^HTTP\/1\.1 301/);
  });
});

test('a port with and without TLS: HTTP and raw, each both ways', async () => {
  const { plain, secured } = await serve({ fallbackToRaw: true, allowNonSslOnSslPort: true });
  for (const how of [plain, secured]) {
    expect(await answerOf(how(), banner, banner.length)).toBe(banner);
    expect(await answerOf(how(), get, 12)).toMatch(/^HTTP\/1\.1 404/);
  }
});

describe('a CONNECT for another vhost than that of its connection', () => {
  const call = 'CONNECT two.test:1 HTTP/1.1\r\nHost: two.test:1\r\n\r\n';

  test.each(['allowNonSslOnSslPort', 'redirectHttpToHttps'])(
    'is answered 421, over TLS and beside it: %s',
    async (option) => {
      const { protocol: echo, wsis } = echoing();
      const each = {
        port: 0,
        interface: '127.0.0.1',
        protocols: [echo],
        fallbackToRaw: true,
      };
      const context = endsWithTest(
        (await createContext({
          use: [tls(), http(), raw()],
          vhosts: [
            { ...each, ...pair, name: 'one.test', [option]: true },
            {
              ...each,
              ...serving(ca.issue(['two.test'])),
              name: 'two.test',
              serverSslCaMem: ca.cert,
              requireValidOpensslClientCert: true,
            },
          ],
        })) as unknown as Context,
      );
      const at = { port: context.vhosts[0]?.port ?? 0, host: '127.0.0.1' };
      const secured = () => connectTls({ ...at, servername: 'one.test', ca: ca.cert });
      for (const how of [secured, () => connect(at)])
        expect(await answerOf(how(), call, 12)).toMatch(/^HTTP\/1\.1 421/);
      expect(wsis).toEqual([]);
    },
  );
});
