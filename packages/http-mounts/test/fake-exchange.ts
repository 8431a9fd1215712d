/**
 * An exchange without a connection. It holds whoever answers to the contract: one answer, bodies of the
 * announced length in `writeable` alone, bytes left alone until they are sent.
 */
import type {
  CodedError,
  ErrorCode,
  HttpAnswer,
  HttpBinding,
  HttpBodySink,
  HttpExchange,
  HttpFields,
  HttpRequest,
  HttpResponder,
  KeptHeaders,
  PeerAddress,
  RoleHost,
  Transport,
  VhostView,
} from '@lws-ts/interface';

export interface FakeRequest {
  readonly method?: string;
  readonly path: string;
  readonly query?: string;
  /** Default: path and query as they are */
  readonly target?: string;
  readonly fields?: HttpFields;
  readonly peer?: PeerAddress;
}

const nobody: PeerAddress = { address: '', port: 0, family: 'none' };

/** The rest is never asked for. */
function only<T>(members: Partial<T>): T {
  return members as T;
}

export class FakeHttpRequest implements HttpRequest {
  readonly method: string;
  readonly version = '1.1';
  readonly target: string;
  readonly path: string;
  readonly query: string;
  readonly authority = 'localhost';
  readonly hasBody = false;
  readonly contentLength = undefined;
  readonly #fields: HttpFields;

  constructor(from: FakeRequest) {
    this.method = from.method ?? 'GET';
    this.path = from.path;
    this.query = from.query ?? '';
    this.target = from.target ?? this.path + (this.query === '' ? '' : `?${this.query}`);
    this.#fields = from.fields ?? [];
  }

  field(name: string): string | undefined {
    return this.#fields.find(([each]) => each === name)?.[1];
  }

  list(name: string): string | undefined {
    const found = this.#fields.filter(([each]) => each === name);
    return found.length === 0 ? undefined : found.map(([, value]) => value).join(', ');
  }

  each(visit: (name: string, value: string) => void): void {
    for (const [name, value] of this.#fields) visit(name, value);
  }
}

export class FakeExchange implements HttpExchange {
  readonly host: RoleHost;
  readonly request: HttpRequest;
  user: string | undefined = undefined;
  readonly reported: ErrorCode[] = [];
  status = 0;
  fields: ReadonlyMap<string, string> = new Map();
  length: number | undefined = undefined;
  ended = false;
  aborted: ErrorCode | undefined = undefined;
  wantsWriteable = false;
  /** Bytes given and not sent yet. */
  held = 0;
  /** The most bytes that were ever held. */
  mostHeld = 0;
  readonly #chunks: Uint8Array[] = [];
  #inWriteable = false;
  #unsent: { bytes: Uint8Array; copy: Uint8Array; sent: (() => void) | undefined }[] = [];

  constructor(request: FakeRequest, vhost: VhostView) {
    this.request = new FakeHttpRequest(request);
    this.host = only<RoleHost>({
      vhost,
      transport: only<Transport>({ peer: request.peer ?? nobody }),
      report: (error) => void this.reported.push(error.code),
    });
  }

  /** Everything given as body. */
  get bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#chunks));
  }

  get bodyLength(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  get text(): string {
    return new TextDecoder().decode(this.bytes);
  }

  reply(status: number, fields: HttpFields, body: Uint8Array | string = ''): void {
    this.#begin(status, fields);
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
    if (bytes.length > 64 * 1024) throw new Error('a reply of more than 64 KiB');
    if (this.request.method !== 'HEAD') this.#chunks.push(new Uint8Array(bytes));
    this.length = bytes.length;
    this.ended = true;
  }

  head(status: number, fields: HttpFields, length?: number): void {
    this.#begin(status, fields);
    this.length = length;
  }

  body(bytes: Uint8Array, sent?: () => void, constant = false): boolean {
    if (!this.#inWriteable) throw new Error('body outside of writeable');
    if (this.ended || this.aborted !== undefined) throw new Error('body after the end');
    this.#chunks.push(new Uint8Array(bytes));
    if (this.bodyLength > (this.length ?? Infinity)) throw new Error('more than announced');
    this.#unsent.push({ bytes, copy: new Uint8Array(bytes), sent: constant ? undefined : sent });
    if (constant) sent?.();
    this.held += bytes.length;
    this.mostHeld = Math.max(this.mostHeld, this.held);
    return false;
  }

  end(): void {
    if (this.ended) throw new Error('end twice');
    const empty = this.request.method === 'HEAD';
    if (!empty && this.bodyLength !== this.length) throw new Error('less than announced');
    this.ended = true;
  }

  abort(error: CodedError): void {
    this.aborted = error.code;
  }

  requestWriteable(): void {
    this.wantsWriteable = true;
  }

  readBody(_sink: HttpBodySink): void {
    throw new Error('a mount reads no body');
  }

  rxFlow(_on: boolean): void {
    throw new Error('a mount reads no body');
  }

  readonly binding: HttpBinding | undefined = undefined;

  bind(_binding: HttpBinding): void {
    throw new Error('files bind nothing');
  }

  keepHeaders(): KeptHeaders {
    throw new Error('a mount keeps no headers');
  }

  /** One call of `writeable`, asked for or spurious. */
  serve(answer: HttpAnswer): void {
    this.wantsWriteable = false;
    this.#inWriteable = true;
    answer.writeable(this);
    this.#inWriteable = false;
  }

  /** The peer took everything. */
  send(): void {
    const unsent = this.#unsent;
    this.#unsent = [];
    this.held = 0;
    for (const { bytes, copy, sent } of unsent) {
      if (Buffer.compare(bytes, copy) !== 0) throw new Error('bytes were changed before sent');
      sent?.();
    }
  }

  #begin(status: number, fields: HttpFields): void {
    if (this.status !== 0) throw new Error('answered twice');
    this.status = status;
    this.fields = new Map(fields.map(([name, value]) => [name, value]));
    if (this.fields.size !== fields.length) throw new Error('a field twice');
  }
}

/** Lets the responder answer, and the peer take everything as fast as it comes. */
export async function exchangeWith(
  responder: HttpResponder,
  request: FakeRequest,
  vhost: VhostView,
): Promise<FakeExchange> {
  const exchange = new FakeExchange(request, vhost);
  const answer = responder.respond(exchange);
  if (answer === undefined) return exchange;
  if (answer.kind !== 'answer') throw new Error('a mount takes no upgrade');
  const end = Date.now() + 10_000;
  while (!exchange.ended && exchange.aborted === undefined) {
    // a thread pool of a busy machine takes its time
    if (Date.now() > end) throw new Error('no answer in 10 s');
    exchange.serve(answer);
    exchange.send();
    if (!exchange.wantsWriteable) await new Promise((later) => setImmediate(later));
  }
  answer.done(undefined);
  return exchange;
}
