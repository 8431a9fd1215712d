import { createContext } from '@lws-ts/core';
import type { AnyProtocol } from '@lws-ts/interface';
import { connectRawPeer, VirtualClock } from '@lws-ts/test-kit';
import { type LineHandlers, lines } from './line-role.ts';

export interface LineOptions {
  /** Of the path to the peer, in bytes. */
  readonly capacity?: number;
  readonly listening?: boolean;
  readonly txBudget?: number;
  readonly holdTimeoutSecs?: number;
  readonly protocols?: readonly AnyProtocol[];
}

/** A context whose connections speak lines, on a clock that stands still, and one connection to it in memory. */
export async function openLine(handlers: LineHandlers = {}, options: LineOptions = {}) {
  const { txBudget, holdTimeoutSecs = 10, protocols = [] } = options;
  const clock = new VirtualClock();
  const module = lines(handlers);
  const context = await createContext({
    use: [module],
    clock,
    ...(txBudget === undefined ? {} : { txBudget }),
    vhosts: [{ port: -1, holdTimeoutSecs, protocols }],
  });
  const [vhost] = context.vhosts;
  if (vhost === undefined) throw new Error('no vhost');
  const { peer, server } = await connectRawPeer(vhost, options);
  const [line] = module.states;
  if (line === undefined) throw new Error('no connection');
  return { clock, context, vhost, peer, server, line, states: module.states };
}
