/**
 * Reads as much of a connection's first bytes as is needed to know what it is: TLS, and for which server, or
 * something else. RFC 8446 §4.1.2 and §5.1, RFC 6066 §3. Keeps nothing of what it is given, and judges nothing
 * that OpenSSL will judge again.
 */
import { httpMethods } from '@lws-ts/interface';

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

/** What one piece says by itself. */
export function readFirstBytes(bytes: Uint8Array): FirstBytes {
  return new FirstBytesReader().read(bytes);
}

const methodStarts = httpMethods.map((method) => `${method} `);
const longestStart = Math.max(...methodStarts.map(({ length }) => length));

/** Whether what is no TLS begins as an HTTP request does; undefined: more bytes will tell. */
export function beginsAsHttp(bytes: Uint8Array): boolean | undefined {
  const first = Buffer.from(bytes.subarray(0, longestStart)).toString('latin1');
  if (methodStarts.some((start) => first.startsWith(start))) return true;
  return methodStarts.some((start) => start.startsWith(first)) ? undefined : false;
}

/** Thrown inside this file when bytes are missing. */
const missing = Symbol('missing');
/** Thrown inside this file when OpenSSL will not like it anyway. */
const wrong = Symbol('wrong');

/** Longest name there is, in bytes: OpenSSL refuses more. */
const longestName = 255;

const HEADER = 0;
const SESSION_ID = 1;
const CIPHER_SUITES = 2;
const COMPRESSIONS = 3;
/** How long they are together; whatever comes after it is a step for each of them. */
const EXTENSIONS = 4;

/**
 * Goes through a handshake message over the borders of its records, as far as it has come, and goes on from
 * there when more did: what was looked at is not looked at again, however small the pieces are.
 */
export class FirstBytesReader {
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** Bytes of the current record that are to come. */
  #record = 0;
  /** What is to be passed over before the next step. */
  #pass = 0;
  #step = HEADER;
  /** Bytes of extensions that are to come. */
  #left = 0;

  /** @param bytes all that came so far: what was given before, and more behind it */
  read(bytes: Uint8Array): FirstBytes {
    if (bytes.length === 0) return more;
    if (bytes[0] !== handshakeRecord) return plain;
    this.#bytes = bytes;
    const found = this.#serverName();
    if (found === undefined) return bytes.length < longestHello ? more : nameless;
    return found === '' ? nameless : { kind: 'tls', serverName: found };
  }

  /** Undefined: more bytes are needed; empty: there is none. */
  #serverName(): string | undefined {
    let at = this.#at;
    let record = this.#record;
    try {
      for (;;) {
        this.#skip();
        at = this.#at;
        record = this.#record;
        const name = this.#take();
        if (name !== undefined) return name;
      }
    } catch (stop) {
      if (stop === wrong) return '';
      if (stop !== missing) throw stop;
      // a step that could not be finished begins anew; what was passed over stays so
      if (this.#pass === 0) {
        this.#at = at;
        this.#record = record;
      }
      return undefined;
    }
  }

  /** One step; the name, once it is known. */
  #take(): string | undefined {
    switch (this.#step) {
      case HEADER:
        if (this.#byte() !== clientHello) throw wrong;
        this.#pass = 3 + 2 + 32;
        break;
      case SESSION_ID:
      case COMPRESSIONS:
        this.#pass = this.#byte();
        break;
      case CIPHER_SUITES:
        this.#pass = this.#number();
        break;
      case EXTENSIONS:
        this.#left = this.#number();
        break;
      default:
        return this.#extension();
    }
    this.#step++;
    return undefined;
  }

  #extension(): string | undefined {
    if (this.#left < 4) return '';
    const type = this.#number();
    const length = this.#number();
    if (type === serverNameExtension) return this.#name(length);
    this.#left -= 4 + length;
    this.#pass = length;
    return undefined;
  }

  #name(extension: number): string {
    if (extension < 5) throw wrong;
    this.#number();
    if (this.#byte() !== hostName) throw wrong;
    const length = this.#number();
    if (length > extension - 5 || length > longestName) throw wrong;
    let name = '';
    for (let at = 0; at < length; at++) name += String.fromCharCode(this.#byte());
    return name;
  }

  #number(): number {
    return this.#byte() * 256 + this.#byte();
  }

  /** Passes over as much as there is. */
  #skip(): void {
    while (this.#pass > 0) {
      if (this.#record === 0) this.#nextRecord();
      const step = Math.min(this.#pass, this.#record, this.#bytes.length - this.#at);
      if (step === 0) throw missing;
      this.#at += step;
      this.#record -= step;
      this.#pass -= step;
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
