import type { RoleHost } from '@lws-ts/interface';
import type { OutgoingBody } from './outgoing-body.ts';

/** What is written of a given body at once, in bytes. */
const pieceBytes = 65_536;
/** Not safe to be sent twice, RFC 9110 §9.2.2, and not expected to be by anybody. */
const unsafeMethods: ReadonlySet<string> = new Set(['POST', 'PATCH']);

/** Method and body of a request, as its options say at first, and as redirects leave them. */
export class AskedRequest {
  method: string;
  #given: Uint8Array | undefined;
  /** Up to where it was sent. */
  #at = 0;

  constructor(method: string, given: Uint8Array | undefined) {
    this.method = method;
    this.#given = given;
  }

  /** The options have a body for it. */
  get hasBody(): boolean {
    return this.#given !== undefined;
  }

  /** Of the body that the options have. */
  get bodyLength(): number | undefined {
    return this.#given?.length;
  }

  /** Whether it may be sent once more: a body that is made while it is sent cannot be made again. */
  isRepeatable(bodyBegun: boolean): boolean {
    return !unsafeMethods.has(this.method) && (!bodyBegun || this.hasBody);
  }

  /** RFC 9110 §15.4: 303 asks for another thing; 301 and 302 of POST are taken so, as everybody does. */
  redirected(status: number): void {
    const turned = status === 303 ? this.method !== 'HEAD' : this.method === 'POST';
    if (status > 303 || !turned) return;
    this.method = 'GET';
    this.#given = undefined;
  }

  /** It is sent from its beginning. */
  begin(): void {
    this.#at = 0;
  }

  /** Sends a piece of the body that the options have; false: there is none. */
  send(body: OutgoingBody, host: RoleHost): boolean {
    const given = this.#given;
    if (given === undefined || !body.pending) return false;
    const piece = given.subarray(this.#at, this.#at + pieceBytes);
    this.#at += piece.length;
    body.body(piece, true);
    if (this.#at < given.length) host.requestWriteable();
    else body.end([]);
    return true;
  }
}
