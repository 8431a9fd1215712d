import { type ClientTlsOptions, clientTlsRules, type OptionRules } from '@lws-ts/interface';

/** PEM in memory. */
export type Pem = string | Uint8Array;

/** What `tls()` adds to the options of a context. */
export interface TlsContextOptions {
  /**
   * Most TLS handshakes that are under way at a time; one more waits, within its deadline, until another is
   * over. 0: as many as come. lws: simultaneous_ssl_restriction, which counts connections
   *
   * @defaultValue 0
   * @throws `LWS_ERR_OPTION` unless an integer from 0 to 65,536
   */
  readonly simultaneousSslRestriction?: number;
  /**
   * How often certificate files are looked at, in seconds; a pair that changed is read, checked, and used for
   * new connections, one that is not valid yet when it becomes so. 0: never, only by `reloadCertificates`.
   *
   * @defaultValue 60
   * @throws `LWS_ERR_OPTION` unless a number from 0 to 86,400
   */
  readonly sslReloadSecs?: number;
}

/** What `tls()` adds to the options of a vhost. With a certificate its connections are secured. */
export interface TlsVhostOptions {
  /** File with the certificate of the vhost and those that issued it, in PEM. lws: ssl_cert_filepath */
  readonly sslCertFilepath?: string;
  /** File with its private key, in PEM. lws: ssl_private_key_filepath */
  readonly sslPrivateKeyFilepath?: string;
  /** What the key is encrypted with. lws: ssl_private_key_password */
  readonly sslPrivateKeyPassword?: string;
  /** File with the CAs that issue certificates of clients, in PEM. lws: ssl_ca_filepath */
  readonly sslCaFilepath?: string;
  /** As `sslCertFilepath`, in memory. lws: server_ssl_cert_mem */
  readonly serverSslCertMem?: Pem;
  /** As `sslPrivateKeyFilepath`, in memory. lws: server_ssl_private_key_mem */
  readonly serverSslPrivateKeyMem?: Pem;
  /** As `sslCaFilepath`, in memory. lws: server_ssl_ca_mem */
  readonly serverSslCaMem?: Pem;
  /**
   * File with the lists of client certificates that were revoked, in PEM: one of each CA of a chain. A client whose
   * certificate is on one is refused, and so is everybody when a list is missing or out of date.
   */
  readonly sslCrlFilepath?: string;
  /**
   * Ciphers, as OpenSSL lists them; `DEFAULT` and `ALL` are such lists. lws: ssl_cipher_list
   *
   * @defaultValue those with authenticated encryption and forward secrecy
   * @throws `LWS_ERR_TLS_CIPHERS`
   */
  readonly sslCipherList?: string;
  /** Curves for key exchange, by name, separated by colons. lws: ecdh_curve @defaultValue 'auto' */
  readonly ecdhCurve?: string;
  /** `SSL_OP_` bits to set, beside those that are set anyway. lws: ssl_options_set @defaultValue 0 */
  readonly sslOptionsSet?: number;
  /**
   * `SSL_OP_` bits not to set of those that lws-ts sets by itself: Node.js clears no default of OpenSSL.
   * Renegotiation stays off. lws: ssl_options_clear
   *
   * @defaultValue 0
   */
  readonly sslOptionsClear?: number;
  /**
   * Clients are asked for a certificate, and need one of a CA that the vhost has.
   * lws: LWS_SERVER_OPTION_REQUIRE_VALID_OPENSSL_CLIENT_CERT
   *
   * @defaultValue false
   * @throws `LWS_ERR_TLS_OPTIONS` of a vhost without TLS, or without such a CA and `peerCertNotRequired`
   */
  readonly requireValidOpensslClientCert?: boolean;
  /** With the former: they are asked and need none. lws: LWS_SERVER_OPTION_PEER_CERT_NOT_REQUIRED @defaultValue false */
  readonly peerCertNotRequired?: boolean;
  /**
   * The vhost has TLS although it names no certificate: `tls.loadExtraServerVerifyCerts` of its first protocol
   * supplies it. lws: LWS_SERVER_OPTION_CREATE_VHOST_SSL_CTX
   *
   * @defaultValue false
   */
  readonly createVhostSslCtx?: boolean;
  /** Who does not speak TLS is served without it. lws: LWS_SERVER_OPTION_ALLOW_NON_SSL_ON_SSL_PORT @defaultValue false */
  readonly allowNonSslOnSslPort?: boolean;
  /**
   * Plain HTTP is answered 301 with the same URL of `https:`. lws: LWS_SERVER_OPTION_REDIRECT_HTTP_TO_HTTPS
   *
   * @defaultValue false
   * @throws `LWS_ERR_RAW_OPTIONS` where all connections are raw, `LWS_ERR_TLS_OPTIONS` of a vhost without TLS
   */
  readonly redirectHttpToHttps?: boolean;
  /**
   * A request whose Host is another vhost than the server name of its connection is answered 421.
   * lws: LWS_SERVER_OPTION_VHOST_UPG_STRICT_HOST_CHECK
   *
   * @defaultValue true
   */
  readonly strictHostCheck?: boolean;
  /** Of the first vhost of a port: a server name that no vhost of it has is refused, not served by the first. @defaultValue false */
  readonly refuseUnknownServerName?: boolean;
  /**
   * From accept to the end of the handshake, in seconds; then the connection is cut. lws: timeout_secs
   *
   * @defaultValue 10
   * @throws `LWS_ERR_OPTION` unless a number from 0.1 to 3600
   */
  readonly sslAcceptTimeoutSecs?: number;
  /**
   * What a peer may send before its handshake is over, in bytes; then the connection is cut, within a second.
   *
   * @defaultValue 65536
   * @throws `LWS_ERR_OPTION` unless an integer from 1024 to 1 MiB
   */
  readonly sslAcceptMaxBytes?: number;
  /** Events of {@link SSL_CB} that `tls.info` of the protocols is told. lws: ssl_info_event_mask @defaultValue 0 */
  readonly sslInfoEventMask?: number;
  /** Application protocols, in order of preference. lws: alpn @defaultValue 'http/1.1' */
  readonly alpn?: string;
  /** File with the certificate that the vhost's clients show, in PEM. lws: client_ssl_cert_filepath */
  readonly clientSslCertFilepath?: string;
  /** File with its key. lws: client_ssl_private_key_filepath */
  readonly clientSslPrivateKeyFilepath?: string;
  /** What that key is encrypted with. lws: client_ssl_private_key_password */
  readonly clientSslPrivateKeyPassword?: string;
  /** File with the CAs that servers are trusted by, in place of those of the system. lws: client_ssl_ca_filepath */
  readonly clientSslCaFilepath?: string;
  /** As `clientSslCertFilepath`, in memory. lws: client_ssl_cert_mem */
  readonly clientSslCertMem?: Pem;
  /** As `clientSslPrivateKeyFilepath`, in memory. lws: client_ssl_key_mem */
  readonly clientSslKeyMem?: Pem;
  /** As `clientSslCaFilepath`, in memory. lws: client_ssl_ca_mem */
  readonly clientSslCaMem?: Pem;
  /** File with the lists of server certificates that were revoked, in PEM; as `sslCrlFilepath`. */
  readonly clientSslCrlFilepath?: string;
  /** Ciphers of clients. lws: client_ssl_cipher_list @defaultValue as `sslCipherList` */
  readonly clientSslCipherList?: string;
  /** Servers are trusted by `clientSslCaFilepath` and `clientSslCaMem` alone, or by nobody. lws: LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS @defaultValue false */
  readonly disableOsCaCerts?: boolean;
}

