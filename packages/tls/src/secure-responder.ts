/** What HTTP requests are answered because of the TLS layer: a redirect to `https:`, or 421. */
import { type HttpExchange, type HttpResponder, sentTarget } from '@lws-ts/interface';
import { tlsErrors } from './errors.ts';
import { type ResolvedTlsOptions, tlsOptionsOf } from './options.ts';
import { SessionInfo } from './tls-transport.ts';
import { servesTls } from './vhost-security.ts';

/** Visible characters that RFC 3986 has no place for. */
const NOT_IN_TARGET = /["<>\\^`{|}]/g;

export class SecureResponder implements HttpResponder {
  readonly name = 'tls';

  /** Before the program is asked of anything: a request that is not for this connection is nobody's. */
  filter(exchange: HttpExchange): undefined {
    const { transport, vhost } = exchange.host;
    const { security } = transport;
    const options = tlsOptionsOf(vhost.options);
    if (!(security instanceof SessionInfo)) {
      if (servesTls(options)) answerPlain(exchange, options);
      return undefined;
    }
    // a client certificate was shown to one vhost and says nothing to another
    const strict =
      options.strictHostCheck === true || options.requireValidOpensslClientCert === true;
    if (!strict || security.vhostName === vhost.name) return undefined;
    exchange.host.report(tlsErrors.LWS_ERR_TLS_HOST, vhost.name);
    exchange.reply(421, [['connection', 'close']]);
    return undefined;
  }

  respond(): undefined {
    return undefined;
  }
}

/** The first vhost of a port lets such connections in; who else they may speak to each vhost says itself. */
function answerPlain(exchange: HttpExchange, options: ResolvedTlsOptions): void {
  // a CONNECT has no URL that could be of https:
  const redirects = options.redirectHttpToHttps === true;
  if (redirects && exchange.request.method !== 'CONNECT') redirect(exchange);
  else if (options.allowNonSslOnSslPort !== true) {
    exchange.host.report(tlsErrors.LWS_ERR_TLS_PLAIN, exchange.host.vhost.name);
    exchange.reply(421, [['connection', 'close']]);
  }
}

function redirect(exchange: HttpExchange): void {
  const { request, host } = exchange;
  const { port } = host.transport.local;
  const authority = request.authority === '' ? host.vhost.name : request.authority;
  const target = request.path === '*' ? '/' : sentTarget(request);
  exchange.reply(301, [
    [
      'location',
      `https://${authority}${port === 443 ? '' : `:${port}`}${target.replace(NOT_IN_TARGET, encodeURIComponent)}`,
    ],
    ['connection', 'close'],
  ]);
}
