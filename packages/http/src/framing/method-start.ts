/**
 * Tells from the first bytes of a connection whether it begins as HTTP does: by a method that HTTP has, and a
 * space (RFC 9110 §9, and the preface of RFC 9113 §3.4). Whether the rest is good is for the head's reader.
 */
import { httpMethods } from '@lws-ts/interface';

const starts: readonly string[] = [...httpMethods, 'PRI'].map((method) => `${method} `);

export class MethodStart {
  #seen = '';

  /** How many bytes were pushed while nothing was decided; at most eight. */
  get length(): number {
    return this.#seen.length;
  }

  /** These bytes, and `bytes` behind them: `bytes` itself where there are none. */
  with(bytes: Uint8Array): Uint8Array {
    const { length } = this.#seen;
    if (length === 0) return bytes;
    const all = new Uint8Array(length + bytes.length);
    for (let at = 0; at < length; at++) all[at] = this.#seen.charCodeAt(at);
    all.set(bytes, length);
    return all;
  }

  /** True: it is HTTP; false: it is not; undefined: more bytes will tell. Not to be called again after an answer. */
  push(bytes: Uint8Array): boolean | undefined {
    let text = this.#seen;
    for (let at = 0; at < bytes.length; at++) {
      text += String.fromCharCode(bytes[at] as number);
      const start = starts.find((one) => one.startsWith(text));
      if (start === undefined) return false;
      if (start === text) return true;
    }
    this.#seen = text;
    return undefined;
  }
}
