/** A client of one request that keeps every byte of the answer, and knows whether it is whole. */
import { connect, type Socket } from 'node:net';

export interface CgiRequest {
  readonly method?: string;
  /** Behind the mountpoint, with its query. */
  readonly below?: string;
  readonly fields?: string;
  readonly body?: string | Uint8Array;
  readonly chunked?: boolean;
  readonly version?: '1.0' | '1.1';
}

export interface CgiAnswer {
  readonly status: number;
  /** In lower case, with the line end of its last line. */
  readonly head: string;
  /** One character a byte, without the framing of chunks. */
  readonly body: string;
  /** The framing says that it is complete. */
  readonly whole: boolean;
}

/** The request as it is sent, the last of its connection. */
export function requestBytes(mountpoint: string, request: CgiRequest = {}): Buffer {
  const { method = 'GET', below = '', fields = '', chunked = false, version = '1.1' } = request;
  const body = Buffer.from(request.body ?? '');
  const length =
    request.body === undefined
      ? ''
      : chunked
        ? 'Transfer-Encoding: chunked\r\n'
        : `Content-Length: ${body.length}\r\n`;
  const head = `${method} ${mountpoint}${below} HTTP/${version}\r\nHost: a.example\r\nConnection: close\r\n${length}${fields}\r\n`;
  const framed = chunked
    ? [Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')]
    : [body];
  return Buffer.concat([Buffer.from(head, 'latin1'), ...framed]);
}

/** Opens a connection; a reset of the other side is no error. */
export async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return socket;
}

export async function ask(
  port: number,
  mountpoint: string,
  request: CgiRequest = {},
): Promise<CgiAnswer> {
  const socket = await open(port);
  const heard: Buffer[] = [];
  let reset = false;
  socket.on('data', (bytes: Buffer) => void heard.push(bytes));
  socket.on('error', () => {
    reset = true;
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(requestBytes(mountpoint, request));
  await closed;
  return readAnswer(Buffer.concat(heard).toString('latin1'), reset, request.method === 'HEAD');
}

export function readAnswer(heard: string, reset: boolean, bodyless: boolean): CgiAnswer {
  const from = heard.startsWith('HTTP/1.1 100') ? heard.indexOf('\r\n\r\n') + 4 : 0;
  const end = heard.indexOf('\r\n\r\n', from);
  const head = heard.slice(from, end + 2).toLowerCase();
  const rest = heard.slice(end + 4);
  const status = Number(heard.slice(from + 9, from + 12));
  const given = { status, head, body: rest };
  if (bodyless || status === 204 || status === 304)
    return { ...given, whole: end >= 0 && rest === '' };
  if (head.includes('\r\ntransfer-encoding: chunked')) return { ...given, ...unchunked(rest) };
  const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1];
  const whole = length === undefined ? !reset : rest.length === Number(length);
  return { ...given, whole: end >= 0 && whole };
}

function unchunked(rest: string): { readonly body: string; readonly whole: boolean } {
  const pieces: string[] = [];
  for (let at = 0; ; ) {
    const line = rest.indexOf('\r\n', at);
    const size = line < 0 ? Number.NaN : Number.parseInt(rest.slice(at, line), 16);
    if (!(size > 0)) return { body: pieces.join(''), whole: size === 0 };
    pieces.push(rest.slice(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}
