/** Refusals: a whole small answer that ends the connection. It says nothing of what the peer sent. */
import type { CodedError, HttpFields, RoleHost, VhostView } from '@lws-ts/interface';
import { isSecure, writeAnswerHead } from './answer-head.ts';
import { errorDocument } from './error-documents.ts';
import { SAY_CLOSE, SAY_CLOSE_UPGRADE } from './head-end.ts';
import { findSite } from './http-site.ts';
import { PAGE_POLICY, statusPage } from './status-page.ts';
import { settleUpgrade } from './upgrade-record.ts';

const noFields: HttpFields = Object.freeze([]);
const safeFields: HttpFields = Object.freeze([
  ['cache-control', 'no-store'],
  ['x-content-type-options', 'nosniff'],
] as const);
const pageFields: HttpFields = Object.freeze([
  ['content-type', 'text/html; charset=utf-8'],
  PAGE_POLICY,
  ...safeFields,
] as const);

const pages: (Uint8Array | undefined)[] = [];

/**
 * Fields and body of the page for a status: that of the vhost, else one of the house.
 *
 * @param fields stand in place of those of the page of the same name
 */
export function errorPage(
  vhost: VhostView,
  status: number,
  fields: HttpFields,
): { fields: HttpFields; body: Uint8Array } {
  const own = errorDocument(vhost, status);
  if (own !== undefined)
    return {
      fields: withPage(fields, [['content-type', own.type], ...safeFields]),
      body: own.bytes,
    };
  let body = pages[status];
  if (body === undefined) {
    body = Uint8Array.from(statusPage(status), (char) => char.charCodeAt(0));
    pages[status] = body;
  }
  return { fields: withPage(fields, pageFields), body };
}

function withPage(fields: HttpFields, page: HttpFields): HttpFields {
  if (fields.length === 0) return page;
  const said = new Set(fields.map(([name]) => name.toLowerCase()));
  return [...fields, ...page.filter(([name]) => !said.has(name))];
}

/**
 * Answers with an HTTP error and ends the connection: for roles that have to refuse after they took an
 * upgrade and before they sent anything. Counts the refusal, reports `error` when there is one, sends a
 * complete answer with `Connection: close`, then finishes: the peer gets it before the connection is cut.
 *
 * @param status 400 to 599
 * @param fields sent before those of the page, in place of those of the same name; an Upgrade field is allowed
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
  settleUpgrade(host, status, errorPage(host.vhost, status, noFields).body.length);
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
  const page = errorPage(host.vhost, status, fields);
  const { length } = page.body;
  const upgrade = fields.some(([name]) => name.toLowerCase() === 'upgrade');
  const connection = upgrade ? SAY_CLOSE_UPGRADE : SAY_CLOSE;
  const site = findSite(host.vhost);
  const recent = site?.recentHeads.find(status, page.fields, isSecure(host));
  const head = writeAnswerHead(host, site, recent, status, page.fields, length, connection);
  if (!withBody) return head;
  const into = host.reserve(length);
  into.set(page.body, host.reservedAt);
  host.commit(length);
  return head + length;
}
