/**
 * One HTTP request of a client and the body of its answer: sent over a {@link ClientTransaction}, read here to its
 * last byte, and only then is its connection free for another. What is sent and who reads is its owner's.
 */
import { coreErrors } from '@lws-ts/core';
import {
  type ClientRoleState,
  type ClientTarget,
  type CodedError,
  type ConnectCall,
  type HttpFields,
  LwsError,
  type RoleHost,
  type RoleState,
  type TimeoutReason,
  type Wsi,
} from '@lws-ts/interface';
import { httpErrors } from '../errors.ts';
import { AnswerBody } from './answer-body.ts';
import { AskedRequest } from './asked-request.ts';
import type { ClientAnswer } from './client-answer.ts';
import type { ClientRequester } from './client-requester.ts';
import { ClientTransaction } from './client-transaction.ts';
import { connectOptionsOf, type ResolvedHttpConnectOptions } from './connect-options.ts';
import type { IdleTransports } from './idle-transports.ts';
import { OutgoingBody } from './outgoing-body.ts';
import { idempotentMethods } from './pipeline.ts';
import type { RequestOwner } from './request-owner.ts';
import { TransportReuse } from './transport-reuse.ts';
import type { WaitingRequest } from './waiting-request.ts';

const ASKING = 0;
const READING = 1;
/** All of the answer came, and some of it waits to be read. */
const UNREAD = 2;
const COMPLETE = 3;
const GONE = 4;

/** A request and the body of its answer: made by `outgoingRequest()`. */
export class OutgoingRequest implements ClientRequester, RoleState {
  readonly name = 'http';
  readonly transaction: ClientRoleState;
  readonly #host: RoleHost;
  readonly #owner: RequestOwner;
  readonly #options: ResolvedHttpConnectOptions;
  readonly #transaction: ClientTransaction;
  readonly #reuse: TransportReuse;
  /** What the program sends. */
  readonly body: OutgoingBody;
  readonly #asked: AskedRequest;
  #phase = ASKING;
  #answer: ClientAnswer | undefined = undefined;
  #incoming: AnswerBody | undefined = undefined;
  /** The owner did not take what there is. */
  #held = false;
  /** The owner is full, and the server not read from. */
  #stopped = false;
  /** No request can follow on the connection. */
  #closes = false;
  #fault: CodedError | undefined = undefined;

  constructor(
    host: RoleHost,
    call: ConnectCall,
    owner: RequestOwner,
    idle: IdleTransports,
    method: string,
  ) {
    const options = connectOptionsOf(call);
    this.#host = host;
    this.#owner = owner;
    this.#options = options;
    this.#asked = new AskedRequest(method, options.requestBody);
    this.body = new OutgoingBody(host);
    this.#transaction = new ClientTransaction(host, call, this, idle);
    this.transaction = this.#transaction;
    this.#reuse = new TransportReuse(host, this.#transaction, idle, options);
  }

  get wsi(): Wsi<unknown, unknown> {
    return this.#owner.wsi;
  }

  get authority(): string | undefined {
    return this.#owner.authority;
  }

  get targetPath(): string | undefined {
    return this.#owner.targetPath;
  }

  get tail(): Uint8Array | undefined {
    return this.#owner.tail;
  }

  get atOnce(): boolean {
    return this.#owner.atOnce === true;
  }

  get method(): string {
    return this.#asked.method;
  }

  /** The options have a body for it. */
  get hasBody(): boolean {
    return this.#asked.hasBody;
  }

  get repeatable(): boolean {
    return this.#asked.isRepeatable(this.body.begun);
  }

