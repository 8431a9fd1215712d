/** A request whose whole answer is collected. */
import { ConnectionWsi } from '@lws-ts/core';
import {
  type BoundProtocol,
  type ClientRoleState,
  type CodedError,
  type ConnectCall,
  type ContextView,
  type HttpFields,
  interfaceErrors,
  LwsError,
  type RoleHost,
  type VhostView,
  type Wsi,
} from '@lws-ts/interface';
import { httpErrors } from '../errors.ts';
import type { ClientAnswer } from './client-answer.ts';
import { OutgoingRequest, toldError } from './outgoing-request.ts';
import { requestMethod } from './request-method.ts';
import type { RequestOwner } from './request-owner.ts';
import { idleTransportsOf } from './vhost-idle.ts';

/** A context, as far as a request needs one. */
export interface RequestContext {
  readonly clock: ContextView['clock'];
  readonly vhosts: readonly VhostView[];
  readonly prepareClient: ContextView['prepareClient'];
  connect(options: never): unknown;
}

/** What {@link httpRequest} takes besides the options of `connect`. */
export interface HttpRequestOptions {
  /** The most that the body of the answer may have, in bytes; a larger one fails the request. @defaultValue 1048576 */
  readonly maxAnswerBytes?: number;
}

/** A whole answer. */
export interface HttpAnswerReceived {
  readonly status: number;
  /** In order, names in lower case. */
  readonly fields: HttpFields;
  /** The caller's. */
  readonly body: Uint8Array;
  /** Fields that stood behind the body. */
  readonly trailers: HttpFields;
  /** First field of that name, any case. */
  header(name: string): string | undefined;
  /** The body as UTF-8. */
  text(): string;
}

/** See `httpRequest`. */
export async function requestWhole<C extends RequestContext>(
  context: C,
  options: Parameters<C['connect']>[0] & HttpRequestOptions,
): Promise<HttpAnswerReceived> {
  const { maxAnswerBytes = 1_048_576, ...asked } = options as HttpRequestOptions & {
    readonly vhost?: string;
    readonly signal?: AbortSignal;
  };
  if (!(Number.isSafeInteger(maxAnswerBytes) && maxAnswerBytes >= 0))
    throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `maxAnswerBytes is ${maxAnswerBytes}`);
  const { vhost: name, signal } = asked;
  const vhost = context.vhosts.find((one) => name === undefined || one.name === name);
  if (vhost === undefined)
    throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `there is no vhost ${name ?? 'at all'}`);
  const make = context.prepareClient(vhost, asked);
  return new Promise((resolve, reject) => {
    make((host, call) => {
      const idle = idleTransportsOf(vhost, context.clock);
      const settle = { resolve, reject, signal };
      return new CollectedRequest(host, call, maxAnswerBytes, settle).begin(idle);
    });
  });
}

interface Settle {
  resolve(answer: HttpAnswerReceived): void;
  reject(error: LwsError): void;
  readonly signal: AbortSignal | undefined;
}

/** Nobody's: it has neither session nor handlers. */
const nobody: BoundProtocol = Object.freeze({
  name: '',
  spec: { name: 'nobody' },
  flags: {},
  vhostData: undefined,
  requestWriteableAll: () => undefined,
});

class CollectedRequest implements RequestOwner {
  readonly wsi: Wsi<unknown, unknown>;
  readonly unread = false;
  readonly #host: RoleHost;
  readonly #call: ConnectCall;
  readonly #most: number;
  readonly #settle: Settle;
  readonly #pieces: Uint8Array[] = [];
  readonly #onAbort: () => void;
  #length = 0;
  #request: OutgoingRequest | undefined = undefined;
  #answer: Pick<HttpAnswerReceived, 'status' | 'fields'> = { status: 0, fields: [] };

  constructor(host: RoleHost, call: ConnectCall, most: number, settle: Settle) {
    this.wsi = new ConnectionWsi(host, nobody);
    this.#host = host;
    this.#call = call;
    this.#most = most;
    this.#settle = settle;
    this.#onAbort = () => this.#request?.abort();
  }

  begin(idle: ReturnType<typeof idleTransportsOf>): ClientRoleState {
    const method = requestMethod(this.#call);
    this.#request = new OutgoingRequest(this.#host, this.#call, this, idle, method);
    return this.#request.transaction;
  }

  fields(): HttpFields {
    return [];
  }

  writeable(): void {}

  judge(answer: ClientAnswer): void {
    const fields: (readonly [string, string])[] = [];
    answer.each((name, value) => fields.push([name, value]));
    this.#answer = { status: answer.status, fields };
    if (answer.contentLength > this.#most)
      this.#host.giveUp(
        new LwsError(httpErrors.LWS_ERR_HTTP_ANSWER_LIMIT, `${answer.contentLength} bytes`),
      );
  }

  answered(): void {
    this.#settle.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  data(bytes: Uint8Array, start: number, end: number): number {
    this.#length += end - start;
    if (this.#length > this.#most) {
      this.#host.report(httpErrors.LWS_ERR_HTTP_ANSWER_LIMIT);
      this.#request?.abort(httpErrors.LWS_ERR_HTTP_ANSWER_LIMIT);
    } else this.#pieces.push(Uint8Array.prototype.slice.call(bytes, start, end));
    return end;
  }

  complete(trailers: HttpFields): void {
    const { status, fields } = this.#answer;
    const body = joined(this.#pieces, this.#length);
    this.#settle.resolve({
      status,
      fields,
      body,
      trailers,
      header: (name) => fields.find(([one]) => one === name.toLowerCase())?.[1],
      text: () => new TextDecoder().decode(body),
    });
  }

  timer(): void {}

  gone(error: CodedError | undefined): void {
    this.#settle.signal?.removeEventListener('abort', this.#onAbort);
    if (error !== undefined) this.#settle.reject(toldError(error));
  }
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const body = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    body.set(piece, at);
    at += piece.length;
  }
  return body;
}
