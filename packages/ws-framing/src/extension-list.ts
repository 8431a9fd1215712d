/**
 * Sec-WebSocket-Extensions, read and written (RFC 6455 §9.1). One pass, no regular expressions: time grows
 * with the length of the field and with nothing else.
 */
import { isBlank, isTokenCode } from '@lws-ts/interface';

/** One element: an extension and its parameters, in order. A value that is absent is `undefined`. */
export interface ExtensionElement {
  readonly name: string;
  readonly params: readonly (readonly [name: string, value: string | undefined])[];
}

/** Elements read of one list at most; a peer that sends more is not listened to any further. */
const maxElements = 16;

/** Reads a list; undefined when it breaks the grammar. At most 16 elements are read. */
export function readExtensionList(text: string): readonly ExtensionElement[] | undefined {
  return new ListReader(text).read();
}

/** Writes a list. Names and values are tokens. */
export function writeExtensionList(elements: readonly ExtensionElement[]): string {
  return elements
    .map(({ name, params }) =>
      [
        name,
        ...params.map(([param, value]) => (value === undefined ? param : `${param}=${value}`)),
      ].join('; '),
    )
    .join(', ');
}

const comma = 0x2c;
const semicolon = 0x3b;
const equals = 0x3d;
const quote = 0x22;
const backslash = 0x5c;

class ListReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): readonly ExtensionElement[] | undefined {
    const elements: ExtensionElement[] = [];
    while (elements.length < maxElements) {
      const element = this.#element();
      if (element === undefined) return undefined;
      elements.push(element);
      if (this.#at === this.#text.length) return elements;
      if (!this.#take(comma)) return undefined;
    }
    return elements;
  }

  #element(): ExtensionElement | undefined {
    const name = this.#token();
    if (name === '') return undefined;
    const params: [string, string | undefined][] = [];
    while (this.#take(semicolon)) {
      const param = this.#token();
      const value = this.#take(equals) ? this.#value() : undefined;
      if (param === '' || value === '') return undefined;
      params.push([param, value]);
    }
    return { name, params };
  }

  /** A token or a quoted one; empty for anything else: what is unquoted has to be a token too. */
  #value(): string {
    this.#skipBlanks();
    if (this.#text.charCodeAt(this.#at) !== quote) return this.#token();
    let value = '';
    for (let at = this.#at + 1; at < this.#text.length; at++) {
      let code = this.#text.charCodeAt(at);
      if (code === quote) {
        this.#at = at + 1;
        this.#skipBlanks();
        return value;
      }
      if (code === backslash) code = this.#text.charCodeAt(++at);
      if (!isTokenCode(code)) return '';
      value += String.fromCharCode(code);
    }
    return '';
  }

  /** The token here with the blanks around it passed over; empty when there is none. */
  #token(): string {
    this.#skipBlanks();
    const start = this.#at;
    while (isTokenCode(this.#text.charCodeAt(this.#at))) this.#at++;
    const token = this.#text.slice(start, this.#at);
    this.#skipBlanks();
    return token;
  }

  #take(code: number): boolean {
    if (this.#text.charCodeAt(this.#at) !== code) return false;
    this.#at++;
    return true;
  }

  #skipBlanks(): void {
    while (isBlank(this.#text.charCodeAt(this.#at))) this.#at++;
  }
}