  /** The owner takes again. */
  resume(): void {
    // never inside a call of the program's: what follows is told in the turn
    if (this.#phase === UNREAD) this.#host.forceService();
    if (this.#phase !== READING) return;
    this.#held = false;
    this.#host.setTimeout('http-content', this.#options.responseIdleSecs);
    if (this.#stopped) this.#host.rxFlowControl(true);
    this.#stopped = false;
    this.#host.forceService();
  }

  /** The owner wants to be told again, in the turn that follows, of what it did not read. */
  offerAgain(): void {
    if (this.#phase === READING || this.#phase === UNREAD) this.#host.forceService();
  }

  /** @param error what the owner is told of it */
  abort(error: CodedError = coreErrors.LWS_ERR_CONNECT_ABORTED): void {
    this.#fault ??= error;
    this.#host.abort();
  }

  // ---- the request

  fields(target: ClientTarget): HttpFields {
    this.body.reset();
    if (this.#asked.hasBody) this.body.announce(this.#asked.bodyLength);
    const asked = this.#owner.fields(target);
    const closes: HttpFields = this.#options.keepWarmSecs > 0 ? [] : [['connection', 'close']];
    const framing = this.body.fields(this.method);
    if (framing.length + closes.length === 0) return asked;
    return [...asked, ...framing, ...closes];
  }

  requested(): void {
    this.#asked.begin();
    this.#host.setTimeout('server-response', this.#options.responseTimeoutSecs);
    if (!this.#asked.send(this.body, this.#host) && this.body.pending)
      this.#host.requestWriteable();
    if (this.#options.pipeline && !this.body.pending && idempotentMethods.has(this.method))
      this.#reuse.open();
  }

  get bodyless(): boolean {
    return !this.body.announced;
  }

  precedes(behind: readonly WaitingRequest[]): void {
    this.#reuse.precedes(behind);
  }

  turn(): void {
    if (this.#phase < COMPLETE && !this.#closes && this.#answer?.keepAlive !== false)
      this.#reuse.pump();
  }

  left(): void {
    this.#reuse.drop();
  }

  redirected(status: number): void {
    this.#asked.redirected(status);
  }

  writeable(): void {
    if (this.#phase === ASKING)
      this.#host.setTimeout('server-response', this.#options.responseTimeoutSecs);
    if (!this.#asked.send(this.body, this.#host)) this.#owner.writeable();
  }

  // ---- the answer

  answered(answer: ClientAnswer, rest: Uint8Array): void {
    const host = this.#host;
    this.#answer = answer;
    if (answer.status === 101) {
      this.#refuse(httpErrors.LWS_ERR_HTTP_CLIENT_UPGRADE);
      return;
    }
    this.#owner.judge(answer);
    if (!host.open) return;
    this.#incoming = new AnswerBody(answer, this.method, this);
    this.#phase = READING;
    host.established();
    if (this.#isWhole(answer, rest)) {
      host.become(() => this, nothing);
      this.#owner.answered(true);
      this.rx(rest);
      return;
    }
    host.become(() => this, rest);
    host.setTimeout('http-content', this.#options.responseIdleSecs);
    this.#owner.answered(false);
    if (this.body.pending) host.requestWriteable();
    // an answer without a body is complete when nothing more comes, in the turn that follows
    if (this.#incoming.complete) host.forceService();
  }

  failed(error: CodedError): void {
    this.#end(this.#fault ?? error);
  }

  /** For an owner that expects it: a small answer that came in one piece is told in one go. */
  #isWhole({ contentLength }: ClientAnswer, rest: Uint8Array): boolean {
    return (
      this.atOnce &&
      contentLength > 0 &&
      rest.length >= contentLength &&
      contentLength <= wholeBytes &&
      !this.body.pending &&
      this.#incoming?.complete === false &&
      this.#host.mayDeliver
    );
  }

  /** Owned by the body that is read. */
  data(bytes: Uint8Array, start: number, end: number): number {
    if (this.#phase !== READING || !this.#host.mayDeliver) return start;
    this.#host.delivered();
    const taken = this.#owner.data(bytes, start, end);
    this.#held = taken < end;
    return taken;
  }

  rx(bytes: Uint8Array): number {
    if (this.#phase !== READING) {
      // of those behind it: kept until they have the connection
      if (this.#reuse.followed && this.#phase === UNREAD) return 0;
      this.#reuse.exceeds(bytes.length);
      return bytes.length;
    }
    const incoming = this.#incoming as AnswerBody;
    const taken = incoming.push(bytes);
    if (taken > 0) this.#host.setTimeout('http-content', this.#options.responseIdleSecs);
    // the owner gave it up
    if (this.#fault !== undefined) return bytes.length;
    const { violation } = incoming;
    if (violation !== undefined) this.#break(violation);
    else if (incoming.complete) {
      const { followed } = this.#reuse;
      this.#reuse.cameBehind(bytes, taken);
      this.#allCame();
      this.#reuse.forget();
      return followed && (this.#phase as number) === UNREAD ? taken : bytes.length;
    } else if (this.#owner.full === true) {
      this.#stopped = true;
      this.#host.rxFlowControl(false);
    }
    return taken;
  }

  service(): boolean {
    this.turn();
    if (this.#phase === READING || this.#phase === UNREAD) this.#owner.offer?.();
    const whole = this.#phase === READING && this.#incoming?.complete === true;
    if (whole || this.#phase === UNREAD) this.#allCame();
    return false;
  }

  peerEnded(): void {
    this.#closes = true;
    if (this.#phase !== READING) return;
    if (this.#incoming?.endsWithConnection === true) this.#allCame();
    else this.#break(httpErrors.LWS_ERR_HTTP_ANSWER_CUT);
  }

  timeout(reason: TimeoutReason): void {
    if (reason === 'server-response') this.#judgeSilence();
    else if (this.#held || this.#owner.unread || !this.#host.rxFlowing)
      this.#host.setTimeout('http-content', this.#options.responseIdleSecs);
    else if (this.#phase === READING) this.#break(httpErrors.LWS_ERR_HTTP_ANSWER_IDLE);
  }

  timer(): void {
    this.#owner.timer();
  }

  drained(): void {}

  /** A request that is out has its answer read; what is not sent of it goes nowhere any more. */
  closing(): boolean {
    if (this.#phase !== READING && this.#phase !== UNREAD) return false;
    if (this.body.pending) this.abort();
    return true;
  }

  threw(): void {
    this.abort(httpErrors.LWS_ERR_HTTP_HANDLER);
  }

  leaving(): void {}

  gone(error: CodedError | undefined): void {
    const cut = this.#fault ?? error ?? httpErrors.LWS_ERR_HTTP_ANSWER_CUT;
    this.#end(this.#phase === COMPLETE ? undefined : cut);
  }

  /** While there is no answer. What the program is slow with is not the server's fault. */
  #judgeSilence(): void {
    if (this.body.pending && this.#host.pendingBytes === 0 && !this.#asked.hasBody)
      this.#host.setTimeout('server-response', this.#options.responseTimeoutSecs);
    else this.#refuse(httpErrors.LWS_ERR_HTTP_RESPONSE_TIMEOUT);
  }

  /** There is no answer, or none that can be used. */
  #refuse(error: CodedError): void {
    if (this.repeatable) this.#host.fail(error);
    else this.#host.giveUp(error);
  }

  /** The answer was begun, and cannot be believed to its end. */
  #break(error: CodedError): void {
    this.#fault = error;
    this.#host.fail(error);
  }

  #allCame(): void {
    if (this.#owner.unread) this.#phase = UNREAD;
    else this.#complete();
  }

  #complete(): void {
    const host = this.#host;
    const incoming = this.#incoming as AnswerBody;
    // before a handler can throw the table away
    const kept =
      !this.#closes &&
      !incoming.endsWithConnection &&
      this.#answer?.keepAlive === true &&
      this.#options.keepWarmSecs > 0;
    this.#phase = COMPLETE;
    host.clearTimeout();
    this.#owner.complete(incoming.trailers);
    this.#reuse.settle(kept, this.body.pending);
  }

  #end(error: CodedError | undefined): void {
    if (this.#phase === GONE) return;
    this.#phase = GONE;
    try {
      this.#owner.gone(error);
    } finally {
      this.#answer?.detach();
      const { passedOn } = this.#reuse;
      this.#transaction.release(passedOn);
      if (!passedOn) this.left();
    }
  }
}

const nothing = new Uint8Array(0);
/** An answer that is told in one go is not longer, in bytes. */
const wholeBytes = 16_384;

/** An error as a program is told it. */
export function toldError(error: CodedError): LwsError {
  return error instanceof LwsError ? error : new LwsError(error);
}