/**
 * What `tls()` adds to the options of `context.connect`. Those that begin with `allow` or `skip` make a connection less
 * safe; those that begin with `client` stand in place of all of the vhost's that say the same kind of thing.
 */
export interface TlsConnectOptions extends ClientTlsOptions {}

/** {@link TlsVhostOptions} as they are kept. */
export type ResolvedTlsOptions = {
  readonly [K in keyof TlsVhostOptions]-?: TlsVhostOptions[K] | undefined;
} & {
  readonly sslOptionsSet: number;
  readonly sslOptionsClear: number;
  readonly sslAcceptTimeoutSecs: number;
  readonly sslAcceptMaxBytes: number;
  readonly sslInfoEventMask: number;
  readonly alpn: string;
  readonly ecdhCurve: string;
};

const bits = { kind: 'integer', fallback: 0, min: 0, max: 0xffff_ffff } as const;
const off = { kind: 'boolean', fallback: false } as const;
const file = clientTlsRules.clientSslCaFilepath;
const secret = { kind: 'string', fallback: undefined } as const;
const pem = clientTlsRules.clientSslCaMem;

/** How each of {@link TlsContextOptions} is read. */
export const tlsContextRules: OptionRules<TlsContextOptions> = {
  simultaneousSslRestriction: { kind: 'integer', fallback: 0, min: 0, max: 65_536 },
  sslReloadSecs: { kind: 'number', fallback: 60, min: 0, max: 86_400 },
};

