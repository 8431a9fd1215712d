/** How the test client uses TLS, for a URL of `wss:` or `raws:`. */
export interface ClientTls {
  /** Certificates that nobody knows and those of other names are accepted. lws: -s */
  readonly lax: boolean;
  /** Undefined: the CAs of the system. lws: -A */
  readonly caFilepath: string | undefined;
  /** Revoked certificates. lws: -R */
  readonly crlFilepath: string | undefined;
  /** lws: -C */
  readonly certFilepath: string | undefined;
  /** lws: -K */
  readonly keyFilepath: string | undefined;
}

/** Of its vhost. */
export function fileOptions(tls: Partial<ClientTls> = {}) {
  const { caFilepath, crlFilepath, certFilepath, keyFilepath } = tls;
  return {
    ...(caFilepath === undefined ? {} : { clientSslCaFilepath: caFilepath }),
    ...(crlFilepath === undefined ? {} : { clientSslCrlFilepath: crlFilepath }),
    ...(certFilepath === undefined ? {} : { clientSslCertFilepath: certFilepath }),
    ...(keyFilepath === undefined ? {} : { clientSslPrivateKeyFilepath: keyFilepath }),
  };
}

/** Of a connection. */
export function laxOptions(tls: ClientTls | undefined) {
  return tls?.lax === true ? { allowSelfsigned: true, skipServerCertHostnameCheck: true } : {};
}
