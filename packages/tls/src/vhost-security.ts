/** TLS of one vhost: its certificate and rules as a server, and what its clients show and trust. */

import type { SecureContextOptions, TLSSocket, TlsOptions } from 'node:tls';
import {
  type CodedError,
  dropPromise,
  LwsError,
  type PeerAddress,
  type Secured,
  type Securing,
  type Transport,
  type TransportSecurity,
  type VhostView,
} from '@lws-ts/interface';
import { tlsErrors } from './errors.ts';
import * as lateHandshakes from './late-handshakes.ts';
import { clientOptionsOf, type ResolvedTlsOptions, type TlsConnectOptions } from './options.ts';
import type { ClientSupply, ServerSupply } from './secure-contexts.ts';
import type { SecureServer } from './secure-server.ts';
import { alertOf, WHERE } from './ssl-info.ts';
import type { ServingVhost, TlsServices } from './tls-services.ts';
import { showsCertificate } from './tls-transport.ts';

/** What would do nothing without it: who sets one of them counts on it. */
const needsTls = ['redirectHttpToHttps', 'requireValidOpensslClientCert'] as const;

export class VhostSecurity implements TransportSecurity, ServingVhost {
  readonly vhostName: string;
  readonly options: ResolvedTlsOptions;
  readonly serves: boolean;
  readonly acceptTimeoutSecs: number;
  /** Clients of the vhost may use TLS. */
  clientReady: boolean;
  readonly #vhost: VhostView;
  readonly #services: TlsServices;
  #supply: ServerSupply | undefined = undefined;
  #server: SecureServer | undefined = undefined;
  #client: ClientSupply | undefined = undefined;
  /** Of connections that show or trust something else. */
  readonly #clients = new WeakMap<TlsConnectOptions, ClientSupply>();
  #vhostFor: (serverName: string) => TransportSecurity | undefined = () => undefined;

