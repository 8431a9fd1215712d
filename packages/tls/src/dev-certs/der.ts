/** DER (ITU-T X.690) as far as certificates need it: values go in, octets come out. Reads nothing. */

/** Tags of ASN.1, and of the places of RFC 5280 that have one of their own. */
const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Tag, length, contents. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const contents = Buffer.concat(parts);
  return Buffer.concat([Uint8Array.of(tag, ...lengthOf(contents.length)), contents]);
}

export function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return der(tags.sequence, ...parts);
}

export function set(...parts: readonly Uint8Array[]): Uint8Array {
  return der(tags.set, ...parts);
}

/** @param octets of an unsigned number, most significant first */
export function integer(octets: Uint8Array): Uint8Array {
  let from = 0;
  while (from < octets.length - 1 && octets[from] === 0) from++;
  const shortest = octets.subarray(from);
  const signed = ((shortest[0] as number) & 0x80) !== 0;
  return der(tags.integer, signed ? Uint8Array.of(0) : empty, shortest);
}

export function boolean(value: boolean): Uint8Array {
  return der(tags.boolean, Uint8Array.of(value ? 0xff : 0));
}

/** @param unused bits at its end that mean nothing */
export function bitString(octets: Uint8Array, unused = 0): Uint8Array {
  return der(tags.bitString, Uint8Array.of(unused), octets);
}

export function octetString(...parts: readonly Uint8Array[]): Uint8Array {
  return der(tags.octetString, ...parts);
}

export function utf8String(text: string): Uint8Array {
  return der(tags.utf8String, Buffer.from(text));
}

/** @param dotted such as `2.5.29.17` */
export function objectIdentifier(dotted: string): Uint8Array {
  const [first, second, ...rest] = dotted.split('.').map(Number) as [number, number, ...number[]];
  const octets = [first * 40 + second];
  for (const arc of rest) {
    const digits = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      digits.unshift((left % 128) + 128);
    octets.push(...digits);
  }
  return der(tags.objectIdentifier, Uint8Array.from(octets));
}

/** RFC 5280 §4.1.2.5: UTCTime until 2049, GeneralizedTime after it. @param ms since 1970 */
export function time(ms: number): Uint8Array {
  const digits = `${new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+Z/g, '')}Z`;
  if (digits < '2050') return der(tags.utcTime, Buffer.from(digits.slice(2)));
  return der(tags.generalizedTime, Buffer.from(digits));
}

function lengthOf(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const octets: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 256)) octets.unshift(left % 256);
  return [0x80 | octets.length, ...octets];
}

const empty = new Uint8Array(0);
