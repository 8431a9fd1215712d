import { errorDocument } from '@lws-ts/http';
import type { CodedError, HttpExchange, HttpFields } from '@lws-ts/interface';
import { withMountHeaders } from './mount-headers.ts';
import { statusPage } from './status-page.ts';

/** What every client may meet that does nothing wrong: nothing to report. */
const ORDINARY: ReadonlySet<string> = new Set([
  'LWS_ERR_MOUNT_LOGIN_ABSENT',
  'LWS_ERR_VFS_NOT_FOUND',
  'LWS_ERR_VFS_IS_DIRECTORY',
]);

/**
 * Answers with the page of the error's status, and reports whatever is more than a name that is not there.
 *
 * @param headers of the mount
 * @param fields sent before those of the page
 */
export function refuse(
  exchange: HttpExchange,
  error: CodedError,
  headers: HttpFields,
  fields: HttpFields = [],
): void {
  const status = error.status ?? 500;
  if (!ORDINARY.has(error.code)) exchange.host.report(error, printable(exchange.request.path));
  const page = statusPage(
    status,
    status === 503 ? [...fields, ['retry-after', '1']] : fields,
    undefined,
    errorDocument(exchange.host.vhost, status),
  );
  exchange.reply(status, withMountHeaders(page.fields, headers), page.body);
}

/** At most 256 characters for a log line: what a terminal could take for more than a character is escaped. */
export function printable(path: string): string {
  return path.slice(0, 256).replace(/[^\x20-\x7e]/gu, (character) => {
    return `\\u{${character.codePointAt(0)?.toString(16)}}`;
  });
}
