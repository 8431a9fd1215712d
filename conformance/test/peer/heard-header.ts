/** The header of a frame as it is heard. */
export interface HeardHeader {
  readonly opcode: number;
  readonly fin: boolean;
  readonly rsv: number;
  readonly key: Uint8Array | undefined;
  readonly length: number;
  /** Octets of the header; more than there are when it is not whole. */
  readonly size: number;
}

/** Reads a header from at least two octets; a string says what is wrong with it (RFC 6455 §5.1, §5.2). */
export function frameHeader(octets: Uint8Array, masked: boolean): HeardHeader | string {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  const first = view.getUint8(0);
  const second = view.getUint8(1);
  if (second >= 0x80 !== masked) return masked ? 'a frame without mask' : 'a masked frame';
  const short = second & 0x7f;
  const lengthEnd = short < 126 ? 2 : short === 126 ? 4 : 10;
  const size = lengthEnd + (masked ? 4 : 0);
  const whole = octets.length >= size;
  const length = whole ? lengthOf(view, short) : 0;
  if (length < 0) return 'a length that is not minimal';
  return {
    opcode: first & 0x0f,
    fin: first >= 0x80,
    rsv: (first >> 4) & 7,
    key: masked && whole ? octets.slice(lengthEnd, size) : undefined,
    length,
    size,
  };
}

/** -1 when it could have been written shorter. */
function lengthOf(view: DataView, short: number): number {
  if (short < 126) return short;
  const length = short === 126 ? view.getUint16(2) : Number(view.getBigUint64(2));
  return length < (short === 126 ? 126 : 65_536) ? -1 : length;
}
