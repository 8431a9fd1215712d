/** TLS of one vhost: its certificate and rules as a server, and what its clients show and trust. */

import * as tls from 'node:tls';
import {
  createSecureContext,
  rootCertificates,
  type SecureContext,
  type SecureContextOptions,
  type TLSSocket,
  type TlsOptions,
} from 'node:tls';
import {
  type Clock,
  type CodedError,
  type LogLevel,
  LwsError,
  type PeerAddress,
  type Secured,
  type Securing,
  type Transport,
  type TransportSecurity,
  type VhostView,
} from '@lws-ts/interface';
import { Acceptance } from './acceptance.ts';
import { defaultCiphers, secureOptions } from './ciphers.ts';
import { clientHandshake } from './client-handshake.ts';
import { CollectedContext } from './context-builder.ts';
import { type Credentials, covers, readCas, readCredentials } from './credentials.ts';
import { tlsErrors } from './errors.ts';
import type { HandshakeGate } from './handshake-gate.ts';
import type { Pem, ResolvedTlsOptions, TlsConnectOptions } from './options.ts';
import { SecureServer } from './secure-server.ts';
import { alertOf, WHERE } from './ssl-info.ts';

/** What the vhosts of a context share. */
export interface TlsServices {
  readonly clock: Clock;
  readonly gate: HandshakeGate;
  log(level: LogLevel, line: string): void;
  /** All of the context that serve. */
  readonly serving: Set<VhostSecurity>;
}

