import { type Duplex, Readable } from 'node:stream';
import type { HttpRequest } from '@lws-ts/interface';

/** A handshake as servers behind `node:http` are given it: what they read of an `IncomingMessage`. It has no body. */
export class UpgradeRequest extends Readable {
  readonly method: string;
  /** The target as sent, without a host; encoded anew from the clean path when it had dot segments or empty ones. */
  readonly url: string;
  readonly httpVersion: string;
  readonly httpVersionMajor = 1;
  readonly httpVersionMinor = 1;
  /** Those that came more than once joined as lists. */
  readonly headers: Readonly<Record<string, string>>;
  /** Names, in lower case, and values in turns. */
  readonly rawHeaders: readonly string[];
  readonly socket: Duplex;
  readonly complete = true;

  constructor(request: HttpRequest, socket: Duplex) {
    super({ read: () => this.push(null) });
    const headers = Object.create(null) as Record<string, string>;
    const rawHeaders: string[] = [];
    request.each((name, value) => {
      rawHeaders.push(name, value);
      const before = headers[name];
      const glue = name === 'cookie' ? '; ' : ', ';
      headers[name] = before === undefined ? value : `${before}${glue}${value}`;
    });
    this.method = request.method;
    this.url = urlOf(request);
    this.httpVersion = request.version;
    this.headers = headers;
    this.rawHeaders = rawHeaders;
    this.socket = socket;
  }

  /** As `socket`; what older programs ask for. */
  get connection(): Duplex {
    return this.socket;
  }
}

/** What the vhost chose by and what the server reads are one path: whoever guards an area guards it for both. */
function urlOf({ target, path, query }: HttpRequest): string {
  // RFC 9112 §3.2.2
  const form = target.replace(/^[a-z]+:\/\/[^/?]*/i, '');
  const sent = /^[/*]/.test(form) ? form : `/${form}`;
  if (decodeURIComponent(sent.replace(/\?.*/s, '')) === path) return sent;
  const clean = encodeURI(path).replace(/[?#]/g, encodeURIComponent);
  return `${clean}${query === '' ? '' : `?${query}`}`;
}
