/**
 * The HTTP/1.1 role of one connection: reads heads and bodies, gives each request to whoever answers it, one
 * after the other, and goes on, ends, or becomes another role. How answers look is the exchange's business.
 */
import type {
  CodedError,
  ContextView,
  HttpAnswer,
  HttpBodySink,
  HttpFields,
  KeptHeaders,
  RoleHost,
  RoleState,
  TimeoutReason,
  UpgradeAnswer,
} from '@lws-ts/interface';
import { httpErrors } from './errors.ts';
import { allowedMethods, type RequestHeadReader } from './framing/index.ts';
import { type ExchangeOwner, H1Exchange } from './h1-exchange.ts';
import { assertStep, DRAIN, EXCHANGE, FLUSH, HEAD, IDLE, OVER, WAITING } from './h1-phase.ts';
import { H1Request } from './h1-request.ts';
import type { HeaderTablePool, TableWaiter } from './header-table-pool.ts';
import { type HttpSite, siteOf } from './http-site.ts';
import { KeptTable } from './kept-table.ts';
import { errorPage, writeRefusalBytes } from './refusal.ts';

/** What of an unread request body is dropped to keep the connection: bytes, seconds. */
const DRAIN_BYTES = 65_536;
const DRAIN_SECS = 1;
/** How often progress is judged while a body comes in or an answer goes out, in seconds. */
const WATCH_SECS = 10;
/** The mean that a request body has to keep up, bytes a second, and when it has to be complete. */
const BODY_RATE = 256;
const BODY_SECS = 300;
/** The mean at which a peer has to take an answer, bytes a second, over as many watches. */
const ANSWER_RATE = 1024;
const ANSWER_WATCHES = 3;

/** Which deadline runs. */
const NO_DEADLINE = 0;
const HEAD_DEADLINE = 1;
const IDLE_DEADLINE = 2;
const WATCH = 3;

const continueLine = Uint8Array.from('HTTP/1.1 100 Continue\r\n\r\n', (char) => char.charCodeAt(0));
const noFields: HttpFields = [];
const allowField: HttpFields = [['allow', allowedMethods]];

export class H1Connection implements RoleState, ExchangeOwner, TableWaiter {
  readonly name = 'h1';
  readonly host: RoleHost;
  readonly #context: ContextView;
  /** Of the vhost that the connection arrived at: heads are read by its limits. */
  readonly #tables: HeaderTablePool;
  #site: HttpSite;
  /** The host that `#site` was chosen by; undefined before the first request. */
  #authority: string | undefined;
  #phase: number;
  #deadline: number;
  #reader: RequestHeadReader | undefined;
  #kept: KeptTable | undefined;
  #exchange: H1Exchange | undefined;
  #answer: HttpAnswer | undefined;
  #sink: HttpBodySink | undefined;
  #bodyLeft: number;
  /** The body is due only after a 100 that was not sent yet. */
  #continueOwed: boolean;
  #served: number;
  /** No request follows the current one. */
  #ending: boolean;
  /** A responder or sink is being called: what it completes is looked at when it returns. */
  #calling: boolean;
  /** `rx` is running: it looks after the table itself when it is done. */
  #reading: boolean;
  #wantsWriteable: boolean;
  #written: number;
  #watchedSent: number;
  #watchedBody: number;
  #slowWatches: number;
  #bodySince: number;

  constructor(host: RoleHost, context: ContextView) {
    this.host = host;
    this.#context = context;
    this.#site = siteOf(host.vhost);
    this.#tables = this.#site.tables;
    this.#authority = undefined;
    this.#phase = IDLE;
    this.#deadline = NO_DEADLINE;
    this.#reader = undefined;
    this.#kept = undefined;
    this.#exchange = undefined;
    this.#answer = undefined;
    this.#sink = undefined;
    this.#bodyLeft = 0;
    this.#continueOwed = false;
    this.#served = 0;
    this.#ending = false;
    this.#calling = false;
    this.#reading = false;
    this.#wantsWriteable = false;
    this.#written = 0;
    this.#watchedSent = 0;
    this.#watchedBody = 0;
    this.#slowWatches = 0;
    this.#bodySince = 0;
    host.vhost.counters.h1_conn++;
    this.#arm(HEAD_DEADLINE, 'http-head', this.#site.options.timeoutSecs);
  }

  // ---- what core calls