export class VhostSecurity implements TransportSecurity {
  readonly vhostName: string;
  readonly options: ResolvedTlsOptions;
  readonly serves: boolean;
  readonly acceptTimeoutSecs: number;
  /** Clients of the vhost may use TLS. */
  clientReady: boolean;
  readonly #vhost: VhostView;
  readonly #services: TlsServices;
  #credentials: Credentials | undefined = undefined;
  #context: SecureContext | undefined = undefined;
  #server: SecureServer | undefined = undefined;
  #client: SecureContext | undefined = undefined;
  #extraCas: readonly Pem[] = [];
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
    if (setsClient(options)) this.#client = this.#makeClientContext();
    if (!this.serves) return;
    this.#credentials = this.#readCredentials();
    this.#context = this.#makeContext(this.#credentials);
    services.serving.add(this);
  }

  /** Files whose change matters, those that there are. */
  get files(): readonly string[] {
    const { sslCertFilepath, sslPrivateKeyFilepath, sslCaFilepath } = this.options;
    return [sslCertFilepath, sslPrivateKeyFilepath, sslCaFilepath].filter(
      (one) => one !== undefined,
    );
  }

  /** When its certificate ends, in ms since 1970; undefined without one. */
  get notAfter(): number | undefined {
    return this.#credentials?.notAfter;
  }

  /** Clients are asked for a certificate. */
  get asksForCertificate(): boolean {
    return this.options.requireValidOpensslClientCert === true;
  }

  /** Its port takes what is no TLS too. */
  get mixed(): boolean {
    return this.options.allowNonSslOnSslPort === true || this.options.redirectHttpToHttps === true;
  }

  accept(
    plain: Transport,
    vhostFor: (serverName: string) => TransportSecurity | undefined,
    done: Secured,
  ): Securing {
    this.#vhostFor = vhostFor;
    return new Acceptance(this, this.#services, plain, done);
  }

  connect(
    plain: Transport,
    serverName: string,
    options: Readonly<Record<string, unknown>>,
    done: Secured,
  ): void {
    if (!this.clientReady) {
      setImmediate(() => done(new LwsError(tlsErrors.LWS_ERR_TLS_CLIENT_INIT, this.vhostName)));
      return;
    }
    this.#client ??= this.#makeClientContext();
    const context = { secureContext: this.#client, ALPNProtocols: ['http/1.1'] };
    clientHandshake(plain, serverName, context, options as TlsConnectOptions, done);
  }

  reload(): CodedError | undefined {
    if (!this.serves) return undefined;
    try {
      const next = this.#readCredentials();
      const before = this.#credentials;
      if (before !== undefined && covers(before.certificate, this.vhostName))
        if (!covers(next.certificate, this.vhostName))
          return new LwsError(
            tlsErrors.LWS_ERR_TLS_CERTIFICATE_NAMES,
            `${this.vhostName}: ${next.certificate.subjectAltName ?? next.certificate.subject}`,
          );
      const context = this.#makeContext(next);
      this.#credentials = next;
      this.#context = context;
      this.#server?.replace(this.#contextOptions(next));
      return undefined;
    } catch (error) {
      if (error instanceof LwsError) return error;
      throw error;
    }
  }

  destroy(): void {
    this.#services.serving.delete(this);
  }

  /** The vhost of the same port for that name; undefined: none, and such clients are refused. */
  sibling(serverName: string): VhostSecurity | undefined {
    if (serverName === '') return this;
    const found = this.#vhostFor(serverName);
    const other = found instanceof VhostSecurity && found.serves ? found : this;
    const named = serverName.toLowerCase();
    const name = other.vhostName.toLowerCase();
    const known = named === name || named.endsWith(`.${name}`);
    return known || this.options.refuseUnknownServerName !== true ? other : undefined;
  }

  /** Where its handshakes are made. */
  get server(): SecureServer {
    this.#server ??= new SecureServer(this.#serverOptions(), {
      judge: (socket) => this.#judge(socket),
      vhostOf: (serverName) => this.sibling(serverName)?.vhostName ?? this.vhostName,
      broke: (peer, error) => this.broke(peer, error),
    });
    return this.#server;
  }

  /** What OpenSSL uses for it, for the handshake of a sibling. */
  get context(): SecureContext | undefined {
    return this.#context;
  }

  /** A handshake begins. False: the program does not want it. */
  begins(peer: PeerAddress): boolean {
    return this.#tell(peer, WHERE.handshakeStart, 1);
  }

  /** A handshake is over. False: the program does not want what it came to. */
  ends(peer: PeerAddress, result: Transport | CodedError): boolean {
    if (!('code' in result)) return this.#tell(peer, WHERE.handshakeDone, 1);
    this.broke(peer, (result as LwsError).cause);
    this.#tell(peer, WHERE.acceptExit, -1);
    return true;
  }

  /** Something went wrong, in a handshake or later; an alert of the peer, if it tells of one. */
  broke(peer: PeerAddress, error: unknown): void {
    const alert = alertOf(error);
    if (alert !== undefined) this.#tell(peer, WHERE.readAlert, alert);
  }

  /** An event, for the first protocol of the vhost, or for the log. */
  #tell(peer: PeerAddress, where: number, ret: number): boolean {
    if ((this.options.sslInfoEventMask & where) === 0) return true;
    const handlers = this.#vhost.protocols[0]?.spec.tls;
    if (handlers?.info !== undefined) {
      try {
        return handlers.info({ vhost: this.#vhost, peer }, { where, ret }) !== -1;
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
      ...this.#contextOptions(this.#credentials as Credentials),
      ALPNProtocols: this.options.alpn.split(/, ?/),
      requestCert: this.asksForCertificate,
      // judged below: OpenSSL would end it without a reason that could be logged
      rejectUnauthorized: false,
      SNICallback: (serverName, answer) => {
        const vhost = this.sibling(serverName);
        if (vhost === undefined)
          answer(new LwsError(tlsErrors.LWS_ERR_TLS_SERVER_NAME, printable(serverName)));
        else answer(null, vhost.context);
      },
    };
  }

  #judge(socket: TLSSocket): CodedError | undefined {
    if (!this.asksForCertificate || socket.authorized) return undefined;
    const shown = socket.getPeerX509Certificate() !== undefined;
    if (!shown && this.options.peerCertNotRequired === true) return undefined;
    const why = shown ? String(socket.authorizationError) : 'none was shown';
    return new LwsError(tlsErrors.LWS_ERR_TLS_CLIENT_CERTIFICATE, why);
  }

  #readCredentials(): Credentials {
    const { options } = this;
    const given = new CollectedContext();
    this.#vhost.protocols[0]?.spec.tls?.loadExtraServerVerifyCerts?.(given);
    this.#extraCas = given.cas;
    return readCredentials(
      {
        certFile: options.sslCertFilepath,
        cert: given.cert ?? options.serverSslCertMem,
        keyFile: options.sslPrivateKeyFilepath,
        key: given.key ?? options.serverSslPrivateKeyMem,
        passphrase: given.key === undefined ? options.sslPrivateKeyPassword : given.passphrase,
      },
      `vhost ${this.vhostName}`,
      this.#services.clock.wallNow(),
    );
  }

  #contextOptions(credentials: Credentials): SecureContextOptions {
    const { options } = this;
    const ca = readCas(options.sslCaFilepath, options.serverSslCaMem, this.#extraCas);
    return {
      cert: credentials.cert,
      key: credentials.key,
      ...(credentials.passphrase === undefined ? {} : { passphrase: credentials.passphrase }),
      ...(ca.length === 0 ? {} : { ca }),
      ciphers: options.sslCipherList ?? defaultCiphers,
      honorCipherOrder: true,
      ecdhCurve: options.ecdhCurve,
      minVersion: 'TLSv1.2',
      secureOptions: secureOptions(options.sslOptionsSet, options.sslOptionsClear),
      // what one vhost remembers of a client is no other's to resume
      sessionIdContext: `lws-${this.vhostName}`.slice(0, 32),
    };
  }

  #makeContext(credentials: Credentials): SecureContext {
    return makeContext(this.#contextOptions(credentials), this.vhostName);
  }

  #makeClientContext(): SecureContext {
    const { options } = this;
    const given = new CollectedContext();
    this.#vhost.protocols[0]?.spec.tls?.loadExtraClientVerifyCerts?.(given);
    const ca = readCas(options.clientSslCaFilepath, options.clientSslCaMem, given.cas);
    const cert = given.cert ?? options.clientSslCertMem;
    const hasPair = cert !== undefined || options.clientSslCertFilepath !== undefined;
    const pair = hasPair
      ? readCredentials(
          {
            certFile: options.clientSslCertFilepath,
            cert,
            keyFile: options.clientSslPrivateKeyFilepath,
            key: given.key ?? options.clientSslKeyMem,
            passphrase: given.passphrase ?? options.clientSslPrivateKeyPassword,
          },
          `a client of vhost ${this.vhostName}`,
          this.#services.clock.wallNow(),
        )
      : undefined;
    return makeContext(
      {
        ca: ca.length > 0 || options.disableOsCaCerts === true ? ca : systemCas(),
        ...(pair === undefined ? {} : { cert: pair.cert, key: pair.key }),
        ...(pair?.passphrase === undefined ? {} : { passphrase: pair.passphrase }),
        ciphers: options.clientSslCipherList ?? options.sslCipherList ?? defaultCiphers,
        ecdhCurve: options.ecdhCurve,
        minVersion: 'TLSv1.2',
        secureOptions: secureOptions(options.sslOptionsSet, options.sslOptionsClear),
      },
      this.vhostName,
    );
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

function makeContext(options: SecureContextOptions, vhostName: string): SecureContext {
  try {
    return createSecureContext(options);
  } catch (cause) {
    const { message } = cause as Error;
    throw new LwsError(tlsErrors.LWS_ERR_TLS_CIPHERS, `vhost ${vhostName}: ${message}`, { cause });
  }
}

/** Those that come with Node.js, and those of the system where this Node.js can tell (from 22.15). */
function systemCas(): string[] {
  const known = tls as { getCACertificates?: (type: 'default' | 'system') => string[] };
  if (known.getCACertificates === undefined) return [...rootCertificates];
  return [
    ...new Set([...known.getCACertificates('default'), ...known.getCACertificates('system')]),
  ];
}

function printable(name: string): string {
  return JSON.stringify(name.slice(0, 256));
}
