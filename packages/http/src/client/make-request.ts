/** Requests to other servers, for programs and for other packages. What makes them is loaded with the first. */
import type { ClientTransaction } from './client-transaction.ts';
import type { HttpAnswerReceived, HttpRequestOptions, RequestContext } from './http-request.ts';
import * as lateClient from './late-client.ts';
import type { OutgoingRequest } from './outgoing-request.ts';

/**
 * Makes a request and waits for its whole answer, whatever its status. The options are those of `context.connect`;
 * a `signal` ends it at any time. No protocol is told of it.
 *
 * @throws (rejects) as `context.open`, and for an answer that is cut, stands still or is too large
 */
export async function httpRequest<C extends RequestContext>(
  context: C,
  options: Parameters<C['connect']>[0] & HttpRequestOptions,
): Promise<HttpAnswerReceived> {
  return lateClient.requestWhole(context, options);
}

/** Begins what a client needs of HTTP, whatever it asks for. */
export function clientTransaction(
  ...of: ConstructorParameters<typeof ClientTransaction>
): ClientTransaction {
  return new lateClient.ClientTransaction(...of);
}

/** Makes a request whose answer goes to its owner piece by piece. */
export function outgoingRequest(
  ...of: ConstructorParameters<typeof OutgoingRequest>
): OutgoingRequest {
  return new lateClient.OutgoingRequest(...of);
}
