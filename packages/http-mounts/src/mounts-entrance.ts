import type {
  HttpAnswer,
  HttpExchange,
  HttpResponder,
  RequestLimits,
  UpgradeAnswer,
} from '@lws-ts/interface';
import { MountTable } from './mount-table.ts';

/** Asks whoever answers for mounts, who is made when a request first may be for one. */
export class MountsEntrance implements HttpResponder {
  readonly name = 'mounts';
  readonly #responder: () => Required<HttpResponder>;

  constructor(responder: () => Required<HttpResponder>) {
    this.#responder = responder;
  }

  limits(exchange: HttpExchange): RequestLimits | undefined {
    return hasMounts(exchange) ? this.#responder().limits(exchange) : undefined;
  }

  filter(exchange: HttpExchange): HttpAnswer | UpgradeAnswer | undefined {
    const http = exchange.host.vhost.protocols[0]?.spec.http;
    if (http?.filterHttpConnection === undefined) return undefined;
    return this.#responder().filter(exchange);
  }

  respond(exchange: HttpExchange): HttpAnswer | UpgradeAnswer | undefined {
    return hasMounts(exchange) ? this.#responder().respond(exchange) : undefined;
  }
}

function hasMounts({ host }: HttpExchange): boolean {
  const table = host.vhost.options['mounts'];
  return table instanceof MountTable && table.mounts.length > 0;
}
