/** The one file that knows every package: all modules composed, so that a program never sees `use`. */

import { adapters } from '@lws-ts/adapters';
import type { ConnectOptions, ContextOptions, VhostOptions } from '@lws-ts/core';
import { type Context, createContext as createCoreContext } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { httpMounts } from '@lws-ts/http-mounts';
import { interfaceErrors, isRecord, LwsError } from '@lws-ts/interface';
import { peerLimits } from '@lws-ts/peer-limits';
import { raw } from '@lws-ts/raw';
import { tls } from '@lws-ts/tls';
import { vfs } from '@lws-ts/vfs';
import { ws } from '@lws-ts/ws';

function allModules() {
  return [peerLimits(), tls(), http(), ws(), raw(), adapters(), httpMounts(), vfs()] as const;
}

/** The modules of the meta package. */
export type AllModules = ReturnType<typeof allModules>;
/** A context with all of them. */
export type LwsContext = Context<AllModules>;
type WithoutUse<Options> = Options extends unknown ? Omit<Options, 'use'> : never;
/** What {@link createContext} takes: everything but `use`. */
export type LwsContextOptions = WithoutUse<ContextOptions<AllModules>>;
/** One of its `vhosts`, and what `createVhost()` takes. */
export type LwsVhostOptions = VhostOptions<AllModules>;
/** What `connect()` and `open()` of such a context take. */
export type LwsConnectOptions = ConnectOptions<AllModules>;

/**
 * Makes a context with TLS, HTTP, WebSocket, raw connections, mounts, files and apps of one's own, and opens its listeners.
 *
 * @throws (rejects) for wrong options with `LWS_ERR_OPTION…`, before anything is opened; with `LWS_ERR_LISTEN`
 *   when a port cannot be had
 *
 * lws: lws_create_context
 */
export async function createContext(options: LwsContextOptions): Promise<LwsContext> {
  const { use } = (isRecord(options) ? options : {}) as { readonly use?: unknown };
  if (use !== undefined)
    throw new LwsError(
      interfaceErrors.LWS_ERR_OPTION_UNKNOWN,
      'use of createContext() of lws-ts, which has all modules: one of your own is for createContext() of @lws-ts/core',
    );
  // what is spread is an object in any case
  const given = isRecord(options) ? { ...options, use: allModules() } : options;
  return createCoreContext(given as ContextOptions<AllModules>);
}
