/** The handlers of a protocol that have to do with the TLS layer of its vhost. */

import type { PeerAddress } from './transport.ts';
import type { Done } from './ws-handlers.ts';
import type { WsiVhost } from './wsi.ts';

/** One event of a TLS layer, in the numbers of OpenSSL. lws: struct lws_ssl_info */
export interface TlsInfo {
  /** `SSL_CB_` bits: 0x10 a handshake begins, 0x20 it is done, 0x4004 an alert was received, 0x2002 it failed. */
  readonly where: number;
  /** Of an alert: level times 256 and description (RFC 8446 §6); else 1, or -1 for a failure. */
  readonly ret: number;
}

/** A connection before anything but TLS was spoken on it. */
export interface TlsWsi {
  readonly vhost: WsiVhost;
  readonly peer: PeerAddress;
}

/** What the program itself supplies of a vhost's TLS. */
export interface SecureContextBuilder {
  /** The certificate and those that issued it, in PEM. lws: SSL_CTX_use_certificate_chain_file */
  certificate(pem: string | Uint8Array): void;
  /** Its private key, in PEM. lws: SSL_CTX_use_PrivateKey_file */
  privateKey(pem: string | Uint8Array, passphrase?: string): void;
  /** CAs that issue certificates of clients, or of servers, in PEM; beside those of the options. lws: SSL_CTX_load_verify_locations */
  ca(pem: string | Uint8Array): void;
  /**
   * A list of revoked certificates, in PEM; beside that of the options. With one, each CA of a chain needs its own.
   * lws: X509_STORE_add_crl
   */
  crl(pem: string | Uint8Array): void;
}

/** Asked of the first protocol of a vhost. */
export interface TlsHandlers {
  /** An event of `sslInfoEventMask`. -1 ends the connection. Without this handler it is logged. lws: SSL_INFO */
  info?(wsi: TlsWsi, info: TlsInfo): Done;
  /** The server side of the vhost is being made. Throwing fails the vhost. lws: OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS */
  loadExtraServerVerifyCerts?(context: SecureContextBuilder): Done;
  /** The client side of the vhost is being made. lws: OPENSSL_LOAD_EXTRA_CLIENT_VERIFY_CERTS */
  loadExtraClientVerifyCerts?(context: SecureContextBuilder): Done;
}
