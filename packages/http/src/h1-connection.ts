/**
 * The HTTP/1.1 role of one connection: reads heads and bodies, gives each request to whoever answers it, one
 * after the other, and goes on, ends, or becomes another role. How answers look is the exchange's business.
 */
import type {
  CodedError,
  ContextView,
  HttpBinding,
  HttpBodySink,
  HttpFields,
  KeptHeaders,
  RoleHost,
  RoleState,
  TimeoutReason,
  UpgradeAnswer,
} from '@lws-ts/interface';
import { AfterAnswer } from './after-answer.ts';
import { ConnectionBinding } from './connection-binding.ts';
import { httpErrors } from './errors.ts';
import { ExchangeWatch } from './exchange-watch.ts';
import { answerUnclaimed, firstAnswer, firstLimits } from './first-answer.ts';
import { allowedMethods, type RequestHeadReader } from './framing/index.ts';
import { H1Deadline } from './h1-deadline.ts';
import { type ExchangeOwner, H1Exchange } from './h1-exchange.ts';
import { assertStep, DRAIN, EXCHANGE, FLUSH, HEAD, IDLE, OVER, WAITING } from './h1-phase.ts';
import { H1Request } from './h1-request.ts';
import { type HttpSite, siteOf } from './http-site.ts';
import type { KeptTable } from './kept-table.ts';
import { RequestBody } from './request-body.ts';
import { recordAnswer, sayRefusal } from './say-refusal.ts';
import { type LeaseOwner, TableLease } from './table-lease.ts';
import { GONE_STATUS, oweUpgrade, settleUpgrade } from './upgrade-record.ts';

const noBytes = new Uint8Array(0);
const noFields: HttpFields = [];
const allowField: HttpFields = [['allow', allowedMethods]];

export class H1Connection implements RoleState, ExchangeOwner, LeaseOwner {
  readonly name = 'h1';
  readonly ownTurn = true;
  readonly goesOn = true;
  readonly host: RoleHost;
  readonly #context: ContextView;
  readonly #deadline: H1Deadline;
  readonly #body: RequestBody;
  /** None until a body or an answer is on its way: who asks for an upgrade needs none. */
  #watch: ExchangeWatch | undefined = undefined;
  readonly #after: AfterAnswer;
  /** Of the vhost that the connection arrived at: heads are read by its limits. */
  readonly #table: TableLease;
  #site: HttpSite;
  /** The host that `#site` was chosen by; undefined before the first request. */
  #authority: string | undefined = undefined;
  /** The vhost that the connection arrived at, by its server name where it had one. */
  readonly #arrivedAt: string;
  #phase = IDLE;
  /** A header table that went to another role. */
  #kept: KeptTable | undefined = undefined;
  #exchange: H1Exchange | undefined = undefined;
  readonly #binding: ConnectionBinding = new ConnectionBinding();
  /** A responder or sink is being called: what it completes is looked at when it returns. */
  #calling = false;
  /** `rx` is running: it looks after the table itself when it is done. */
  #reading = false;
  more = false;
  #wantsWriteable = false;
  /** The request in hand waits for others of its peer. */
  #postponed = false;
  /** It does so no longer. */
  #due = false;

  /** @param spentSecs of the time for the first head, in seconds */
  constructor(host: RoleHost, context: ContextView, spentSecs = 0) {
    const { clock } = context;
    this.host = host;
    this.#context = context;
    this.#deadline = new H1Deadline(host);
    this.#body = new RequestBody(host);
    this.#after = new AfterAnswer(host, this.#body, this.#deadline);
    this.#arrivedAt = host.vhost.name;
    this.#site = siteOf(host.vhost);
    this.#table = new TableLease(host, this.#site, clock, this.#deadline, this);
    host.vhost.counters.h1_conn++;
    // heads are copied into their table, and a piece of a body is valid during the call
    host.lend(true);
    this.#table.expectHead(spentSecs);
  }

  // ---- what core calls

  get fresh(): boolean {
    return this.#authority === undefined && this.#phase <= WAITING;
  }

