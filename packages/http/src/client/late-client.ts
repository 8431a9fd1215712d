/** What is loaded with the first request to another server. */
export { ClientTransaction } from './client-transaction.ts';
export { HttpClientConnection } from './http-client-wsi.ts';
export { requestWhole } from './http-request.ts';
export { OutgoingRequest } from './outgoing-request.ts';
