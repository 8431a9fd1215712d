/** WebSocket bytes for scripted peers, written from RFC 6455 alone and not from the code under test. */

/** A frame as a peer hears it. */
export interface HeardFrame {
  readonly fin: boolean;
  readonly rsv: number;
  readonly opcode: number;
  readonly payload: Uint8Array;
}

/** What {@link upgradeRequest} may be told. */
export interface UpgradeRequestOptions {
  readonly path?: string;
  readonly host?: string;
  readonly protocol?: string;
  /** Whole lines, without CRLF. */
  readonly fields?: readonly string[];
}

/** A client's opening handshake (RFC 6455 §4.1). Its key gives the accept value {@link acceptOfRequest}. */
export function upgradeRequest(options: UpgradeRequestOptions = {}): string {
  const lines = [
    `GET ${options.path ?? '/'} HTTP/1.1`,
    `Host: ${options.host ?? 'localhost'}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...(options.protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${options.protocol}`]),
    ...(options.fields ?? []),
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** The answer to the key of {@link upgradeRequest}, as RFC 6455 §1.3 prints it. */
export const acceptOfRequest = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

/** What a frame may be told besides its payload. */
export interface FrameOptions {
  /** @defaultValue true */
  readonly fin?: boolean;
  /** The masking key; undefined: not masked. @defaultValue 4 fixed bytes */
  readonly mask?: readonly number[] | undefined;
}

/** One frame as a client sends it (RFC 6455 §5.2). A string payload is sent as UTF-8. */
export function clientFrame(
  opcode: number,
  payload: Uint8Array | string = '',
  options: FrameOptions = {},
): Uint8Array {
  const data = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
  const key = 'mask' in options ? options.mask : [0x37, 0xfa, 0x21, 0x3d];
  const masked = key === undefined ? 0 : 0x80;
  const head = [((options.fin ?? true) ? 0x80 : 0) | opcode];
  if (data.length < 126) head.push(masked | data.length);
  else if (data.length < 65536) head.push(masked | 126, data.length >> 8, data.length & 0xff);
  else head.push(masked | 127, 0, 0, 0, 0, ...bigEndian(data.length));
  if (key !== undefined) head.push(...key);
  const frame = new Uint8Array(head.length + data.length);
  frame.set(head);
  frame.set(
    key === undefined ? data : data.map((byte, at) => byte ^ (key[at % 4] ?? 0)),
    head.length,
  );
  return frame;
}

/** A client's close frame: without a code the payload is empty. */
export function clientClose(code?: number, reason = ''): Uint8Array {
  if (code === undefined) return clientFrame(8);
  return clientFrame(8, Uint8Array.of(code >> 8, code & 0xff, ...new TextEncoder().encode(reason)));
}

/** Splits what a server sent into its frames; `rest` is what does not make a whole one. */
export function readServerFrames(bytes: Uint8Array): {
  readonly frames: readonly HeardFrame[];
  readonly rest: Uint8Array;
} {
  const frames: HeardFrame[] = [];
  let at = 0;
  for (;;) {
    const frame = readOne(bytes, at);
    if (frame === undefined) return { frames, rest: bytes.subarray(at) };
    frames.push(frame.heard);
    at = frame.end;
  }
}

function readOne(bytes: Uint8Array, at: number): { heard: HeardFrame; end: number } | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < at + 2) return undefined;
  const first = view.getUint8(at);
  const second = view.getUint8(at + 1);
  if ((second & 0x80) !== 0) throw new Error('a server masked a frame');
  let length = second;
  let start = at + 2;
  if (second === 126) {
    if (bytes.length < at + 4) return undefined;
    length = view.getUint16(at + 2);
    start = at + 4;
  } else if (second === 127) {
    if (bytes.length < at + 10) return undefined;
    length = Number(view.getBigUint64(at + 2));
    start = at + 10;
  }
  const end = start + length;
  if (bytes.length < end) return undefined;
  const heard = {
    fin: (first & 0x80) !== 0,
    rsv: (first & 0x70) >> 4,
    opcode: first & 0x0f,
    payload: bytes.slice(start, end),
  };
  return { heard, end };
}

function bigEndian(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}