  rx(bytes: Uint8Array): number {
    this.#reading = true;
    const { date } = this.#site;
    let at = 0;
    date.hold();
    try {
      at = this.#read(bytes);
    } finally {
      date.release();
    }
    this.#reading = false;
    if (this.#phase === IDLE) this.#rest();
    else if (this.#phase === EXCHANGE) this.#table.lasts();
    return at;
  }

  writeable(): void {
    this.#wantsWriteable = false;
    if (this.#phase === FLUSH) {
      if (this.host.transport.bufferedBytes === 0) this.#finish();
      else this.host.requestWriteable();
      return;
    }
    if (this.#phase !== EXCHANGE) return;
    this.#calling = true;
    const served = this.#exchange?.serve() === true;
    this.#calling = false;
    if (served) this.#settle();
  }

  service(): boolean {
    if (this.#due) this.#goOn();
    // While it is told to end, core asks nobody to write: the rest of the answer goes out from here.
    if (this.#wantsWriteable && this.#mayServe()) this.writeable();
    this.#settle();
    // who filled the turn goes on in the next, for which nothing else may call: the kernel mostly takes all of it
    return this.#wantsWriteable && this.#toldToEnd();
  }

  timeout(reason: TimeoutReason): void {
    if (reason === 'http-answer') {
      this.#answerOverdue();
      return;
    }
    this.#deadline.fired();
    if (reason === 'http-head') this.#table.look();
    // Whoever is busy taking an answer is not idle, but is waited for no longer than to the end of it.
    else if (reason === 'http-keepalive-idle') this.#flush();
    else if (reason === 'http-content') this.#look();
  }

  timer(): void {
    this.#binding.current?.timer();
  }

  peerEnded(): void {
    if (this.#phase === EXCHANGE && !this.#body.pending) {
      this.#after.end();
      return;
    }
    if (this.#phase !== FLUSH) this.#finish();
  }

  drained(): void {
    if (this.#wantsWriteable && this.#mayServe()) this.host.forceService();
  }

  closing(): boolean {
    if (this.#phase === EXCHANGE) {
      this.#after.end();
      if (this.#wantsWriteable) this.host.forceService();
      this.#exchange?.answer?.closing?.();
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
    const exchange = this.#exchange;
    const untouched = exchange?.untouched === true;
    // what was answered whole leaves
    const whole = untouched || exchange?.ended !== false;
    if (untouched) {
      this.#sendRefusal(500, noFields);
      this.host.vhost.counters.rejected++;
    }
    this.#over();
    if (whole) this.host.finish();
    else this.host.abort();
    this.#conclude(httpErrors.LWS_ERR_HTTP_HANDLER);
  }

  leaving(): void {}

  gone(error: CodedError | undefined): void {
    this.#over();
    try {
      this.#conclude(error ?? httpErrors.LWS_ERR_HTTP_PEER_GONE);
    } finally {
      this.#binding.end(true);
    }
  }

  // ---- what the exchange and the pool call

  get site(): HttpSite {
    return this.#site;
  }

  mayKeepAlive(whole: boolean): boolean {
    return (
      this.#after.mayFollow(this.#site.options.maxRequestsPerConnection, whole) &&
      this.#table.reader?.keepAlive === true
    );
  }

  wrote(bytes: number): void {
    this.#watched().wrote(bytes);
  }

  answered(): void {
    this.#body.forget();
    if (!this.#calling) this.host.forceService();
  }

  askWriteable(): void {
    this.#wantsWriteable = true;
    if (!this.#deadline.running) this.#watched().start();
    if (this.host.open) this.host.requestWriteable();
    else this.host.forceService();
  }

  readBody(sink: HttpBodySink): void {
    this.wrote(this.#body.readBy(sink, this.#exchange?.untouched === false));
    if (!this.#calling) this.host.forceService();
  }

  get binding(): HttpBinding | undefined {
    return this.#binding.current;
  }

  bind(binding: HttpBinding): void {
    this.#binding.bind(binding);
  }

  aborted(error: CodedError): void {
    this.host.fail(error);
    this.#over();
  }

  keepHeaders(request: H1Request): KeptHeaders {
    this.#kept = this.#table.keep(request) ?? this.#kept;
    return this.#kept as KeptTable;
  }

  tableGiven(): void {
    this.#enter(HEAD);
    this.host.rxFlowControl(true);
  }

  headMoved(copy: RequestHeadReader): void {
    this.#exchange?.request.moveTo(copy);
  }

  requestAllowed(): void {
    this.#due = this.#postponed;
    this.host.rxFlowControl(true);
    this.host.forceService();
  }

  headFailed(error: CodedError): void {
    // Who has said nothing is told nothing.
    if (this.#phase === WAITING || this.#table.head?.begun === true) this.#refuse(error);
    else this.#finish();
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
        if (this.#postponed) break;
        at = this.#deliverBody(bytes, at);
        if (at === before && this.#phase === EXCHANGE) break;
      } else if (phase === DRAIN) {
        at = this.#body.drop(bytes, at);
        if (this.#abandoned()) return end;
        if (this.#body.pending) break;
        this.#deadline.clear();
        this.#enter(IDLE);
      } else if (phase === WAITING) break;
      else return end;
    }
    return at;
  }

  #haveTable(): boolean {
    if (this.#table.take()) {
      if (this.#phase === IDLE) this.#enter(HEAD);
      return true;
    }
    this.#enter(WAITING);
    this.#table.wait();
    this.host.rxFlowControl(false);
    return false;
  }

  #readHead(bytes: Uint8Array, at: number): number {
    const reader = this.#table.reader as RequestHeadReader;
    const next = reader.push(bytes, at, bytes.length);
    if (reader.complete) {
      this.#table.headDone();
      this.host.delivered();
      this.more = next < bytes.length;
      this.#begin(reader, bytes, next);
    } else if (reader.violation !== undefined) this.#refuse(reader.violation);
    else this.#table.goesOn();
    return next;
  }

  #begin(reader: RequestHeadReader, bytes: Uint8Array, next: number): void {
    this.#enter(EXCHANGE);
    this.#deadline.clear();
    this.#chooseSite(reader);
    this.#after.begins();
    this.host.vhost.counters.h1_trans++;
    const exchange = new H1Exchange(this, new H1Request(reader));
    this.#exchange = exchange;
    const limited = this.host.admission?.beginRequest(exchange.request, this.host.transport);
    if (limited !== undefined) {
      this.#refuse(limited, limited.status, this.#retryAfter());
      return;
    }
    if (this.#table.allowsRequest()) this.#proceed(exchange, reader, bytes, next);
    else {
      this.#postponed = true;
      this.host.rxFlowControl(false);
    }
  }

  /** RFC 9110 §10.2.3, where the limits of the peer know it. */
  #retryAfter(): HttpFields {
    const secs = this.host.admission?.retryAfterSecs?.();
    return secs === undefined ? noFields : [['retry-after', `${secs}`]];
  }

  /** A request that was postponed goes on. */
  #goOn(): void {
    this.#due = false;
    this.#postponed = false;
    const { reader } = this.#table;
    if (this.#exchange !== undefined && reader !== undefined)
      this.#proceed(this.#exchange, reader, noBytes, 0);
  }

  #proceed(exchange: H1Exchange, reader: RequestHeadReader, bytes: Uint8Array, next: number): void {
    const { options } = this.#site;
    const limits = firstLimits(this.#context, exchange);
    this.#after.idleFor(limits?.keepaliveTimeout ?? options.keepaliveTimeout);
    const most = limits?.maxHttpBodySize ?? options.maxHttpBodySize;
    const error = this.#body.begin(reader, options, most);
    if (error !== undefined) {
      this.#refuse(error);
      return;
    }
    if (this.#body.pending) this.#watched().bodyBegins();
    this.#ask(exchange, bytes, next);
    this.#settle();
  }

  #chooseSite(reader: RequestHeadReader): void {
    if (this.#authority !== undefined && reader.authorityIs(this.#authority)) return;
    this.#authority = reader.authority;
    // HTTP/1.0 may say no host
    const name = this.#authority === '' ? this.#arrivedAt : this.#authority;
    this.#site = siteOf(this.host.selectVhost(name));
  }

  // ---- who answers

  #ask(exchange: H1Exchange, bytes: Uint8Array, next: number): void {
    this.#calling = true;
    const answer = firstAnswer(this.#context, exchange);
    if (!exchange.bound) this.#binding.end(false);
    if (answer === undefined && exchange.untouched) answerUnclaimed(exchange);
    this.#calling = false;
    if (answer?.kind === 'answer') {
      exchange.answer = answer;
      // who ended it while being asked is told so too
      if (this.#exchange !== exchange) exchange.conclude(httpErrors.LWS_ERR_HTTP_PEER_GONE);
    }
    if (this.#phase !== EXCHANGE || answer === undefined) return;
    if (answer.kind === 'answer') {
      if (exchange.untouched) this.#deadline.answer(this.#site.options.answerTimeoutSecs);
    } else if (answer.kind === 'refuse')
      this.#refuse(answer.error, answer.status, answer.fields, answer.detail);
    else if (this.#body.pending) this.#refuse(httpErrors.LWS_ERR_HTTP_UPGRADE_BODY);
    else this.#upgrade(answer, next === bytes.length ? noBytes : bytes.subarray(next));
  }

  #upgrade(answer: UpgradeAnswer & { readonly kind: 'take' }, rest: Uint8Array): void {
    const exchange = this.#exchange as H1Exchange;
    const { request, user } = exchange;
    const log = this.#site.accessLog;
    if (log !== undefined) oweUpgrade(this.host, { log, request, user });
    // what its protocol answers is not HTTP any more
    if (request.method === 'CONNECT') settleUpgrade(this.host, 200);
    this.#exchange = undefined;
    exchange.cut();
    this.#binding.end(false);
    this.#enter(OVER);
    this.#deadline.clear();
    let started = false;
    try {
      this.host.become((host) => answer.start(host), rest);
      started = true;
    } finally {
      if (!started) this.#kept?.release();
      if (this.#kept === undefined) {
        settleUpgrade(this.host, started ? 101 : GONE_STATUS);
        request.detach();
        this.#table.give();
      }
    }
  }

  // ---- bodies

  #deliverBody(bytes: Uint8Array, at: number): number {
    this.#calling = true;
    const next = this.#body.deliver(bytes, at);
    this.#calling = false;
    if (next > at) this.#deadline.answerPutOff();
    const error = this.#body.violation;
    if (error === undefined || this.#exchange?.ended !== false) this.#settle();
    else this.#breakOff(error);
    return next;
  }

  #abandoned(): boolean {
    const error = this.#after.lost();
    if (error === undefined) return false;
    this.host.report(error);
    this.#finish();
    return true;
  }

  /** The request cannot be completed: refused, or cut when the answer has begun. */
  #breakOff(error: CodedError): void {
    if (this.#exchange?.untouched === true) this.#refuse(error);
    else {
      this.aborted(error);
      this.#conclude(error);
    }
  }

  // ---- what comes after an answer

  /** Goes on when the answer became complete in the call that just returned, or before. */
  #settle(): void {
    const exchange = this.#exchange;
    if (exchange?.ended !== true || !this.#isIn(EXCHANGE)) return;
    this.#conclude(undefined);
    if (!this.#isIn(EXCHANGE)) return;
    const next = this.#after.next(exchange.closes);
    if (next === FLUSH) this.#flush();
    else if (next === DRAIN) {
      this.#table.give();
      this.#enter(DRAIN);
    } else {
      this.#enter(IDLE);
      this.#table.next();
      // Outside rx nothing else would see to it that the table goes back.
      if (!this.#reading) this.#rest();
    }
  }

  /** Between requests: no header table, and not for long. */
  #rest(): void {
    this.#table.give();
    // who has yet to take what is on its way is not idle
    if (this.host.room) this.#after.rest();
    else this.#watched().start();
  }

  /** Ends the connection once the peer has taken what is on its way. */
  #flush(): void {
    this.#table.give();
    if (this.#after.flushed) {
      this.#finish();
      return;
    }
    this.#enter(FLUSH);
    this.#watched().start();
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

  #sendRefusal(status: number, fields: HttpFields): void {
    const { head } = this.#table;
    this.wrote(sayRefusal(this.host, this.#site, this.#exchange, head, status, fields));
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
    this.#exchange = undefined;
    this.#postponed = false;
    this.#due = false;
    this.#body.forget();
    this.#deadline.answered();
    this.#wantsWriteable = false;
    try {
      exchange.conclude(error);
      recordAnswer(this.host, this.#site, exchange);
    } finally {
      exchange.request.detach();
      this.#kept?.release();
      this.#kept = undefined;
      this.host.admission?.endRequest();
      if (this.#phase === OVER) this.#table.give();
      else if (!this.host.rxFlowing) this.host.rxFlowControl(true);
    }
  }

  #over(): void {
    if (this.#phase === OVER) return;
    if (this.#phase === WAITING) this.#table.forget();
    this.#enter(OVER);
    this.#deadline.clear();
    if (this.#exchange === undefined) this.#table.give();
  }

  #watched(): ExchangeWatch {
    const { clock } = this.#context;
    this.#watch ??= new ExchangeWatch(this.host, clock, this.#body, this.#deadline);
    return this.#watch;
  }

  #mayServe(): boolean {
    return this.#toldToEnd() && this.host.room;
  }

  /** Core asks nobody to write, and the transport takes what is written. */
  #toldToEnd(): boolean {
    return !this.host.open && this.host.transport.bufferedBytes === 0;
  }

  // ---- deadlines

  /** Whoever took the request did not begin to answer it. */
  #answerOverdue(): void {
    if (this.#phase === EXCHANGE && this.#exchange?.untouched === true)
      this.#refuse(httpErrors.LWS_ERR_HTTP_ANSWER_TIMEOUT);
  }

  /** Progress of both directions, while a body comes in or an answer goes out. */
  #look(): void {
    if (this.#phase === DRAIN) {
      this.host.report(httpErrors.LWS_ERR_HTTP_BODY_UNREAD);
      this.#finish();
      return;
    }
    if (this.#phase === IDLE && this.host.pendingBytes === 0) {
      this.#after.rest();
      return;
    }
    const error = this.#watched().look(this.#phase === EXCHANGE);
    if (error === httpErrors.LWS_ERR_HTTP_STALLED) this.aborted(error);
    else if (error !== undefined) this.#breakOff(error);
  }

  #isIn(phase: number): boolean {
    return this.#phase === phase;
  }

  #enter(next: number): void {
    assertStep(this.#phase, next);
    this.#phase = next;
  }
}
