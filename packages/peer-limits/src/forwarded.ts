/**
 * Reads whom a request was forwarded for, from `Forwarded` (RFC 7239) or `X-Forwarded-For`. Pure. Each gives the
 * nodes in the order of the header, the one next to this server last; undefined where the header is malformed.
 */

/** One node: an address as it is written, without port and brackets, or undefined where it does not say. */
export type ForwardedNode = string | undefined;

/** Nodes that are looked at, at most: more are no route. */
export const mostNodes = 64;

/** @param value the fields of that name, joined by commas (RFC 9110 §5.3) */
export function readXForwardedFor(value: string): readonly ForwardedNode[] | undefined {
  const nodes = value.split(',').map((node) => nodeAddress(trim(node)));
  return nodes.length > mostNodes ? undefined : nodes;
}

/** RFC 7239 §4: elements of `;`-separated pairs. */
export function readForwarded(value: string): readonly ForwardedNode[] | undefined {
  const nodes: ForwardedNode[] = [];
  let at = 0;
  for (;;) {
    const element = new ElementReader(value, at);
    if (!element.read()) return undefined;
    nodes.push(element.node);
    if (nodes.length > mostNodes) return undefined;
    if (element.at === value.length) return nodes;
    at = element.at + 1;
  }
}

const token = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const quoted = /"((?:[\t !#-[\]-~\x80-\xff]|\\[\t !-~\x80-\xff])*)"/y;
const space = /[ \t]*/y;

/** One forwarded-element; an empty one, as lists may have (RFC 9110 §5.6.1), says nothing. */
class ElementReader {
  readonly #text: string;
  readonly #names = new Set<string>();
  at: number;
  node: ForwardedNode = undefined;

  constructor(text: string, at: number) {
    this.#text = text;
    this.at = at;
  }

  /** False: malformed. Otherwise `at` is at the comma behind it, or at the end. */
  read(): boolean {
    for (;;) {
      this.#match(space);
      if (this.#next() !== ';' && !this.#ends() && !this.#readPair()) return false;
      this.#match(space);
      if (this.#ends()) return true;
      if (this.#next() !== ';') return false;
      this.at++;
    }
  }

  #readPair(): boolean {
    const name = this.#match(token)?.[0]?.toLowerCase();
    if (name === undefined || this.#next() !== '=') return false;
    this.at++;
    const inQuotes = this.#match(quoted);
    const value = inQuotes?.[1]?.replace(/\\(.)/gs, '$1') ?? this.#match(token)?.[0];
    // §4: each parameter once
    if (value === undefined || this.#names.has(name)) return false;
    this.#names.add(name);
    if (name === 'for') this.node = nodeAddress(value);
    return true;
  }

  #next(): string | undefined {
    return this.#text[this.at];
  }

  #ends(): boolean {
    return this.at === this.#text.length || this.#next() === ',';
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.at = pattern.lastIndex;
    return found;
  }
}

/** RFC 7239 §6: `192.0.2.1`, `192.0.2.1:80`, `[2001:db8::1]`, `[2001:db8::1]:80`; others write IPv6 without brackets. */
function nodeAddress(node: string): ForwardedNode {
  const bracketed = /^\[([^\]]*)\](?::\w+)?$/.exec(node);
  if (bracketed !== null) return bracketed[1];
  const withPort = /^([^:]+):\w+$/.exec(node);
  return withPort === null ? node : withPort[1];
}

function trim(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '');
}
