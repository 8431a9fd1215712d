import { createContext, type ExternalLoopOptions, externalLoop } from '@lws-ts/core';
import type { AnyProtocol } from '@lws-ts/interface';
import { memoryTransportPair, PollHost, RawPeer, settle, VirtualClock } from '@lws-ts/test-kit';
import { type LineHandlers, lines } from './line-role.ts';

export interface PolledOptions extends ExternalLoopOptions {
  /** Of the path to the peer, in bytes. */
  readonly capacity?: number;
  readonly listening?: boolean;
  readonly protocols?: readonly AnyProtocol[];
}

/** A context whose connections speak lines in a loop that the test drives, and one connection to it in memory. */
export async function openPolled(handlers: LineHandlers = {}, options: PolledOptions = {}) {
  const { capacity, listening, protocols = [], ...limits } = options;
  const clock = new VirtualClock();
  const module = lines(handlers);
  const host = new PollHost();
  const loop = externalLoop(host, limits);
  host.drives(loop);
  const context = await createContext({
    use: [module],
    clock,
    loop,
    vhosts: [{ port: -1, protocols }],
  });
  const [vhost] = context.vhosts;
  if (vhost === undefined) throw new Error('no vhost');
  const connect = async () => {
    const [server, client] = memoryTransportPair(capacity === undefined ? {} : { capacity });
    const peer = new RawPeer(client, listening);
    vhost.adopt(server);
    await settle();
    return { peer, server };
  };
  const { peer, server } = await connect();
  return { clock, context, vhost, peer, server, loop, host, connect, states: module.states };
}
