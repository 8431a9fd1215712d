/** A proxy mount in front of a scripted upstream: the peer comes by memory, the upstream is reached over loopback. */
import { type Context, createContext, type Vhost } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import type { Clock, LwsModule } from '@lws-ts/interface';
import { connectRawPeer, type RawPeer } from '@lws-ts/test-kit';
import { vi } from 'vitest';
import { captureLog } from '../../../core/test/captured-log.ts';
import { eachTest } from '../../../core/test/each-test.ts';
import { type Script, ScriptedOrigin } from '../../../http/test/client/scripted-origin.ts';
import { httpMounts, type Mount } from '../../src/index.ts';

export const logged: readonly string[] = captureLog();
const closers: (() => unknown)[] = [];

eachTest({
  async after() {
    for (const close of closers.splice(0).reverse()) await close();
  },
});

export interface OpenProxy {
  readonly context: Context;
  readonly vhost: Vhost;
  readonly upstream: ScriptedOrigin;
  readonly connect: (options?: { capacity?: number }) => Promise<RawPeer>;
  /** Sends one request, and gives all that is heard until the connection ends. */
  readonly ask: (request: string) => Promise<string>;
}

export interface ProxySetup {
  readonly mount?: object;
  /** Behind host and port of the origin. */
  readonly base?: string;
  readonly clock?: Clock;
  readonly vhost?: Readonly<Record<string, unknown>>;
  readonly modules?: readonly LwsModule[];
}

export async function openProxy(script: Script, setup: ProxySetup = {}): Promise<OpenProxy> {
  const upstream = await ScriptedOrigin.listen(script);
  closers.push(() => upstream.close());
  const mount = {
    mountpoint: '/',
    origin: `http://127.0.0.1:${upstream.port}${setup.base ?? ''}`,
    ...setup.mount,
  } as Mount;
  const context = await createContext({
    use: [http(), httpMounts(), ...(setup.modules ?? [])],
    ...(setup.clock === undefined ? {} : { clock: setup.clock }),
    vhosts: [{ port: -1, mounts: [mount], ...setup.vhost }],
  });
  closers.push(() => context.close({ deadlineSecs: 0 }));
  const vhost = context.vhosts[0] as Vhost;
  const connect = async (options = {}): Promise<RawPeer> =>
    (await connectRawPeer(vhost, options)).peer;
  return {
    context: context as unknown as Context,
    vhost,
    upstream,
    connect,
    async ask(request) {
      const peer = await connect();
      await peer.send(request);
      await vi.waitUntil(() => peer.ended || peer.isClosed, { timeout: 15_000 });
      return Buffer.from(peer.bytes).toString('latin1');
    },
  };
}

/** A request that is the last of its connection. */
export const get = (path: string, fields = '', method = 'GET'): string =>
  `${method} ${path} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n${fields}\r\n`;

/** Status, fields and body of an answer whose connection ended. */
export function readAnswer(heard: string): { status: number; head: string; body: string } {
  const end = heard.indexOf('\r\n\r\n');
  return {
    status: Number(heard.slice(9, 12)),
    head: heard.slice(0, end + 2),
    body: heard.slice(end + 4),
  };
}
