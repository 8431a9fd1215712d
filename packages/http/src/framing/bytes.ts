/** Which bytes may stand where in a head (RFC 9110 §5.6.2, RFC 9112 §3 and §5), as tables by byte value. */

export const CR = 0x0d;
export const LF = 0x0a;
export const SP = 0x20;
export const HTAB = 0x09;
export const COLON = 0x3a;

const tokenBytes = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** A token byte gives its lower case, any other 0. */
export const LOWER_TOKEN: Uint8Array = table((byte) => {
  const char = String.fromCharCode(byte);
  return tokenBytes.includes(char) ? char.toLowerCase().charCodeAt(0) : 0;
});

/** Token bytes without lower-case letters: what a method is made of. */
export const METHOD_BYTE: Uint8Array = table((byte) =>
  LOWER_TOKEN[byte] !== 0 && !(byte >= 0x61 && byte <= 0x7a) ? 1 : 0,
);

/** Visible ASCII without `#`: a fragment is never sent. */
export const TARGET_BYTE: Uint8Array = table((byte) =>
  byte > SP && byte < 0x7f && byte !== 0x23 ? 1 : 0,
);

/** HTAB, SP, visible ASCII and obs-text. */
export const VALUE_BYTE: Uint8Array = table((byte) =>
  byte === HTAB || (byte >= SP && byte !== 0x7f) ? 1 : 0,
);

/** Value of a hexadecimal digit, 255 for any other byte. */
export const HEX_DIGIT: Uint8Array = table((byte) => {
  const digit = '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase());
  return digit < 0 ? 255 : digit;
});

/** Letters, digits, `-` and `_`: what a label of a host name is made of. */
export const LABEL_BYTE: Uint8Array = table((byte) =>
  /[A-Za-z0-9_-]/.test(String.fromCharCode(byte)) ? 1 : 0,
);

/** Optional white space (RFC 9110 §5.6.3). Of this package: where heads are read nothing is imported from another. */
export function isBlank(byte: number | undefined): boolean {
  return byte === SP || byte === HTAB;
}

export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function table(of: (byte: number) => number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => of(byte));
}
