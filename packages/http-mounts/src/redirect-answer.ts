import type { HttpExchange } from '@lws-ts/interface';
import { redirectLocation } from './location.ts';
import type { RedirectMount } from './mount.ts';
import { withMountHeaders } from './mount-headers.ts';
import { sentBelow } from './sent-below.ts';

/** Sends a request elsewhere, whatever its method. */
export function answerRedirect(exchange: HttpExchange, mount: RedirectMount): void {
  const { request } = exchange;
  const location = redirectLocation(mount, sentBelow(mount, request), request.query);
  exchange.reply(mount.status, withMountHeaders([['location', location]], mount.headers));
}
