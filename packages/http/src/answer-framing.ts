/** How the body of an answer is framed, which follows from what was asked and what is answered (RFC 9112 §6.3). */
import { CHUNKED, NO_FRAMING, UNTIL_CLOSE } from './head-end.ts';

/**
 * Bytes of the body, or one of the names of `head-end.ts`. It is the same for HEAD, whose answer has the head of one to
 * GET (RFC 9110 §9.3.2).
 *
 * @param old the request is of HTTP/1.0, which knows no chunks
 * @param length undefined: it is not known before all of it was sent
 */
export function answerFraming(old: boolean, status: number, length: number | undefined): number {
  // RFC 9110 §15.3.6: nothing, and said so
  if (status === 205) return 0;
  if (isEmpty(status)) return NO_FRAMING;
  return length ?? (old ? UNTIL_CLOSE : CHUNKED);
}

/** The answer has no body, whatever the responder gives (RFC 9110 §6.4.1). */
export function isBodyless(method: string, status: number): boolean {
  return method === 'HEAD' || status === 205 || isEmpty(status);
}

function isEmpty(status: number): boolean {
  return status === 204 || status === 304;
}
