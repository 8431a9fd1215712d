import {
  createContext,
  dumbIncrement,
  type LwsContext,
  lwsMirror,
  permessageDeflate,
} from 'lws-ts';

/** A server with the protocols of the test server. */
export async function startServer(port = 0): Promise<{ context: LwsContext; port: number }> {
  const context = await createContext({
    vhosts: [
      {
        port,
        interface: '127.0.0.1',
        protocols: [dumbIncrement, lwsMirror],
        extensions: [permessageDeflate()],
      },
    ],
  });
  return { context, port: context.vhosts[0]?.port ?? 0 };
}

/** How many connections a protocol of the server has. */
export function connections(context: LwsContext): number {
  return context.counters.wsi_alive;
}