  rx(bytes: Uint8Array): number {
    this.#reading = true;
    const at = this.#read(bytes);
    this.#reading = false;
    if (this.#phase === IDLE) this.#rest();
    return at;
  }

  writeable(): void {
    this.#wantsWriteable = false;
    if (this.#phase === FLUSH) {
      if (this.host.transport.bufferedBytes === 0) this.#finish();
      else this.host.requestWriteable();
      return;
    }
    const exchange = this.#exchange;
    if (this.#phase !== EXCHANGE || exchange === undefined) return;
    if (this.#answer === undefined || exchange.ended) return;
    this.#calling = true;
    exchange.serve(this.#answer);
    this.#calling = false;
    this.#settle();
  }

  service(): boolean {
    // While it is told to end, core asks nobody to write: the rest of the answer goes out from here.
    if (this.#wantsWriteable && this.#mayServe()) this.writeable();
    this.#settle();
    return this.#wantsWriteable && this.#mayServe();
  }

  timeout(reason: TimeoutReason): void {
    this.#deadline = NO_DEADLINE;
    if (reason === 'http-head') this.#headTimeout();
    else if (reason === 'http-keepalive-idle') this.#idleTimeout();
    else this.#watch();
  }

  timer(): void {}

  peerEnded(): void {
    if (this.#phase === EXCHANGE && this.#bodyLeft === 0) {
      this.#ending = true;
      return;
    }
    if (this.#phase !== FLUSH) this.#finish();
  }

  drained(): void {
    if (this.#wantsWriteable && this.#mayServe()) this.host.forceService();
  }

  closing(): boolean {
    if (this.#phase === EXCHANGE) {
      this.#ending = true;
      if (this.#wantsWriteable) this.host.forceService();
      return true;
    }
    this.#over();
    return false;
  }

  threw(): void {
    this.#calling = false;
    this.#reading = false;
    if (this.#phase === OVER) {
      this.host.abort();
      return;
    }
    const untouched = this.#exchange?.untouched === true;
    if (untouched) this.#sendRefusal(500, noFields);
    this.#over();
    if (untouched) this.host.finish();
    else this.host.abort();
    this.#conclude(httpErrors.LWS_ERR_HTTP_HANDLER);
  }

  leaving(): void {}

  gone(error: CodedError | undefined): void {
    this.#over();
    this.#conclude(error ?? httpErrors.LWS_ERR_HTTP_PEER_GONE);
  }

  // ---- what the exchange and the pool call

  get site(): HttpSite {
    return this.#site;
  }

  get mayKeepAlive(): boolean {
    return (
      !this.#ending &&
      this.host.open &&
      this.#served < this.#site.options.maxRequestsPerConnection &&
      // A body that the peer still waits to send, or that is too long to drop, would come as the next request.
      !this.#continueOwed &&
      (this.#bodyLeft <= DRAIN_BYTES || this.#sink !== undefined) &&
      this.#reader?.keepAlive === true
    );
  }

  wrote(bytes: number): void {
    this.#written += bytes;
  }

  answered(): void {
    if (!this.#calling) this.host.forceService();
  }

  askWriteable(): void {
    this.#wantsWriteable = true;
    if (this.#deadline === NO_DEADLINE) this.#startWatch();
    if (this.host.open) this.host.requestWriteable();
    else this.host.forceService();
  }

  readBody(sink: HttpBodySink): void {
    if (this.#bodyLeft === 0) {
      sink.complete(noFields);
      return;
    }
    this.#sink = sink;
    if (this.#continueOwed) {
      this.#continueOwed = false;
      const into = this.host.reserve(continueLine.length);
      into.set(continueLine, this.host.reservedAt);
      this.host.commit(continueLine.length);
      this.wrote(continueLine.length);
    }
    if (!this.#calling) this.host.forceService();
  }

  aborted(error: CodedError): void {
    this.host.fail(error);
    this.#over();
  }

  keepHeaders(request: H1Request): KeptHeaders {
    const reader = this.#reader;
    if (reader !== undefined) {
      this.#reader = undefined;
      this.#kept = new KeptTable(request, reader, this.#tables);
    }
    return this.#kept as KeptTable;
  }

  tableGiven(reader: RequestHeadReader): void {
    this.#reader = reader;
    this.#enter(HEAD);
    this.host.rxFlowControl(true);
  }

  // ---- heads

  /** Takes what it can in order: heads, bodies, what is dropped. */
  #read(bytes: Uint8Array): number {
    const end = bytes.length;
    let at = 0;
    while (at < end) {
      const phase = this.#phase;
      const before = at;
      if (phase === IDLE || phase === HEAD) {
        if (!this.host.mayDeliver || !this.#haveTable()) break;
        at = this.#readHead(bytes, at);
      } else if (phase === EXCHANGE) {
        at = this.#deliverBody(bytes, at);
        if (at === before && this.#phase === EXCHANGE) break;
      } else if (phase === DRAIN) at = this.#dropBody(at, end);
      else if (phase === WAITING) break;
      else return end;
    }
    return at;
  }

  #haveTable(): boolean {
    this.#reader ??= this.#tables.take();
    if (this.#reader !== undefined) {
      if (this.#phase === IDLE) this.#enter(HEAD);
      return true;
    }
    this.#enter(WAITING);
    this.#tables.wait(this);
    this.#armHead();
    this.host.rxFlowControl(false);
    return false;
  }

  #readHead(bytes: Uint8Array, at: number): number {
    const reader = this.#reader as RequestHeadReader;
    const next = reader.push(bytes, at, bytes.length);
    if (reader.complete) {
      this.host.delivered();
      this.#begin(reader, bytes, next);
    } else if (reader.violation !== undefined) this.#refuse(reader.violation);
    else this.#armHead();
    return next;
  }

  #begin(reader: RequestHeadReader, bytes: Uint8Array, next: number): void {
    this.#enter(EXCHANGE);
    if (this.#deadline !== NO_DEADLINE) this.#disarm();
    this.#chooseSite(reader);
    this.#served++;
    this.host.vhost.counters.h1_trans++;
    this.#exchange = new H1Exchange(this, new H1Request(reader));
    this.#bodyLeft = Math.max(0, reader.contentLength);
    const error = this.#judge(reader);
    if (error !== undefined) {
      this.#refuse(error);
      return;
    }
    if (this.#bodyLeft > 0) {
      this.#bodySince = this.#context.clock.now();
      this.#startWatch();
    }
    this.#ask(this.#exchange, bytes, next);
    this.#settle();
  }

  #chooseSite(reader: RequestHeadReader): void {
    if (this.#authority !== undefined && reader.authorityIs(this.#authority)) return;
    this.#authority = reader.authority;
    this.#site = siteOf(this.host.selectVhost(this.#authority));
  }

  /** RFC 9110 §10.1.1, §15.5.14. */
  #judge(reader: RequestHeadReader): CodedError | undefined {
    this.#continueOwed = false;
    if (reader.expects) {
      const { table } = reader;
      for (let field = table.find('expect'); field >= 0; field = table.find('expect', field + 1))
        if (!table.equalsToken(table.valueStart(field), table.valueEnd(field), '100-continue'))
          return httpErrors.LWS_ERR_HTTP_EXPECTATION;
      this.#continueOwed = this.#bodyLeft > 0;
    }
    if (this.#bodyLeft > this.#site.options.maxHttpBodySize)
      return httpErrors.LWS_ERR_HTTP_BODY_LIMIT;
    return undefined;
  }

  // ---- who answers

  #ask(exchange: H1Exchange, bytes: Uint8Array, next: number): void {
    this.#calling = true;
    const answer = this.#firstAnswer(exchange);
    this.#calling = false;
    if (this.#phase !== EXCHANGE) return;
    if (answer === undefined) {
      if (exchange.untouched) this.#answerNotFound(exchange);
    } else if (answer.kind === 'answer') this.#answer = answer;
    else if (answer.kind === 'refuse')
      this.#refuse(answer.error, answer.status, answer.fields, answer.detail);
    else if (this.#bodyLeft > 0) this.#refuse(httpErrors.LWS_ERR_HTTP_UPGRADE_BODY);
    else this.#upgrade(answer, bytes.subarray(next));
  }

  /** Responders, then for an upgrade the roles, then the responders again: now it is a plain request. */
  #firstAnswer(exchange: H1Exchange): HttpAnswer | UpgradeAnswer | undefined {
    const answer = this.#firstResponse(exchange);
    if (answer !== undefined || !exchange.untouched || !exchange.request.upgrade) return answer;
    for (const role of this.#context.roles) {
      const upgrade = role.acceptUpgrade?.(exchange);
      if (upgrade !== undefined) return upgrade;
    }
    exchange.request.makePlain();
    return this.#firstResponse(exchange);
  }

  #firstResponse(exchange: H1Exchange): HttpAnswer | UpgradeAnswer | undefined {
    const { responders } = this.#context;
    for (let each = 0; each < responders.length; each++) {
      const answer = responders[each]?.respond(exchange);
      if (answer !== undefined || !exchange.untouched) return answer;
    }
    return undefined;
  }

  #answerNotFound(exchange: H1Exchange): void {
    const error = httpErrors.LWS_ERR_HTTP_NOT_FOUND;
    this.host.report(error);
    const page = errorPage(404, noFields);
    this.#calling = true;
    exchange.reply(404, page.fields, page.body);
    this.#calling = false;
  }

  #upgrade(answer: UpgradeAnswer & { readonly kind: 'take' }, rest: Uint8Array): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    exchange?.cut();
    this.#enter(OVER);
    this.#disarm();
    this.host.become((host) => answer.start(host), rest);
    if (this.#kept === undefined) {
      exchange?.request.detach();
      this.#giveTable();
    }
  }

  // ---- bodies

  #deliverBody(bytes: Uint8Array, at: number): number {
    const sink = this.#sink;
    if (sink === undefined || this.#bodyLeft === 0 || !this.host.mayDeliver) return at;
    const length = Math.min(this.#bodyLeft, bytes.length - at);
    this.#bodyLeft -= length;
    this.host.delivered();
    this.#calling = true;
    sink.chunk(new Uint8Array(bytes.buffer, bytes.byteOffset + at, length));
    if (this.#bodyLeft === 0 && this.#sink === sink) {
      this.#sink = undefined;
      sink.complete(noFields);
    }
    this.#calling = false;
    this.#settle();
    return at + length;
  }

  #dropBody(at: number, end: number): number {
    const length = Math.min(this.#bodyLeft, end - at);
    this.#bodyLeft -= length;
    if (this.#bodyLeft === 0) {
      this.#disarm();
      this.#enter(IDLE);
    }
    return at + length;
  }

  // ---- what comes after an answer

  /** Goes on when the answer became complete in the call that just returned, or before. */
  #settle(): void {
    const exchange = this.#exchange;
    if (exchange?.ended !== true || this.#phase !== EXCHANGE) return;
    const closes = exchange.closes || this.#ending || this.#bodyLeft > DRAIN_BYTES;
    this.#conclude(undefined);
    if ((this.#phase as number) !== EXCHANGE) return;
    if (this.#deadline !== NO_DEADLINE) this.#disarm();
    if (closes) this.#flush();
    else if (this.#bodyLeft > 0) {
      this.#giveTable();
      this.#enter(DRAIN);
      this.#arm(WATCH, 'http-content', DRAIN_SECS);
    } else {
      this.#enter(IDLE);
      if (this.#tables.contended) this.#giveTable();
      else this.#reader?.reset();
      // Outside rx nothing else would see to it that the table goes back.
      if (!this.#reading) this.#rest();
    }
  }

  /** Between requests: no header table, and not for long. */
  #rest(): void {
    this.#giveTable();
    if (this.#deadline === NO_DEADLINE && this.#served > 0)
      this.#arm(IDLE_DEADLINE, 'http-keepalive-idle', this.#site.options.keepaliveTimeout);
  }

  /** Ends the connection once the peer has taken what is on its way. */
  #flush(): void {
    this.#giveTable();
    if (!this.host.open || this.host.transport.bufferedBytes === 0) {
      this.#finish();
      return;
    }
    this.#enter(FLUSH);
    this.#startWatch();
    this.host.requestWriteable();
  }

  #refuse(
    error: CodedError,
    status: number = error.status ?? 500,
    fields: HttpFields = error === httpErrors.LWS_ERR_HTTP_METHOD_NOT_ALLOWED
      ? allowField
      : noFields,
    detail?: string,
  ): void {
    this.#sendRefusal(status, fields);
    this.host.vhost.counters.rejected++;
    this.host.report(error, detail);
    this.#finish(error);
  }

  /** Unless an answer was begun: there is only one. */
  #sendRefusal(status: number, fields: HttpFields): void {
    if (this.#exchange?.untouched === false) return;
    const method = this.#exchange?.request.method ?? this.#reader?.method;
    this.wrote(writeRefusalBytes(this.host, status, fields, method !== 'HEAD'));
  }

  /** Nothing more is said: FIN behind what was. */
  #finish(error: CodedError = httpErrors.LWS_ERR_HTTP_PEER_GONE): void {
    this.#over();
    this.host.finish();
    this.#conclude(error);
  }

  /** The exchange is over, for the responder too. Its `done` comes exactly once. */
  #conclude(error: CodedError | undefined): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    const answer = this.#answer;
    this.#exchange = undefined;
    this.#answer = undefined;
    this.#sink = undefined;
    this.#wantsWriteable = false;
    const complete = exchange.ended;
    exchange.cut();
    try {
      answer?.done(complete ? undefined : error);
    } finally {
      exchange.request.detach();
      this.#kept?.release();
      this.#kept = undefined;
      if (this.#phase === OVER) this.#giveTable();
      else if (!this.host.rxFlowing) this.host.rxFlowControl(true);
    }
  }

  #over(): void {
    if (this.#phase === OVER) return;
    if (this.#phase === WAITING) this.#tables.forget(this);
    this.#enter(OVER);
    this.#disarm();
    if (this.#exchange === undefined) this.#giveTable();
  }

  #giveTable(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    this.#reader = undefined;
    this.#tables.give(reader);
  }

  #mayServe(): boolean {
    return !this.host.open && this.host.room && this.host.transport.bufferedBytes === 0;
  }

  // ---- deadlines

  #headTimeout(): void {
    if (this.#phase === WAITING) this.#refuse(httpErrors.LWS_ERR_HTTP_HEADER_POOL);
    else if (this.#reader?.begun === true) this.#refuse(httpErrors.LWS_ERR_HTTP_HEAD_TIMEOUT);
    else this.#finish();
  }

  #idleTimeout(): void {
    if (this.#phase !== IDLE) return;
    // A peer that is busy taking its answer is not idle, but it is not waited for longer than to the end of it.
    this.#flush();
  }

  /** Progress of both directions, while a body comes in or an answer goes out. */
  #watch(): void {
    if (this.#phase === DRAIN) {
      this.host.report(httpErrors.LWS_ERR_HTTP_BODY_UNREAD);
      this.#finish();
    } else if (this.#answerStalled()) this.aborted(httpErrors.LWS_ERR_HTTP_STALLED);
    else if (this.#bodyStalled()) this.#bodyTimeout();
    else if (this.#phase === EXCHANGE || this.#phase === FLUSH)
      this.#arm(WATCH, 'http-content', WATCH_SECS);
  }

  #startWatch(): void {
    this.#watchedSent = this.#written - this.host.pendingBytes;
    this.#watchedBody = this.#bodyLeft;
    this.#slowWatches = 0;
    this.#arm(WATCH, 'http-content', WATCH_SECS);
  }

  #answerStalled(): boolean {
    const pending = this.host.pendingBytes;
    const sent = this.#written - pending;
    const moved = sent - this.#watchedSent;
    this.#watchedSent = sent;
    if (pending === 0 || moved >= ANSWER_RATE * WATCH_SECS) this.#slowWatches = 0;
    else this.#slowWatches++;
    return this.#slowWatches >= ANSWER_WATCHES;
  }

  #bodyStalled(): boolean {
    const moved = this.#watchedBody - this.#bodyLeft;
    this.#watchedBody = this.#bodyLeft;
    // Only the peer's own slowness counts: not that the responder does not read.
    if (this.#phase !== EXCHANGE || this.#sink === undefined || !this.host.rxFlowing) return false;
    const elapsed = this.#context.clock.now() - this.#bodySince;
    return moved < BODY_RATE * WATCH_SECS || elapsed >= BODY_SECS * 1000;
  }

  #bodyTimeout(): void {
    const error = httpErrors.LWS_ERR_HTTP_BODY_TIMEOUT;
    if (this.#exchange?.untouched === true) this.#refuse(error);
    else this.aborted(error);
  }

  #armHead(): void {
    if (this.#deadline === HEAD_DEADLINE) return;
    this.#arm(HEAD_DEADLINE, 'http-head', this.#site.options.timeoutSecs);
  }

  #arm(deadline: number, reason: TimeoutReason, secs: number): void {
    this.#deadline = deadline;
    this.host.setTimeout(reason, secs);
  }

  #disarm(): void {
    this.#deadline = NO_DEADLINE;
    this.host.clearTimeout();
  }

  #enter(next: number): void {
    assertStep(this.#phase, next);
    this.#phase = next;
  }
}
