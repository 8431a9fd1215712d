/** What of OpenSSL's info events Node.js lets be seen, in OpenSSL's numbers. */

/** Bits of `sslInfoEventMask` and of `where`. */
export const SSL_CB: {
  readonly EXIT: number;
  readonly HANDSHAKE_START: number;
  readonly HANDSHAKE_DONE: number;
  readonly ALERT: number;
} = Object.freeze({ EXIT: 0x02, HANDSHAKE_START: 0x10, HANDSHAKE_DONE: 0x20, ALERT: 0x4000 });

/** `where` of each event. */
export const WHERE: {
  readonly handshakeStart: number;
  readonly handshakeDone: number;
  readonly acceptExit: number;
  readonly readAlert: number;
} = Object.freeze({
  handshakeStart: SSL_CB.HANDSHAKE_START,
  handshakeDone: SSL_CB.HANDSHAKE_DONE,
  acceptExit: 0x2000 | SSL_CB.EXIT,
  readAlert: SSL_CB.ALERT | 0x04,
});

const fatal = 2 << 8;
/** RFC 8446 §6, by the names that OpenSSL's errors have. */
const descriptions: ReadonlyMap<string, number> = new Map([
  ['UNEXPECTED_MESSAGE', 10],
  ['BAD_RECORD_MAC', 20],
  ['RECORD_OVERFLOW', 22],
  ['HANDSHAKE_FAILURE', 40],
  ['BAD_CERTIFICATE', 42],
  ['UNSUPPORTED_CERTIFICATE', 43],
  ['CERTIFICATE_REVOKED', 44],
  ['CERTIFICATE_EXPIRED', 45],
  ['CERTIFICATE_UNKNOWN', 46],
  ['ILLEGAL_PARAMETER', 47],
  ['UNKNOWN_CA', 48],
  ['ACCESS_DENIED', 49],
  ['DECODE_ERROR', 50],
  ['DECRYPT_ERROR', 51],
  ['PROTOCOL_VERSION', 70],
  ['INSUFFICIENT_SECURITY', 71],
  ['INTERNAL_ERROR', 80],
  ['INAPPROPRIATE_FALLBACK', 86],
  ['USER_CANCELLED', 90],
  ['NO_RENEGOTIATION', 100],
  ['MISSING_EXTENSION', 109],
  ['UNSUPPORTED_EXTENSION', 110],
  ['UNRECOGNIZED_NAME', 112],
  ['BAD_CERTIFICATE_STATUS_RESPONSE', 113],
  ['UNKNOWN_PSK_IDENTITY', 115],
  ['CERTIFICATE_REQUIRED', 116],
  ['NO_APPLICATION_PROTOCOL', 120],
]);

/** `ret` of the alert that an error tells of; undefined when it tells of none. */
export function alertOf(error: unknown): number | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  const name = typeof code === 'string' ? /_ALERT_(\w+)$/.exec(code)?.[1] : undefined;
  const description = name === undefined ? undefined : descriptions.get(name);
  return description === undefined ? undefined : fatal | description;
}