  /** @throws for a pair that cannot be used */
  constructor(vhost: VhostView, options: ResolvedTlsOptions, services: TlsServices) {
    this.#vhost = vhost;
    this.vhostName = vhost.name;
    this.options = options;
    this.#services = services;
    this.acceptTimeoutSecs = options.sslAcceptTimeoutSecs;
    this.serves = servesTls(options);
    this.clientReady = vhost.port === -1 || setsClient(options);
    if (setsClient(options))
      this.#client = lateHandshakes.clientSupply(vhost, options, services.clock.wallNow());
    if (!this.serves) {
      const useless = needsTls.find((name) => options[name] === true);
      if (useless === undefined) return;
      const what = `vhost ${vhost.name}: ${useless}, and it has no TLS`;
      throw new LwsError(tlsErrors.LWS_ERR_TLS_OPTIONS, what);
    }
    const supply = lateHandshakes.supplyOf(vhost, options, services.clock.wallNow());
    lateHandshakes.makeContext(this.#contextOptions(supply), vhost.name);
    this.#use(supply);
    services.serving.add(this);
  }

  get files(): readonly string[] {
    const { sslCertFilepath, sslPrivateKeyFilepath, sslCaFilepath, sslCrlFilepath } = this.options;
    return [sslCertFilepath, sslPrivateKeyFilepath, sslCaFilepath, sslCrlFilepath].filter(
      (one) => one !== undefined,
    );
  }

  /** When its certificate ends, in ms since 1970; undefined without one. */
  get notAfter(): number | undefined {
    return this.#supply?.pair.notAfter;
  }

  get asksForCertificate(): boolean {
    return this.options.requireValidOpensslClientCert === true;
  }

  get takesPlain(): boolean {
    return this.options.allowNonSslOnSslPort === true || this.options.redirectHttpToHttps === true;
  }

  get takesHttpAlone(): boolean {
    return this.options.allowNonSslOnSslPort !== true;
  }

  get refusesNames(): boolean {
    return this.options.refuseUnknownServerName === true;
  }

  get mostHandshakeBytes(): number {
    return this.options.sslAcceptMaxBytes;
  }

  accept(
    plain: Transport,
    vhostFor: (serverName: string) => TransportSecurity | undefined,
    done: Secured,
  ): Securing {
    this.#vhostFor = vhostFor;
    return new lateHandshakes.Acceptance(this, this.#services, plain, done);
  }

  connect(
    plain: Transport,
    serverName: string,
    options: Readonly<Record<string, unknown>>,
    done: Secured,
  ): void {
    const given = options as TlsConnectOptions;
    if (!this.clientReady && clientOptionsOf(this.options, given) === this.options) {
      setImmediate(() => done(new LwsError(tlsErrors.LWS_ERR_TLS_CLIENT_INIT, this.vhostName)));
      return;
    }
    let supply: ClientSupply;
    try {
      supply = this.#clientSupply(given);
    } catch (error) {
      setImmediate(() => done(codedOf(error)));
      return;
    }
    lateHandshakes.clientHandshake(plain, given.serverName ?? serverName, supply, given, done);
  }

  /** The vhost's, or one for options that say what is shown or trusted; made once for each record of them. */
  #clientSupply(given: TlsConnectOptions): ClientSupply {
    const options = clientOptionsOf(this.options, given);
    const now = this.#services.clock.wallNow();
    if (options === this.options) {
      this.#client ??= lateHandshakes.clientSupply(this.#vhost, options, now);
      return this.#client;
    }
    const known =
      this.#clients.get(given) ?? lateHandshakes.clientSupply(this.#vhost, options, now);
    this.#clients.set(given, known);
    return known;
  }

  reload(known?: string): CodedError | undefined {
    if (!this.serves) return undefined;
    const error = this.#reload();
    const { refused } = this.#vhost.counters;
    if (error !== undefined && error.message !== known)
      refused.set(error.code, (refused.get(error.code) ?? 0) + 1);
    return error;
  }

  #reload(): CodedError | undefined {
    try {
      const next = lateHandshakes.supplyOf(
        this.#vhost,
        this.options,
        this.#services.clock.wallNow(),
      );
      const { certificate } = next.pair;
      const covered =
        this.#supply !== undefined &&
        lateHandshakes.covers(this.#supply.pair.certificate, this.vhostName);
      if (covered && !lateHandshakes.covers(certificate, this.vhostName))
        return new LwsError(
          tlsErrors.LWS_ERR_TLS_CERTIFICATE_NAMES,
          `${this.vhostName}: ${certificate.subjectAltName ?? certificate.subject}`,
        );
      const options = this.#contextOptions(next);
      // so that what OpenSSL does not take is found before anything changes
      lateHandshakes.makeContext(options, this.vhostName);
      this.#use(next);
      this.#server?.replace(options);
      return undefined;
    } catch (error) {
      return codedOf(error);
    }
  }

  #use(supply: ServerSupply): void {
    this.#supply = supply;
    this.#vhost.counters.ssl_cert_end = Math.floor(supply.pair.notAfter / 1000);
  }

  destroy(): void {
    this.#services.serving.delete(this);
  }

  sibling(serverName: string, transport: Transport): VhostSecurity | undefined {
    // RFC 6066 §3: a client names no address that it dials
    const asked = serverName === '' ? hostOf(transport.local) : serverName;
    const found = this.#vhostFor(asked);
    const other = found instanceof VhostSecurity && found.serves ? found : this;
    const named = plainName(asked);
    const name = plainName(other.vhostName);
    const known = named === name || named.endsWith(`.${name}`);
    if (serverName === '') return known ? other : this;
    return known || this.options.refuseUnknownServerName !== true ? other : undefined;
  }

