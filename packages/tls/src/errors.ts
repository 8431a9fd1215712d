import { type ErrorTable, errorTable, LwsError } from '@lws-ts/interface';

/** The codes of `@lws-ts/tls`. */
export const tlsErrors: ErrorTable<
  | 'LWS_ERR_TLS_CERTIFICATE'
  | 'LWS_ERR_TLS_CERTIFICATE_DATES'
  | 'LWS_ERR_TLS_CERTIFICATE_KEY'
  | 'LWS_ERR_TLS_CERTIFICATE_NAMES'
  | 'LWS_ERR_TLS_CIPHERS'
  | 'LWS_ERR_TLS_CLIENT_CERTIFICATE'
  | 'LWS_ERR_TLS_CLIENT_INIT'
  | 'LWS_ERR_TLS_DEV_CERTS'
  | 'LWS_ERR_TLS_FILE'
  | 'LWS_ERR_TLS_HANDSHAKE'
  | 'LWS_ERR_TLS_HANDSHAKE_LIMIT'
  | 'LWS_ERR_TLS_HOST'
  | 'LWS_ERR_TLS_NO_CERTIFICATE'
  | 'LWS_ERR_TLS_OPTIONS'
  | 'LWS_ERR_TLS_PLAIN'
  | 'LWS_ERR_TLS_SERVER_CERTIFICATE'
  | 'LWS_ERR_TLS_SERVER_NAME'
  | 'LWS_ERR_TLS_SESSION'
  | 'LWS_ERR_TLS_TRANSPORT'
> = errorTable({
  LWS_ERR_TLS_CERTIFICATE: {
    message: 'a certificate, a key or a CA cannot be read',
    hint: 'Give PEM: the certificate first, then those that issued it; the message names the file and what is wrong.',
  },
  LWS_ERR_TLS_CERTIFICATE_DATES: {
    message: 'a certificate is not valid today',
    hint: 'Renew it, or set the clock of this machine.',
  },
  LWS_ERR_TLS_CERTIFICATE_KEY: {
    message: 'a certificate and its private key do not belong together',
    hint: 'Give the key that the certificate was requested with; the message names both files.',
  },
  LWS_ERR_TLS_CERTIFICATE_NAMES: {
    message: 'a new certificate does not cover the name of its vhost',
    hint: 'Ask for one with that name among its subject alternative names; the previous one stays in use.',
  },
  LWS_ERR_TLS_CIPHERS: {
    message: 'OpenSSL does not accept the ciphers, curves or options',
    hint: 'sslCipherList is a list as `openssl ciphers` takes it, ecdhCurve has names that `openssl ecparam -list_curves` lists.',
  },
  LWS_ERR_TLS_CLIENT_CERTIFICATE: {
    message: 'the client has no certificate that the vhost accepts',
    hint: 'The client needs one that was issued by the CA of sslCaFilepath.',
  },
  LWS_ERR_TLS_CLIENT_INIT: {
    message: 'a vhost that serves has no client-side TLS',
    hint: 'Call initVhostClientSsl(vhost) after the vhost was made, or set one of its clientSsl options.',
  },
  LWS_ERR_TLS_DEV_CERTS: {
    message: 'development certificates cannot be saved',
    hint: 'Set dir of devCerts, or XDG_CACHE_HOME, to a directory that this user may write to, or give a certificate of your own.',
  },
  LWS_ERR_TLS_FILE: {
    message: 'a file of a vhost cannot be read',
    hint: 'Check that it exists and that this user may read it; the message names it.',
  },
  LWS_ERR_TLS_HANDSHAKE: {
    message: 'a TLS handshake failed',
    hint: 'The message has the reason from OpenSSL: most often no TLS at all, no version or cipher in common, or a certificate that the peer does not trust.',
  },
  LWS_ERR_TLS_HANDSHAKE_LIMIT: {
    message: 'a peer sent more before the end of its handshake than allowed',
    hint: 'No normal client does that; sslAcceptMaxBytes of the vhost says how much is allowed.',
  },
  LWS_ERR_TLS_HOST: {
    message: 'the Host of a request is not the server name of its TLS connection',
    hint: 'The client has to open a new connection for another host; strictHostCheck of the vhost turns this off.',
    status: 421,
  },
  LWS_ERR_TLS_NO_CERTIFICATE: {
    message: 'a vhost with TLS has no certificate',
    hint: 'Set sslCertFilepath and sslPrivateKeyFilepath, or supply a pair in tls.loadExtraServerVerifyCerts with createVhostSslCtx.',
  },
  LWS_ERR_TLS_OPTIONS: {
    message: 'a TLS option lacks another that it needs',
    hint: 'redirectHttpToHttps and requireValidOpensslClientCert need a certificate of the vhost. The latter also needs client CAs, from sslCaFilepath, serverSslCaMem or ca() in tls.loadExtraServerVerifyCerts, or peerCertNotRequired.',
  },
  LWS_ERR_TLS_PLAIN: {
    message: 'a peer did not speak TLS',
    hint: 'Use https:// or wss://; allowNonSslOnSslPort or redirectHttpToHttps of the vhost says what else may be done.',
    status: 421,
  },
  LWS_ERR_TLS_SERVER_CERTIFICATE: {
    message: 'the certificate of the server is not accepted',
    hint: 'The message says why. Give its CA with clientSslCaFilepath; allowSelfsigned, allowExpired and skipServerCertHostnameCheck of connect() are for tests.',
  },
  LWS_ERR_TLS_SERVER_NAME: {
    message: 'a client asked for a server name that no vhost has',
    hint: 'Nothing to do; refuseUnknownServerName of the vhost says that such clients are refused.',
  },
  LWS_ERR_TLS_SESSION: {
    message: 'a TLS connection broke',
    hint: 'Nothing to do: peers may disconnect at any time. The message has the reason from OpenSSL or the system.',
  },
  LWS_ERR_TLS_TRANSPORT: {
    message: 'TLS needs a socket below it',
    hint: 'Adopt a net.Socket or another Duplex; a transport of your own has to give up its stream in release().',
  },
});

/** A certificate whose time is to come. */
export class NotYetValid extends LwsError<'LWS_ERR_TLS_CERTIFICATE_DATES'> {
  /** Ms since 1970. */
  readonly notBefore: number;

  constructor(notBefore: number, detail: string) {
    super(tlsErrors.LWS_ERR_TLS_CERTIFICATE_DATES, detail);
    this.notBefore = notBefore;
  }
}

/** @param most bytes that came, of a handshake that is not over */
export function tooMuch(most: number): LwsError {
  return new LwsError(
    tlsErrors.LWS_ERR_TLS_HANDSHAKE_LIMIT,
    `more than ${most} bytes, and it is not over`,
  );
}

/** What OpenSSL says in one line or in several, each with its end, in one without. */
export function reasonOf({ message, reason }: Error & { readonly reason?: unknown }): string {
  if (typeof reason === 'string' && reason !== '') return reason;
  return message.trim().replaceAll(/\s*\n\s*/g, '; ');
}
