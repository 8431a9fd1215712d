import { type Duplex, Readable } from 'node:stream';
import { type HttpRequest, sentTarget } from '@lws-ts/interface';

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
    this.url = sentTarget(request);
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
