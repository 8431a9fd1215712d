import { httpErrors } from '@lws-ts/http';
import type { HttpAnswer, HttpResponder, UpgradeAnswer } from '@lws-ts/interface';
import { answered } from '../answered.ts';
import { refuse } from '../refuse.ts';
import type { RedirectedExchange } from './redirected-exchange.ts';

/** Asks all responders as for a request of the peer: whether it may be, then who answers it. */
export function answerLocally(
  exchange: RedirectedExchange,
  responders: readonly HttpResponder[],
): HttpAnswer {
  for (const responder of responders) {
    const refused = responder.filter?.(exchange);
    if (refused !== undefined || exchange.touched) return settled(exchange, refused);
  }
  for (const responder of responders) {
    const answer = responder.respond(exchange);
    if (answer !== undefined || exchange.touched) return settled(exchange, answer);
  }
  refuse(exchange, httpErrors.LWS_ERR_HTTP_NOT_FOUND, []);
  return answered;
}

function settled(
  exchange: RedirectedExchange,
  answer: HttpAnswer | UpgradeAnswer | undefined,
): HttpAnswer {
  if (answer === undefined) return answered;
  if (answer.kind === 'answer') return answer;
  // nothing asks for an upgrade here
  if (answer.kind === 'take') throw new TypeError('a plain request was taken for an upgrade');
  const { error, status, fields } = answer;
  refuse(exchange, { ...error, status }, fields, [['connection', 'close']]);
  return answered;
}
