/** Who answers a request: whoever is asked first and says so. */
import type {
  ContextView,
  HttpAnswer,
  HttpResponder,
  RequestLimits,
  UpgradeAnswer,
} from '@lws-ts/interface';
import { httpErrors } from './errors.ts';
import { allowedMethods } from './framing/index.ts';
import type { H1Exchange } from './h1-exchange.ts';
import { errorPage } from './refusal.ts';

/**
 * Asks every responder whether the request may be; then the responders in `use` order to answer it; for an upgrade
 * that all of them pass then the roles; and when no role takes it the responders once more, now without its Upgrade
 * field: it is a plain request (RFC 9110 §7.8). A CONNECT that may be is for the roles alone.
 * Undefined: nobody, or somebody has answered already.
 */
export function firstAnswer(
  context: ContextView,
  exchange: H1Exchange,
): HttpAnswer | UpgradeAnswer | undefined {
  const refused = firstRefusal(context.responders, exchange);
  if (refused !== undefined || !exchange.untouched) return refused;
  if (exchange.request.method === 'CONNECT') return firstUpgrade(context, exchange) ?? noConnect;
  const answer = firstResponse(context.responders, exchange);
  if (answer !== undefined || !exchange.untouched || !exchange.request.upgrade) return answer;
  const upgrade = firstUpgrade(context, exchange);
  if (upgrade !== undefined) return upgrade;
  exchange.request.makePlain();
  return firstResponse(context.responders, exchange);
}

/** What a CONNECT is answered that no role takes: it is for no responder. */
const noConnect: UpgradeAnswer = {
  kind: 'refuse',
  status: 405,
  fields: [['allow', allowedMethods]],
  error: httpErrors.LWS_ERR_HTTP_METHOD_NOT_ALLOWED,
};

function firstUpgrade(context: ContextView, exchange: H1Exchange): UpgradeAnswer | undefined {
  const { roles } = context;
  for (let each = 0; each < roles.length; each++) {
    const upgrade = roles[each]?.acceptUpgrade?.(exchange);
    if (upgrade !== undefined) return upgrade;
  }
  return undefined;
}

/** The limits of the URL area that a request is for, of whoever knows it first. */
export function firstLimits(
  { responders }: ContextView,
  exchange: H1Exchange,
): RequestLimits | undefined {
  if (exchange.request.method === 'CONNECT') return undefined;
  for (let each = 0; each < responders.length; each++) {
    const limits = responders[each]?.limits?.(exchange);
    if (limits !== undefined) return limits;
  }
  return undefined;
}

/** Nobody has it: what is asked of the server itself (RFC 9110 §9.3.7), else 404. */
export function answerUnclaimed(exchange: H1Exchange): void {
  if (exchange.request.path === '*') {
    exchange.reply(204, [['allow', allowedMethods]]);
    return;
  }
  exchange.host.report(httpErrors.LWS_ERR_HTTP_NOT_FOUND, exchange.request.path);
  const page = errorPage(exchange.host.vhost, 404, []);
  exchange.reply(404, page.fields, page.body);
}

function firstRefusal(
  responders: readonly HttpResponder[],
  exchange: H1Exchange,
): HttpAnswer | UpgradeAnswer | undefined {
  for (let each = 0; each < responders.length; each++) {
    const answer = responders[each]?.filter?.(exchange);
    if (answer !== undefined || !exchange.untouched) return answer;
  }
  return undefined;
}

function firstResponse(
  responders: readonly HttpResponder[],
  exchange: H1Exchange,
): HttpAnswer | UpgradeAnswer | undefined {
  for (let each = 0; each < responders.length; each++) {
    const answer = responders[each]?.respond(exchange);
    if (answer !== undefined || !exchange.untouched) return answer;
  }
  return undefined;
}
