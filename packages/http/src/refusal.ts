/** Refusals: a whole small answer that ends the connection. It says nothing of what the peer sent. */
import type { CodedError, HttpFields, RoleHost } from '@lws-ts/interface';
import { SAY_CLOSE, SAY_CLOSE_UPGRADE, writeAnswerHead } from './answer-head.ts';
import { reasonPhrase } from './framing/index.ts';
import { findSite } from './http-site.ts';

const pageFields: HttpFields = Object.freeze([
  ['content-type', 'text/html; charset=utf-8'],
  ['cache-control', 'no-store'],
  ['x-content-type-options', 'nosniff'],
] as const);

/** Fields and body of the page for a status. */
export function errorPage(
  status: number,
  fields: HttpFields,
): { fields: HttpFields; body: string } {
  const name = `${status} ${reasonPhrase(status)}`.trimEnd();
  return {
    fields: [...fields, ...pageFields],
    body: `<!doctype html>\n<title>${name}</title>\n<h1>${name}</h1>\n`,
  };
}

/**
 * Answers with an HTTP error and ends the connection: for roles that have to refuse after they took an
 * upgrade and before they sent anything. Counts the refusal, reports `error` when there is one, sends a
 * complete answer with `Connection: close`, then finishes: the peer gets it before the connection is cut.
 *
 * @param status 400 to 599
 * @param fields sent before those of the page; an Upgrade field is allowed
 * @param error what is logged and counted
 * @param detail stands behind the error's message in the log
 * @throws `LWS_ERR_HTTP_STATUS`, `LWS_ERR_HTTP_FIELD_VALUE`, with nothing sent
 */
export function writeRefusal(
  host: RoleHost,
  status: number,
  fields: HttpFields = [],
  error?: CodedError,
  detail?: string,
): void {
  writeRefusalBytes(host, status, fields, true);
  host.vhost.counters.rejected++;
  if (error !== undefined) host.report(error, detail);
  host.finish();
}

/** The bytes alone; returns how many. @param withBody false for an answer to HEAD */
export function writeRefusalBytes(
  host: RoleHost,
  status: number,
  fields: HttpFields,
  withBody: boolean,
): number {
  const page = errorPage(status, fields);
  const { length } = page.body;
  const upgrade = fields.some(([name]) => name.toLowerCase() === 'upgrade');
  const connection = upgrade ? SAY_CLOSE_UPGRADE : SAY_CLOSE;
  const site = findSite(host.vhost);
  const head = writeAnswerHead(host, site, status, page.fields, length, connection);
  if (!withBody) return head;
  const into = host.reserve(length);
  for (let at = 0; at < length; at++) into[host.reservedAt + at] = page.body.charCodeAt(at);
  host.commit(length);
  return head + length;
}
