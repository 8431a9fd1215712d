/** The two ways through a proxy: HTTP CONNECT (RFC 9110 §9.3.6) and SOCKS5 (RFC 1928, RFC 1929). */
import type { DialTarget, HttpFields, RoleHost } from '@lws-ts/interface';
import { ResponseHeadReader } from '../framing/index.ts';
import { basicCredentials, writeRequestHead } from './request-head.ts';

/** A way being opened. */
export interface Tunnel {
  /** Says the first words. */
  begin(): void;
  /** What the proxy said: true, the way is open; a string, why it is not; undefined, more is to come. */
  push(bytes: Uint8Array): true | string | undefined;
}

/** Who asks; both empty for nobody. */
export interface TunnelUser {
  readonly user: string;
  readonly password: string;
}

export class ConnectTunnel implements Tunnel {
  readonly #host: RoleHost;
  readonly #authority: string;
  readonly #credentials: string;
  readonly #reader = new ResponseHeadReader();

  constructor(host: RoleHost, { host: name, port }: DialTarget, { user, password }: TunnelUser) {
    this.#host = host;
    this.#authority = name.includes(':') ? `[${name}]:${port}` : `${name}:${port}`;
    this.#credentials = user === '' && password === '' ? '' : `${user}:${password}`;
  }

  begin(): void {
    const fields: HttpFields =
      this.#credentials === ''
        ? []
        : [['proxy-authorization', basicCredentials(this.#credentials)]];
    writeRequestHead(this.#host, 'CONNECT', this.#authority, this.#authority, fields);
  }

  push(bytes: Uint8Array): true | string | undefined {
    const reader = this.#reader;
    const end = reader.push(bytes, 0, bytes.length);
    if (reader.violation !== undefined) return reader.violation.message;
    if (!reader.complete) return undefined;
    if (reader.status < 200) {
      // an interim answer has nothing to say here
      reader.reset();
      return end < bytes.length ? this.push(bytes.subarray(end)) : undefined;
    }
    if (reader.status > 299) return `it answered ${reader.status}`;
    // the server waits to be spoken to: what comes before is not its
    return end < bytes.length ? 'it spoke out of turn' : true;
  }
}

const GREETING = 0;
const AUTH = 1;
const CONNECT = 2;

/** Why a SOCKS5 proxy refuses. RFC 1928 §6 */
const socksReplies = [
  '',
  'it failed',
  'its rules do not allow it',
  'the network cannot be reached',
  'the host cannot be reached',
  'the connection was refused',
  'the time to live ran out',
  'it does not know the command',
  'it does not know the kind of address',
];

/** Replies are at most 262 bytes long. */
const replyBytes = 262;

export class SocksTunnel implements Tunnel {
  readonly #host: RoleHost;
  readonly #target: DialTarget;
  readonly #user: Uint8Array;
  readonly #password: Uint8Array;
  readonly #reply = new Uint8Array(replyBytes);
  #length = 0;
  #step = GREETING;

  /** @param by each at most 255 bytes */
  constructor(host: RoleHost, target: DialTarget, by: TunnelUser) {
    this.#host = host;
    this.#target = target;
    this.#user = bytesOf(by.user);
    this.#password = bytesOf(by.password);
  }

  begin(): void {
    // no authentication, and by name and password where there is one
    this.#say(this.#user.length === 0 ? [5, 1, 0] : [5, 2, 0, 2]);
  }

  push(bytes: Uint8Array): true | string | undefined {
    for (let at = 0; at < bytes.length; at++) {
      this.#reply[this.#length++] = bytes[at] as number;
      if (this.#length < this.#due()) continue;
      const outcome = this.#judge();
      this.#length = 0;
      if (outcome === true && at + 1 < bytes.length) return 'it spoke out of turn';
      if (outcome !== undefined) return outcome;
    }
    return undefined;
  }

  /** How long the reply is, as far as that can be told. */
  #due(): number {
    if (this.#step !== CONNECT) return 2;
    const [version, code, , kind, first] = this.#reply;
    // some say no and nothing more
    if (this.#length < 2 || version !== 5 || code !== 0) return 2;
    if (this.#length < 5) return 5;
    return kind === 1 ? 10 : kind === 4 ? 22 : kind === 3 ? 7 + (first as number) : 5;
  }

  #judge(): true | string | undefined {
    const [version, code, , kind] = this.#reply;
    if (this.#step === GREETING) {
      if (version !== 5) return 'it does not speak SOCKS5';
      if (code === 0) return this.#connect();
      if (code !== 2 || this.#user.length === 0) return 'it wants another way to authenticate';
      this.#authenticate();
      return undefined;
    }
    if (this.#step === AUTH) {
      return code === 0 ? this.#connect() : 'it does not know the user or the password';
    }
    if (version !== 5) return 'it does not speak SOCKS5';
    if (code !== 0) return socksReplies[code as number] ?? `it answered ${code}`;
    return [1, 3, 4].includes(kind as number) ? true : 'it does not speak SOCKS5';
  }

  #authenticate(): void {
    this.#step = AUTH;
    this.#say([1, this.#user.length, ...this.#user, this.#password.length, ...this.#password]);
  }

  #connect(): string | undefined {
    this.#step = CONNECT;
    const { host, port } = this.#target;
    // one that is cut off would be another server's
    if (host.length > 255) return 'the name of the server is too long for it';
    this.#say([5, 1, 0, ...addressOf(host), port >> 8, port & 0xff]);
    return undefined;
  }

  #say(bytes: readonly number[]): void {
    this.#host.reserve(bytes.length).set(bytes, this.#host.reservedAt);
    this.#host.commit(bytes.length);
  }
}

/** Kind and address. RFC 1928 §5: the proxy resolves names. */
function addressOf(host: string): readonly number[] {
  // a URL's host that ends in digits is an address
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return [1, ...host.split('.').map(Number)];
  if (host.includes(':')) return [4, ...ipv6Bytes(host)];
  const name = bytesOf(host);
  return [3, name.length, ...name];
}

function ipv6Bytes(host: string): readonly number[] {
  // the URL parser writes every address in its shortest form, in hexadecimal alone
  const short = new URL(`http://[${host}]`).hostname.slice(1, -1);
  const [head = '', tail] = short.split('::');
  const words = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const left = words(head);
  const right = tail === undefined ? [] : words(tail);
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].flatMap((word) => {
    const value = Number.parseInt(word, 16);
    return [value >> 8, value & 0xff];
  });
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