/** How each of {@link TlsVhostOptions} is read. */
export const tlsVhostRules: OptionRules<TlsVhostOptions> = {
  sslCertFilepath: file,
  sslPrivateKeyFilepath: file,
  sslPrivateKeyPassword: secret,
  sslCaFilepath: file,
  sslCrlFilepath: file,
  serverSslCertMem: pem,
  serverSslPrivateKeyMem: pem,
  serverSslCaMem: pem,
  sslCipherList: secret,
  ecdhCurve: { kind: 'string', fallback: 'auto' },
  sslOptionsSet: bits,
  sslOptionsClear: bits,
  requireValidOpensslClientCert: off,
  peerCertNotRequired: off,
  createVhostSslCtx: off,
  allowNonSslOnSslPort: off,
  redirectHttpToHttps: off,
  strictHostCheck: { kind: 'boolean', fallback: true },
  refuseUnknownServerName: off,
  sslAcceptTimeoutSecs: { kind: 'number', fallback: 10, min: 0.1, max: 3600 },
  sslAcceptMaxBytes: { kind: 'integer', fallback: 65_536, min: 1024, max: 1024 * 1024 },
  sslInfoEventMask: bits,
  alpn: {
    kind: 'string',
    fallback: 'http/1.1',
    pattern: /^[!-~]{1,255}(?:, ?[!-~]{1,255})*$/,
    wanted: 'names of protocols with commas between them',
  },
  clientSslCertFilepath: file,
  clientSslPrivateKeyFilepath: file,
  clientSslPrivateKeyPassword: secret,
  clientSslCaFilepath: file,
  clientSslCrlFilepath: file,
  clientSslCertMem: pem,
  clientSslKeyMem: pem,
  clientSslCaMem: pem,
  clientSslCipherList: secret,
  disableOsCaCerts: off,
};

/** How each of {@link TlsConnectOptions} is read. */
export const tlsConnectRules: OptionRules<TlsConnectOptions> = clientTlsRules;

/** What clients of a vhost show and trust, where a connection has its own; the vhost's themselves where it has none. */
export function clientOptionsOf(
  vhost: ResolvedTlsOptions,
  given: TlsConnectOptions,
): ResolvedTlsOptions {
  const trusts = given.clientSslCaFilepath !== undefined || given.clientSslCaMem !== undefined;
  const shows = given.clientSslCertFilepath !== undefined || given.clientSslCertMem !== undefined;
  if (!trusts && !shows) return vhost;
  return {
    ...vhost,
    ...(trusts
      ? { clientSslCaFilepath: given.clientSslCaFilepath, clientSslCaMem: given.clientSslCaMem }
      : {}),
    ...(shows
      ? {
          clientSslCertFilepath: given.clientSslCertFilepath,
          clientSslPrivateKeyFilepath: given.clientSslPrivateKeyFilepath,
          clientSslPrivateKeyPassword: given.clientSslPrivateKeyPassword,
          clientSslCertMem: given.clientSslCertMem,
          clientSslKeyMem: given.clientSslKeyMem,
        }
      : {}),
  };
}

/** The options of a vhost, which were resolved by {@link tlsVhostRules}. */
export function tlsOptionsOf(options: Readonly<Record<string, unknown>>): ResolvedTlsOptions {
  return options as unknown as ResolvedTlsOptions;
}
