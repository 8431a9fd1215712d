/**
 * Reads as much of a connection's first bytes as is needed to know what it is: TLS, and for which server, or
 * something else. RFC 8446 §4.1.2 and §5.1, RFC 6066 §3. Keeps nothing of what it is given, and judges nothing
 * that OpenSSL will judge again.
 */

/** What the first bytes say. */
export type FirstBytes =
  | { readonly kind: 'more' }
  | { readonly kind: 'plain' }
  | { readonly kind: 'tls'; readonly serverName: string };

const handshakeRecord = 22;
const clientHello = 1;
const serverNameExtension = 0;
const hostName = 0;
/** A ClientHello that is longer is not looked into: it goes to OpenSSL without a name. */
const longestHello = 64 * 1024;

const more: FirstBytes = Object.freeze({ kind: 'more' });
const plain: FirstBytes = Object.freeze({ kind: 'plain' });
const nameless: FirstBytes = Object.freeze({ kind: 'tls', serverName: '' });

/** @param bytes all that came so far */
export function readFirstBytes(bytes: Uint8Array): FirstBytes {
  if (bytes.length === 0) return more;
  if (bytes[0] !== handshakeRecord) return plain;
  const hello = new HelloCursor(bytes);
  const found = hello.serverName();
  if (found === undefined) return bytes.length < longestHello ? more : nameless;
  return found === '' ? nameless : { kind: 'tls', serverName: found };
}

/** Thrown inside this file when bytes are missing. */
const missing = Symbol('missing');
/** Thrown inside this file when OpenSSL will not like it anyway. */
const wrong = Symbol('wrong');

/** Goes through a handshake message over the borders of its records. */
class HelloCursor {
  readonly #bytes: Uint8Array;
  #at = 0;
  /** Bytes of the current record that are to come. */
  #record = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Undefined: more bytes are needed; empty: there is none. */
  serverName(): string | undefined {
    try {
      return this.#read();
    } catch (stop) {
      if (stop === missing) return undefined;
      if (stop === wrong) return '';
      throw stop;
    }
  }

  #read(): string {
    if (this.#byte() !== clientHello) throw wrong;
    this.#skip(3 + 2 + 32);
    this.#skip(this.#byte());
    this.#skip(this.#number());
    this.#skip(this.#byte());
    let left = this.#number();
    while (left >= 4) {
      const type = this.#number();
      const length = this.#number();
      left -= 4 + length;
      if (type === serverNameExtension) return this.#name(length);
      this.#skip(length);
    }
    return '';
  }

  #name(extension: number): string {
    if (extension < 5) throw wrong;
    this.#skip(2);
    if (this.#byte() !== hostName) throw wrong;
    const length = this.#number();
    if (length > extension - 5) throw wrong;
    let name = '';
    for (let at = 0; at < length; at++) name += String.fromCharCode(this.#byte());
    return name;
  }

  #number(): number {
    return this.#byte() * 256 + this.#byte();
  }

  #skip(count: number): void {
    let left = count;
    while (left > 0) {
      if (this.#record === 0) this.#nextRecord();
      const step = Math.min(left, this.#record);
      if (this.#at + step > this.#bytes.length) throw missing;
      this.#at += step;
      this.#record -= step;
      left -= step;
    }
  }

  #byte(): number {
    if (this.#record === 0) this.#nextRecord();
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw missing;
    this.#at++;
    this.#record--;
    return byte;
  }

  #nextRecord(): void {
    const bytes = this.#bytes;
    const at = this.#at;
    if (at + 5 > bytes.length) throw missing;
    if (bytes[at] !== handshakeRecord) throw wrong;
    this.#record = (bytes[at + 3] as number) * 256 + (bytes[at + 4] as number);
    if (this.#record === 0) throw wrong;
    this.#at = at + 5;
  }
}
