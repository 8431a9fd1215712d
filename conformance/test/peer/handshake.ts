/** The opening handshake as a peer does it, on either side (RFC 6455 §4), by hand. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';

const magic = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const key = 'dGhlIHNhbXBsZSBub25jZQ==';

/** What a request for an upgrade may have besides. */
export interface AskedBesides {
  readonly protocol?: string | undefined;
  /** Said in the same write, before there is an answer. */
  readonly early?: Uint8Array | undefined;
}

/** Asks for the upgrade; gives the value of Sec-WebSocket-Extensions. @throws for an answer that is none */
export async function askForUpgrade(
  socket: Socket,
  host: string,
  extensions: string | undefined,
  { protocol, early }: AskedBesides = {},
): Promise<string | undefined> {
  const request = lines([
    'GET / HTTP/1.1',
    `Host: ${host}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${key}`,
    'Sec-WebSocket-Version: 13',
    ...(extensions === undefined ? [] : [`Sec-WebSocket-Extensions: ${extensions}`]),
    ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
  ]);
  socket.write(early === undefined ? request : Buffer.concat([Buffer.from(request), early]));
  const head = await readHead(socket);
  if (!head.startsWith('HTTP/1.1 101 ') || field(head, 'sec-websocket-accept') !== acceptOf(key))
    throw new Error(`no upgrade: ${head}`);
  return field(head, 'sec-websocket-extensions');
}

/** Agrees to an upgrade; `answer` is told what extensions are offered. @throws for a request that is none */
export async function agreeToUpgrade(
  socket: Socket,
  answer: (extensions: string | undefined) => string | undefined,
): Promise<void> {
  const head = await readHead(socket);
  const asked = field(head, 'sec-websocket-key') ?? '';
  const version = field(head, 'sec-websocket-version');
  if (!head.startsWith('GET / HTTP/1.1\r\n') || version !== '13' || asked.length !== 24)
    throw new Error(`no request for an upgrade: ${head}`);
  const extensions = answer(field(head, 'sec-websocket-extensions'));
  socket.write(
    lines([
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Accept: ${acceptOf(asked)}`,
      ...(extensions === undefined ? [] : [`Sec-WebSocket-Extensions: ${extensions}`]),
    ]),
  );
}

/** Up to the empty line; what came behind it is put back. */
async function readHead(socket: Socket): Promise<string> {
  let octets: Buffer = Buffer.alloc(0);
  for (;;) {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) {
      await once(socket, 'readable');
      continue;
    }
    octets = Buffer.concat([octets, chunk]);
    const end = octets.indexOf('\r\n\r\n');
    if (end < 0) continue;
    if (octets.length > end + 4) socket.unshift(octets.subarray(end + 4));
    return octets.toString('latin1', 0, end + 4);
  }
}

/** Sec-WebSocket-Accept for a key (RFC 6455 §4.2.2). */
export function acceptOf(asked: string): string {
  return createHash('sha1')
    .update(asked + magic)
    .digest('base64');
}

/** The value of a field of a head. */
export function field(head: string, name: string): string | undefined {
  for (const line of head.split('\r\n').slice(1)) {
    const colon = line.indexOf(':');
    if (line.slice(0, colon).toLowerCase() === name) return line.slice(colon + 1).trim();
  }
  return undefined;
}

function lines(all: readonly string[]): string {
  return `${all.join('\r\n')}\r\n\r\n`;
}
