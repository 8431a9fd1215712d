import type { HttpExchange } from '@lws-ts/interface';
import { redirectLocation } from './location.ts';
import type { RedirectMount } from './mount.ts';
import { withMountHeaders } from './mount-headers.ts';
import { pathBelow } from './mounted-path.ts';

/** Sends a request elsewhere, whatever its method. */
export function answerRedirect(exchange: HttpExchange, mount: RedirectMount): void {
  const { path, query } = exchange.request;
  const location = redirectLocation(mount, pathBelow(mount, path), query);
  exchange.reply(mount.status, withMountHeaders([['location', location]], mount.headers));
}
