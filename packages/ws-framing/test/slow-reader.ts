/**
 * RFC 6455 §5 read the slow way, for comparison: the whole image at once, each frame cut out of it,
 * lengths as bigints, text judged by decoding it. Gives the same lines as `TraceSink`.
 */
export interface SlowOptions {
  readonly side: 'server' | 'client';
  readonly allowRsv1: boolean;
}

const controls = ['close', 'ping', 'pong'];
const names = [
  'continuation',
  'text',
  'binary',
  '',
  '',
  '',
  '',
  '',
  ...controls,
  '',
  '',
  '',
  '',
  '',
];

export function slowRead(image: Uint8Array, options: SlowOptions): string[] {
  const lines: string[] = [];
  let rest = [...image];
  /** Of the message in progress: what it is, whether its text is judged, its bytes so far. */
  let message: { type: string; judged: boolean; bytes: number[] } | undefined;
  while (rest.length > 0) {
    const bits = rest
      .slice(0, 2)
      .map((byte) => byte.toString(2).padStart(8, '0'))
      .join('');
    const [fin, rsv1, rsv2, rsv3] = Array.from(bits, (bit) => bit === '1');
    const opcode = Number.parseInt(bits.slice(4, 8), 2);
    const name = names[opcode] ?? '';
    const control = controls.includes(name);
    const begins = name === 'text' || name === 'binary';
    if (rsv2 || rsv3) return [...lines, 'LWS_ERR_WS_RESERVED_BIT'];
    if (rsv1 && !(begins && options.allowRsv1)) return [...lines, 'LWS_ERR_WS_RESERVED_BIT'];
    if (name === '') return [...lines, 'LWS_ERR_WS_OPCODE'];
    if (control && !fin) return [...lines, 'LWS_ERR_WS_CONTROL_FRAGMENTED'];
    if (name === 'continuation' && !message) return [...lines, 'LWS_ERR_WS_CONTINUATION'];
    if (begins && message) return [...lines, 'LWS_ERR_WS_INTERLEAVED'];

    if (rest.length < 2) break;
    const masked = bits[8] === '1';
    if (masked !== (options.side === 'server')) return [...lines, 'LWS_ERR_WS_MASK'];
    const size = Number.parseInt(bits.slice(9), 2);
    if (control && size > 125) return [...lines, 'LWS_ERR_WS_CONTROL_LENGTH'];
    const wide = size === 126 ? 2 : size === 127 ? 8 : 0;
    const digits = rest.slice(2, 2 + wide);
    const [length, refused] = readLength(size, digits, wide);
    if (refused !== undefined) return [...lines, refused];
    const keyAt = 2 + wide;
    const payloadAt = keyAt + (masked ? 4 : 0);
    if (digits.length < wide || rest.length < payloadAt) break;

    const key = rest.slice(keyAt, payloadAt);
    const payload = rest
      .slice(payloadAt, payloadAt + Number(length))
      .map((byte, at) => byte ^ (masked ? (key[at % 4] ?? 0) : 0));
    const whole = BigInt(payload.length) === length;
    const of = length === 0n ? '' : ` of ${length}`;
    lines.push(`start ${opcode}${fin ? ' fin' : ''}${rsv1 ? ' rsv1' : ''}${of}`);
    rest = rest.slice(payloadAt + payload.length);
    if (begins) message = { type: name, judged: name === 'text' && rsv1 === false, bytes: [] };
    const text = !control && message?.type === 'text';
    const show = (bytes: number[]): string =>
      text ? `"${String.fromCharCode(...bytes)}"` : Buffer.from(bytes).toString('hex');
    if (!control && message?.judged) {
      const before = message.bytes.length;
      message.bytes.push(...payload);
      const good = goodText(message.bytes);
      const given = payload.slice(0, good - before);
      const cut = given.length > 0 ? [`cut ${show(given)}`] : [];
      if (good < message.bytes.length) return [...lines, ...cut, 'LWS_ERR_WS_UTF8'];
      if (whole && fin && !isText(message.bytes))
        return [...lines, ...cut, 'LWS_ERR_WS_UTF8_INCOMPLETE'];
    }
    if (!whole) break;
    lines.push(`end ${show(payload)}`);
    if (fin && !control) message = undefined;
  }
  return lines;
}

/** The length, and what is already wrong with as many of its digits as are there. */
function readLength(
  size: number,
  digits: number[],
  wide: number,
): [length: bigint, refused: string | undefined] {
  if (wide === 0) return [BigInt(size), undefined];
  const value = (bytes: number[]): bigint => BigInt(`0x0${Buffer.from(bytes).toString('hex')}`);
  const missing = wide - digits.length;
  const least = value([...digits, ...Array<number>(missing).fill(0)]);
  const most = value([...digits, ...Array<number>(missing).fill(255)]);
  if (least >= 2n ** 63n) return [least, 'LWS_ERR_WS_LENGTH_SIGN'];
  if (least > BigInt(Number.MAX_SAFE_INTEGER)) return [least, 'LWS_ERR_WS_LENGTH_UNSUPPORTED'];
  if (most < (wide === 2 ? 126n : 65536n)) return [least, 'LWS_ERR_WS_LENGTH_NOT_MINIMAL'];
  return [least, undefined];
}

function isText(bytes: number[]): boolean {
  const buffer = Buffer.from(bytes);
  return Buffer.from(buffer.toString('utf8')).equals(buffer);
}

/** How many bytes come before the first one that makes UTF-8 impossible. */
function goodText(bytes: number[]): number {
  const tails = [
    [],
    [0x80],
    [0x80, 0x80],
    [0x80, 0x80, 0x80],
    [0xbf],
    [0xbf, 0xbf],
    [0xbf, 0xbf, 0xbf],
  ];
  for (let good = bytes.length; good > 0; good--)
    if (tails.some((tail) => isText([...bytes.slice(0, good), ...tail]))) return good;
  return 0;
}
