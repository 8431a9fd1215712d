import { interfaceErrors, LwsError, type LwsModule, type VhostView } from '@lws-ts/interface';
import { CertificateWatch } from './certificate-watch.ts';
import { HandshakeBytes } from './handshake-bytes.ts';
import { HandshakeGate } from './handshake-gate.ts';
import {
  type TlsConnectOptions,
  type TlsContextOptions,
  type TlsVhostOptions,
  tlsConnectRules,
  tlsContextRules,
  tlsOptionsOf,
  tlsVhostRules,
} from './options.ts';
import { RefusedSockets } from './refused-sockets.ts';
import { SecureResponder } from './secure-responder.ts';
import type { TlsServices } from './tls-services.ts';
import { VhostSecurity } from './vhost-security.ts';

const securities = new WeakMap<object, VhostSecurity>();

/**
 * TLS for vhosts and clients, for `use` of a context. Name it before modules that answer requests: a redirect to
 * `https:` and 421 come first.
 */
export function tls(): LwsModule<TlsContextOptions, TlsVhostOptions, TlsConnectOptions> {
  return {
    name: '@lws-ts/tls',
    needs: [],
    contextOptions: tlsContextRules,
    vhostOptions: tlsVhostRules,
    connectOptions: tlsConnectRules,
    install(context) {
      const services: TlsServices = {
        clock: context.clock,
        gate: new HandshakeGate(context.options['simultaneousSslRestriction'] as number),
        bytes: new HandshakeBytes(context.clock),
        refused: new RefusedSockets(context.clock),
        serving: new Set(),
        run: (job) => context.run(job),
        log: (level, line) => context.log(level, line),
      };
      const watch = new CertificateWatch(
        context.clock,
        context.options['sslReloadSecs'] as number,
        services.serving,
        (level, line) => context.log(level, line),
      );
      return {
        responders: [new SecureResponder()],
        security(vhost) {
          const security = new VhostSecurity(vhost, tlsOptionsOf(vhost.options), services);
          securities.set(vhost, security);
          if (security.serves) watch.begin(security);
          return security;
        },
        vhostDestroyed(vhost) {
          const security = securities.get(vhost);
          if (security !== undefined) watch.forget(security);
        },
        destroy() {
          watch.end();
          services.bytes.end();
          services.refused.end();
        },
      };
    },
  };
}

/**
 * Lets the clients of a vhost that serves use TLS, which others may from the start. lws: lws_init_vhost_client_ssl
 *
 * @throws `LWS_ERR_OPTION` for a vhost of a context without `tls()`
 */
export function initVhostClientSsl(vhost: Pick<VhostView, 'name'>): void {
  securityOf(vhost).clientReady = true;
}

/**
 * Reads the certificate files of a vhost again, and uses them for new connections when they are good.
 *
 * @returns what is wrong with them; then those before stay in use
 * lws: lws_tls_cert_updated
 */
export function reloadCertificates(vhost: Pick<VhostView, 'name'>): LwsError | undefined {
  return securityOf(vhost).reload() as LwsError | undefined;
}

/** When the certificate of a vhost ends, in ms since 1970; undefined for one without. lws: VHOST_CERT_AGING */
export function certificateEnd(vhost: Pick<VhostView, 'name'>): number | undefined {
  return securityOf(vhost).notAfter;
}

function securityOf(vhost: Pick<VhostView, 'name'>): VhostSecurity {
  const security = securities.get(vhost);
  if (security === undefined)
    throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `${vhost.name} has no tls()`);
  return security;
}
