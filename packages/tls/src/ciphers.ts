import { crypto } from './node-crypto.ts';

/**
 * The ciphers of a vhost that names none: authenticated encryption and forward secrecy alone, TLS 1.3 first.
 * What `DEFAULT` of OpenSSL has beside them (CBC, RSA key exchange) is offered by nobody who was not asked to.
 */
export const defaultCiphers: string = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** Whether a vhost picks the cipher; Node.js sets that bit by an option of its own too. */
export function prefersOwnOrder(set: number, clear: number): boolean {
  const { SSL_OP_CIPHER_SERVER_PREFERENCE } = crypto().constants;
  return (secureOptions(set, clear) & SSL_OP_CIPHER_SERVER_PREFERENCE) !== 0;
}

/** @returns the `SSL_OP_` bits of a vhost */
export function secureOptions(set: number, clear: number): number {
  const { constants } = crypto();
  const setByUs = constants.SSL_OP_NO_COMPRESSION | constants.SSL_OP_CIPHER_SERVER_PREFERENCE;
  // set always, whatever a vhost clears: a peer that renegotiates costs much and gives nothing
  return ((setByUs & ~clear) | set | constants.SSL_OP_NO_RENEGOTIATION) >>> 0;
}
