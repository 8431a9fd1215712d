/** What a script asks this server for in place of its own answer, RFC 3875 §6.2.2. */

import { readPath } from '@lws-ts/http/framing';
import type { HttpRequest } from '@lws-ts/interface';

/** A place of the vhost. */
export interface LocalPlace {
  /** As the script wrote it. */
  readonly target: string;
  /** Clean, as that of a request. */
  readonly path: string;
  readonly query: string;
}

/** Undefined: a request with that target would be refused. @param location begins with one slash */
export function readLocalPlace(location: string): LocalPlace | undefined {
  const mark = location.indexOf('?');
  const bytes = Buffer.from(mark < 0 ? location : location.slice(0, mark), 'latin1');
  const path = readPath(bytes, 0, bytes.length);
  if (typeof path !== 'string') return undefined;
  return { target: location, path, query: mark < 0 ? '' : location.slice(mark + 1) };
}

/** They say something of a body, and there is none. */
const ofBodies: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-range',
  'content-type',
  'expect',
  'trailer',
  'transfer-encoding',
]);
/** They were meant for another method. */
const conditions: ReadonlySet<string> = new Set([
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'range',
]);

/** The request of a peer, with another path: GET, or HEAD where it was that, and without a body. */
export class RedirectedRequest implements HttpRequest {
  readonly method: string;
  readonly version: HttpRequest['version'];
  readonly target: string;
  readonly path: string;
  readonly query: string;
  readonly authority: string;
  readonly hasBody = false;
  readonly contentLength = undefined;
  readonly #from: HttpRequest;
  readonly #read: boolean;

  constructor(from: HttpRequest, { target, path, query }: LocalPlace) {
    this.#from = from;
    this.#read = from.method === 'GET' || from.method === 'HEAD';
    this.method = from.method === 'HEAD' ? 'HEAD' : 'GET';
    this.version = from.version;
    this.target = target;
    this.path = path;
    this.query = query;
    this.authority = from.authority;
  }

  field(name: string): string | undefined {
    return this.#has(name) ? this.#from.field(name) : undefined;
  }

  list(name: string): string | undefined {
    return this.#has(name) ? this.#from.list(name) : undefined;
  }

  each(visit: (name: string, value: string) => void): void {
    this.#from.each((name, value) => {
      if (this.#has(name)) visit(name, value);
    });
  }

  #has(name: string): boolean {
    return !ofBodies.has(name) && (this.#read || !conditions.has(name));
  }
}
