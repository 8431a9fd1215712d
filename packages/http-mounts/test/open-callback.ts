import { type Context, createContext, type Vhost } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import type { AnyProtocol, LwsModule } from '@lws-ts/interface';
import { connectRawPeer, type MemoryConnection, VirtualClock } from '@lws-ts/test-kit';
import { vfs } from '@lws-ts/vfs';
import { captureLog } from '../../core/test/captured-log.ts';
import { eachTest } from '../../core/test/each-test.ts';
import { httpMounts, type Mount } from '../src/index.ts';

/** Lines that were logged in this test. */
export const logged: readonly string[] = captureLog();
const opened: Context[] = [];

eachTest({
  async after() {
    for (const context of opened.splice(0)) await context.close({ deadlineSecs: 0 });
  },
});

export interface OpenedCallback {
  readonly clock: VirtualClock;
  readonly context: Context;
  readonly vhost: Vhost;
  readonly connect: (options?: { capacity?: number }) => Promise<MemoryConnection>;
}

/** Mounts of protocols, behind the real HTTP role and service loop, in memory. */
export async function openCallback(
  protocols: readonly AnyProtocol[],
  mounts: readonly Mount[],
  modules: readonly LwsModule[] = [],
): Promise<OpenedCallback> {
  const clock = new VirtualClock();
  const context = await createContext({
    use: [http(), httpMounts(), vfs(), ...modules],
    clock,
    vhosts: [{ port: -1, protocols, mounts }],
  });
  opened.push(context as unknown as Context);
  const vhost = context.vhosts[0] as Vhost;
  return {
    clock,
    context: context as unknown as Context,
    vhost,
    connect: (pair) => connectRawPeer(vhost, pair),
  };
}

export const get = (path: string, fields = '', method = 'GET'): string =>
  `${method} ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;
export const post = (path: string, body: string, fields = ''): string =>
  get(path, `Content-Length: ${body.length}\r\n${fields}`, 'POST') + body;

/** Status and body of each answer, framed by length. */
export function bodies(heard: string): string[] {
  const found: string[] = [];
  for (let rest = heard; rest !== ''; ) {
    const end = rest.indexOf('\r\n\r\n') + 4;
    const head = rest.slice(0, end);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    const status = head.slice(9, 12);
    const body = rest.slice(end, end + length);
    found.push(body.startsWith('<!doctype') ? status : `${status} ${body}`.trimEnd());
    rest = rest.slice(end + length);
  }
  return found;
}
