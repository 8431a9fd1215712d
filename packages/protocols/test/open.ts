import { createContext } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import type { AnyProtocol } from '@lws-ts/interface';
import { VirtualClock } from '@lws-ts/test-kit';
import { ws } from '@lws-ts/ws';

/** A context in memory with these protocols on one vhost. */
export async function open(...protocols: readonly AnyProtocol[]) {
  const clock = new VirtualClock();
  const context = await createContext({ use: [http(), ws()], clock, port: -1, protocols });
  const [vhost] = context.vhosts;
  if (vhost === undefined) throw new Error('no vhost');
  return { clock, context, vhost };
}
