/**
 * Reads application/x-www-form-urlencoded (WHATWG URL §5.1). Pure: bytes in, calls on a sink out. Values pass
 * through decoded as they arrive; what is kept is one name. Stricter than the standard in one point, as lws is: a
 * percent sign begins an escape, or the form is refused.
 */
import type { CodedError } from '@lws-ts/interface';
import { BoundedBytes } from './bounded-bytes.ts';
import { decodeUtf8 } from './decode-utf8.ts';
import { formErrors } from './form-errors.ts';
import type { FormPartSink } from './form-part.ts';

const AMPERSAND = 0x26;
const EQUALS = 0x3d;
const PERCENT = 0x25;
const PLUS = 0x2b;
const space = Uint8Array.of(0x20);

/** No escape is begun. */
const PLAIN = 0;
const FIRST_DIGIT = 1;
const SECOND_DIGIT = 2;

export class UrlencodedReader {
  readonly #sink: FormPartSink;
  readonly #name: BoundedBytes;
  /** The name is complete: what comes belongs to the value. */
  #inValue: boolean;
  #escape: number;
  readonly #escaped: Uint8Array;

  /** @param maxFieldNameBytes longest name of a field, decoded */
  constructor(sink: FormPartSink, maxFieldNameBytes: number) {
    this.#sink = sink;
    this.#name = new BoundedBytes(maxFieldNameBytes);
    this.#inValue = false;
    this.#escape = PLAIN;
    this.#escaped = new Uint8Array(1);
  }

  /** Reads on. An error ends the form: nothing may be pushed after it. */
  push(chunk: Uint8Array): CodedError | undefined {
    const { length } = chunk;
    let at = 0;
    while (at < length) {
      const start = at;
      if (this.#escape === PLAIN) while (at < length && !this.#special(chunk[at] ?? 0)) at++;
      const error = at > start ? this.#text(chunk, start, at) : this.#oneByte(chunk[at++] ?? 0);
      if (error !== undefined) return error;
    }
    return undefined;
  }

  /** The body is complete: so is the last field. */
  end(): CodedError | undefined {
    return this.#pairEnd();
  }

  #special(byte: number): boolean {
    return (
      byte === AMPERSAND || byte === PERCENT || byte === PLUS || (byte === EQUALS && !this.#inValue)
    );
  }

  #oneByte(byte: number): CodedError | undefined {
    if (this.#escape !== PLAIN) return this.#digit(byte);
    switch (byte) {
      case AMPERSAND:
        return this.#pairEnd();
      case EQUALS:
        return this.#nameEnd();
      case PLUS:
        return this.#text(space, 0, 1);
      default:
        this.#escape = FIRST_DIGIT;
        return undefined;
    }
  }

  #digit(byte: number): CodedError | undefined {
    const value = hexDigit(byte);
    if (value < 0) return formErrors.LWS_ERR_FORM_PERCENT;
    const escaped = this.#escaped;
    if (this.#escape === FIRST_DIGIT) {
      escaped[0] = value << 4;
      this.#escape = SECOND_DIGIT;
      return undefined;
    }
    escaped[0] = (escaped[0] ?? 0) | value;
    this.#escape = PLAIN;
    return this.#text(escaped, 0, 1);
  }

  #text(bytes: Uint8Array, start: number, end: number): CodedError | undefined {
    if (this.#inValue) return this.#sink.partContent(bytes, start, end);
    return this.#name.add(bytes, start, end) ? undefined : formErrors.LWS_ERR_FORM_NAME_BYTES;
  }

  #nameEnd(): CodedError | undefined {
    const name = decodeUtf8(this.#name.view());
    this.#name.clear();
    if (name === undefined) return formErrors.LWS_ERR_FORM_UTF8;
    this.#inValue = true;
    return this.#sink.partStart({ name, filename: undefined, type: 'text/plain' });
  }

  #pairEnd(): CodedError | undefined {
    if (this.#escape !== PLAIN) return formErrors.LWS_ERR_FORM_PERCENT;
    // nothing between two ampersands is no field
    if (!this.#inValue && this.#name.length === 0) return undefined;
    const error = this.#inValue ? undefined : this.#nameEnd();
    this.#inValue = false;
    return error ?? this.#sink.partEnd();
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
