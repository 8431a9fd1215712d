export type { AccessLogSink } from './access-log.ts';
export type { ClientAnswer } from './client/client-answer.ts';
export type { ClientRequester } from './client/client-requester.ts';
export type { ClientTransaction } from './client/client-transaction.ts';
export {
  checkRequestField,
  type HttpConnectOptions,
  httpConnectRules,
} from './client/connect-options.ts';
export type {
  HttpAnswerReceived,
  HttpRequestOptions,
  RequestContext,
} from './client/http-request.ts';
export { clientTransaction, httpRequest, outgoingRequest } from './client/make-request.ts';
export type { OutgoingRequest } from './client/outgoing-request.ts';
export type { RequestOwner } from './client/request-owner.ts';
export { idleTransportsOf } from './client/vhost-idle.ts';
export { type ErrorDocument, type ErrorPageContent, errorDocument } from './error-documents.ts';
export { type HttpErrorCode, httpErrors } from './errors.ts';
export { http } from './http-module.ts';
export { headerTablesLent, reopenAccessLog } from './http-site.ts';
export { type HttpOptions, httpOptionRules } from './options.ts';
export { writeRefusal } from './refusal.ts';
export { PAGE_POLICY, statusPage } from './status-page.ts';
export { noteUpgraded } from './upgrade-record.ts';
export { findUrlArg } from './url-arg.ts';
