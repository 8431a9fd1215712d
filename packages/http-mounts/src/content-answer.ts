/** Answers with a content that is in memory, and those that have no content. */
import { errorDocument } from '@lws-ts/http';
import type { Clock, HttpExchange } from '@lws-ts/interface';
import { mountErrors } from './errors.ts';
import type { FileMount } from './mount.ts';
import { withMountHeaders } from './mount-headers.ts';
import { joinParts, partialContent } from './partial-content.ts';
import { evaluate } from './preconditions.ts';
import { requestedRanges } from './range-request.ts';
import { refuse } from './refuse.ts';
import type { Representation } from './representation.ts';
import { statusPage } from './status-page.ts';

/** Files up to this size are read whole and answered in one write. */
export const SMALL_FILE_BYTES: number = 64 * 1024;

/** Answers with a small file, or what of it was asked for, as its conditions want. */
export function answerContent(
  exchange: HttpExchange,
  mount: FileMount,
  representation: Representation,
  bytes: Uint8Array,
  clock: Clock,
): void {
  const status = evaluate(exchange.request, representation, clock);
  if (status !== 200) {
    answerCondition(exchange, mount, representation, status);
    return;
  }
  const ranges = requestedRanges(exchange.request, representation, bytes.length, clock);
  if (ranges === 'unsatisfiable') refuseRange(exchange, mount, representation);
  else if (ranges === 'whole') exchange.reply(200, representation.fields, bytes, true);
  else {
    const partial = partialContent(representation, ranges);
    // what makes many parts of nearly everything longer than everything is not worth it
    if (partial.length > SMALL_FILE_BYTES) exchange.reply(200, representation.fields, bytes, true);
    else exchange.reply(206, partial.fields, joinParts(partial, bytes));
  }
}

/** The answer to a condition that does not let the content be sent. */
export function answerCondition(
  exchange: HttpExchange,
  mount: FileMount,
  representation: Representation,
  status: 304 | 412,
): void {
  if (status === 304) exchange.reply(304, representation.notModifiedFields);
  else {
    const own = errorDocument(exchange.host.vhost, 412);
    const page = statusPage(412, [], undefined, own);
    exchange.reply(412, withMountHeaders(page.fields, mount.headers), page.body);
  }
}

/** RFC 9110 §15.5.17: nothing of what was asked for is there, and this is how much there is. */
export function refuseRange(
  exchange: HttpExchange,
  mount: FileMount,
  representation: Representation,
): void {
  refuse(exchange, mountErrors.LWS_ERR_MOUNT_RANGE, mount.headers, [
    ['content-range', `bytes */${representation.length}`],
  ]);
}