  get server(): SecureServer {
    this.#server ??= new lateHandshakes.SecureServer(
      this.#serverOptions(),
      {
        judge: (socket) => this.#judge(socket),
        vhostName: this.vhostName,
        refused: (socket, raw) => this.#services.refused.add(socket, raw),
        broke: (peer, error) => this.broke(peer, error),
      },
      this.#services.bytes,
      this.mostHandshakeBytes,
    );
    return this.#server;
  }

  begins(peer: PeerAddress): boolean {
    return this.#tell(peer, WHERE.handshakeStart, 1);
  }

  ends(peer: PeerAddress, result: Transport | CodedError): boolean {
    if (!('code' in result)) return this.#tell(peer, WHERE.handshakeDone, 1);
    this.broke(peer, (result as LwsError).cause);
    this.#tell(peer, WHERE.acceptExit, -1);
    return true;
  }

  /** Something went wrong, in a handshake or later; an alert of the peer, if it tells of one. */
  broke(peer: PeerAddress, error: unknown): void {
    const alert = alertOf(error);
    if (alert !== undefined) this.#services.run(() => this.#tell(peer, WHERE.readAlert, alert));
  }

  /** An event, for the first protocol of the vhost, or for the log. */
  #tell(peer: PeerAddress, where: number, ret: number): boolean {
    if ((this.options.sslInfoEventMask & where) === 0) return true;
    const handlers = this.#vhost.protocols[0]?.spec.tls;
    if (handlers?.info !== undefined) {
      try {
        const answer = handlers.info({ vhost: this.#vhost, peer }, { where, ret });
        if (!dropPromise(answer)) return answer !== -1;
        this.#services.log('err', `tls.info of vhost ${this.vhostName} gave a promise`);
        return false;
      } catch (error) {
        this.#services.log('err', `tls.info of vhost ${this.vhostName} threw: ${String(error)}`);
        return false;
      }
    }
    const hex = where.toString(16);
    this.#services.log('notice', `SSL_INFO ${peer.address}:${peer.port} where 0x${hex} ret ${ret}`);
    return true;
  }

  #serverOptions(): TlsOptions {
    return {
      ...this.#contextOptions(this.#supply as ServerSupply),
      ALPNProtocols: this.options.alpn.split(/, ?/),
      requestCert: this.asksForCertificate,
      // judged below: OpenSSL would end it without a reason that could be logged
      rejectUnauthorized: false,
    };
  }

  #contextOptions(supply: ServerSupply): SecureContextOptions {
    return lateHandshakes.serverContextOptions(this.vhostName, this.options, supply);
  }

  #judge(socket: TLSSocket): CodedError | undefined {
    if (!this.asksForCertificate) return undefined;
    const shown = showsCertificate(socket);
    if (shown && socket.authorized) return undefined;
    if (!shown && this.options.peerCertNotRequired === true) return undefined;
    const why = shown ? String(socket.authorizationError) : 'none was shown';
    return new LwsError(tlsErrors.LWS_ERR_TLS_CLIENT_CERTIFICATE, why);
  }
}

/** Whether the options give the vhost a server side of TLS. */
export function servesTls(options: ResolvedTlsOptions): boolean {
  return (
    options.sslCertFilepath !== undefined ||
    options.serverSslCertMem !== undefined ||
    options.sslPrivateKeyFilepath !== undefined ||
    options.serverSslPrivateKeyMem !== undefined ||
    options.createVhostSslCtx === true
  );
}

function setsClient(options: ResolvedTlsOptions): boolean {
  return Object.entries(options).some(
    ([name, value]) => name.startsWith('clientSsl') && value !== undefined,
  );
}

/** As it stands in a Host. */
function hostOf({ address, family }: PeerAddress): string {
  return family === 'ipv6' ? `[${address}]` : address;
}

/** Lower case, and without the dot that some end a whole name with: as a Host is read. */
function plainName(name: string): string {
  return name.replace(/\.$/, '').toLowerCase();
}

/** What a handler of the program throws while a context is made is no code of ours. */
function codedOf(error: unknown): LwsError {
  if (error instanceof LwsError) return error;
  return new LwsError(tlsErrors.LWS_ERR_TLS_CERTIFICATE, String(error), { cause: error });
}
