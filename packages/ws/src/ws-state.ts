/**
 * One open WebSocket connection, of a server or of a client: the machine between its frames and its handlers.
 * It answers pings, says goodbye, keeps the limits and calls the program; frames are read and written by
 * `@lws-ts/ws-framing`, turns and flow control are core's. The handshake is over when it is made.
 */
import { coreErrors } from '@lws-ts/core';
import {
  type CodedError,
  dropPromise,
  type Held,
  isThenable,
  LwsError,
  type RoleHost,
  type RoleState,
  type TimeoutReason,
  type WsiView,
} from '@lws-ts/interface';
import {
  type AgreedExtension,
  encodeClosePayload,
  OPCODE,
  readClosePayload,
} from '@lws-ts/ws-framing';
import { inflatedTaking } from './chosen-delivery.ts';
import { ClosingHandshake, noCloseCode } from './closing-handshake.ts';
import { assertPhaseStep, type ConnectionPhase } from './connection-phase.ts';
import { wsErrors } from './errors.ts';
import { ExtendedMessages } from './extended-messages.ts';
import { FrameIntake, type IntakeOwner } from './frame-intake.ts';
import { FrameOutput } from './frame-output.ts';
import type { InflatedOwner } from './inflated-delivery.ts';
import { Validity } from './validity.ts';
import type { WsTerms } from './ws-terms.ts';
import { FrameTx } from './ws-tx.ts';
import type { WebSocketWsi, WsWsiState } from './ws-wsi.ts';

// what most connections never need, or not while nobody speaks, is made when it is needed first
export class WsState implements RoleState, WsWsiState, InflatedOwner, IntakeOwner {
  readonly wsi: WebSocketWsi;
  readonly #host: RoleHost;
  readonly #terms: WsTerms;
  #phase: ConnectionPhase = 'open';
  #tx: FrameTx | undefined = undefined;
  #intake: FrameIntake | undefined = undefined;
  readonly #extended: ExtendedMessages | undefined;
  readonly #validity: Validity | undefined;
  #output: FrameOutput | undefined = undefined;
  #closing: ClosingHandshake | undefined = undefined;

  /** @param extension agreed on with the peer */
  constructor(
    host: RoleHost,
    terms: WsTerms,
    wsi: WebSocketWsi,
    extension: AgreedExtension | undefined,
  ) {
    this.#host = host;
    this.#terms = terms;
    this.#validity = Validity.of(terms.options, terms.clock);
    this.#extended = extension && this.#extendBy(extension);
    this.wsi = wsi;
    wsi.opened(this);
  }

  get name(): string {
    return 'ws';
  }

  /** Once, when the role is this one: binds the protocol and tells it. */
  established(): void {
    this.#host.bind(this.#terms.protocol, this.wsi);
    if (this.#validity !== undefined) this.#host.setValidityMs(this.#validity.nextMs);
    try {
      const done = this.#terms.handlers.established?.(this.wsi);
      if (done !== undefined) this.#obey(done);
    } finally {
      this.wsi.releaseHeaders();
    }
  }

  hold(): Held {
    if (this.#phase === 'gone') return { accept: () => false, refuse: () => false };
    throw new LwsError(coreErrors.LWS_ERR_HOLD, 'not inside filterProtocolConnection');
  }

  // ---- RoleState

  rx(bytes: Uint8Array): number {
    return this.rxFrom(bytes, 0);
  }

  rxFrom(bytes: Uint8Array, from: number): number {
    const came = bytes.length - from;
    if (this.#phase !== 'open' && this.#phase !== 'closing') return came;
    this.#validity?.proven();
    if (!this.#host.mayDeliver || this.#decoding()) return 0;
    this.#intake ??= new FrameIntake(this, this.#host, this.#terms, false);
    return this.#intake.read(bytes, from);
  }

  writeable(): void {
    if (this.#phase !== 'open') return;
    this.#validity?.takesMore();
    if (this.#waits()) this.#host.forceService();
    if (this.#extended?.putsOff() === true) return;
    this.#intake?.sendPong();
    if (this.#terms.handlers.writeable === undefined) return;
    this.#tx ??= new FrameTx(this.#host, this.output, this.#extended?.encoded);
    this.#tx.begin();
    let done: unknown;
    try {
      done = this.#terms.handlers.writeable(this.wsi, this.#tx);
    } finally {
      this.#tx.expire();
    }
    if (done !== undefined) this.#obey(done);
    this.#limitOutput();
  }

  service(): boolean {
    const writing = this.#goOnWriting();
    const extended = this.#extended;
    if (extended === undefined || (this.#phase !== 'open' && this.#phase !== 'closing'))
      return writing;
    const { inflated } = extended;
    inflated.drain();
    // the end of a frame may be held back
    if (!inflated.busy && this.#host.mayDeliver) this.#intake?.reader.push(noBytes);
    if (extended.finOwed && !inflated.busy) this.#end();
    this.#intake?.countKept();
    return writing || (inflated.deliverable && (this.#host.mayDeliver || this.#host.turnOver));
  }

  timeout(reason: TimeoutReason): void {
    if (reason === 'validity') {
      this.#checkValidity();
      return;
    }
    if (reason === 'close-send' && this.#closing?.progresses === true) return;
    if (reason !== 'ws-stalled') {
      this.#host.fail(wsErrors.LWS_ERR_WS_CLOSE_TIMEOUT, reason);
      return;
    }
    this.#intake?.stalled(!this.#host.mayDeliver || this.#decoding());
  }

  timer(): void {
    if (this.#phase !== 'open') return;
    const done = this.#terms.handlers.timer?.(this.wsi);
    if (done !== undefined) this.#obey(done);
  }

  peerEnded(): void {
    if (this.#phase === 'gone' || this.#phase === 'ending') return;
    const extended = this.#extended;
    if (extended?.inflated.busy === true && this.#phase === 'open') extended.finOwed = true;
    else this.#end();
  }

  drained(): void {
    if (this.#extended?.encoded.busy === true || this.#waits()) this.#host.forceService();
    else if (this.#phase === 'closing') this.#closing?.sent();
  }

  closing(code: number | undefined, reason: string): boolean {
    if (this.#phase !== 'open') return true;
    const closing = this.#closingHandshake();
    if (!closing.peerClosed) this.#enter('closing');
    this.#takeNoMore();
    if (this.#extended?.encoded.busy === true && !closing.peerClosed) closing.owe(code, reason);
    else closing.say(code, reason);
    if (closing.peerClosed) this.#end();
    return true;
  }

  threw(): void {
    if (this.#phase !== 'open' && this.#phase !== 'closing') return;
    if (this.#phase === 'open') this.#writeClose(1011, '');
    this.#end();
  }

  childClosing(child: WsiView): void {
    const done = this.#terms.handlers.childClosing?.(this.wsi, child);
    if (done !== undefined) this.#obey(done);
  }

  leaving(): void {
    this.wsi.releaseHeaders();
  }

  gone(): void {
    this.#enter('gone');
    this.#extended?.session.close();
    this.wsi.releaseHeaders();
    const { peerCode, peerReason } = this.#closing ?? unsaid;
    const done: unknown = this.#terms.handlers.closed?.(this.wsi, peerCode, peerReason);
    if (dropPromise(done)) this.#host.report(coreErrors.LWS_ERR_HANDLER_ASYNC, 'closed');
  }

  // ---- IntakeOwner

  get output(): FrameOutput {
    return this.#output ?? this.#makeOutput();
  }

  answered(): void {
    this.#limitOutput();
  }

  message(data: string | Uint8Array): void {
    this.#delivered(this.#terms.handlers.message?.(this.wsi, data));
  }

  chunk(bytes: Uint8Array): void {
    this.#delivered(this.#terms.handlers.receive?.(this.wsi, bytes));
  }

  closeArrived(payload: Uint8Array): void {
    const status = readClosePayload(payload);
    if ('closeCode' in status) {
      this.#fail(status);
      return;
    }
    const closing = this.#closingHandshake();
    closing.heard(status);
    if (this.#phase === 'open') this.#answerClose(status.code, status.reason);
    if (this.#phase === 'closing') {
      closing.sayOwed();
      this.#end();
    }
    this.#intake?.stop();
  }

  pingArrived(payload: Uint8Array): void {
    if (this.#terms.handlers.receivePing !== undefined)
      this.#delivered(this.#terms.handlers.receivePing(this.wsi, payload));
  }

  pongArrived(payload: Uint8Array): void {
    if (payload.length === 0) this.#validity?.ponged();
    if (this.#terms.handlers.receivePong !== undefined)
      this.#delivered(this.#terms.handlers.receivePong(this.wsi, payload));
  }

  // ---- what a wsi reads

  get isFirstFragment(): boolean {
    return this.#intake?.first ?? false;
  }

  get isFinalFragment(): boolean {
    return this.#intake?.final ?? false;
  }

  get remainingPacketPayload(): number {
    return this.#intake?.remaining ?? 0;
  }

  get isBinary(): boolean {
    return this.#intake?.reader.messageOpcode === OPCODE.binary;
  }

  get reservedBits(): number {
    return this.#intake?.reader.rsv1 === true ? 0x40 : 0;
  }

  get waitingBytes(): number {
    return this.#extended?.encoded.waitingBytes ?? 0;
  }

  get rttMs(): number | undefined {
    return this.#validity?.rttMs;
  }

  setExtensionOption(extension: string, option: string, value: string): boolean {
    const session = this.#extended?.session;
    if (session === undefined || session.name !== extension || this.#phase !== 'open') return false;
    return session.setOption(option, value);
  }

  rxResumed(): void {
    if (this.#waits()) this.#host.forceService();
  }

  // ---- InflatedOwner

  get mayDeliver(): boolean {
    return this.#phase === 'open' && this.#host.mayDeliver;
  }

  wake(): void {
    this.#host.forceService();
  }

  failed(error: CodedError, detail?: string): void {
    this.#fail(error, detail);
  }

  get open(): boolean {
    return this.#phase === 'open';
  }

  // ---- private

  /** An encoded message is being decoded, or waits for the program. */
  #decoding(): boolean {
    return this.#extended?.inflated.busy === true;
  }

  #makeOutput(): FrameOutput {
    const { side, maxOutputBytes } = this.#terms;
    this.#output = new FrameOutput(this.#host, side === 'client', maxOutputBytes);
    return this.#output;
  }

  #extendBy(extension: AgreedExtension): ExtendedMessages {
    const { handlers, options, rxBufferSize, maxOutputBytes } = this.#terms;
    const intake = new FrameIntake(this, this.#host, this.#terms, true);
    const extended = new ExtendedMessages(
      extension,
      this,
      this.#host,
      intake.reader,
      inflatedTaking(handlers, options.maxMessageSize, rxBufferSize, this),
      this.output,
      maxOutputBytes,
    );
    intake.decodeBy(extended.inflated);
    this.#intake = intake;
    return extended;
  }

  /** An encoded message has something for the program, or the end of its frame is held back. */
  #waits(): boolean {
    return this.#extended !== undefined && (this.#intake?.inFrame === true || this.#decoding());
  }

  /** As {@link ExtendedMessages.goOnWriting}; what is owed to the peer follows the last piece. */
  #goOnWriting(): boolean {
    const extended = this.#extended;
    if (extended?.encoded.busy !== true) return false;
    const more = extended.goOnWriting();
    if (!extended.encoded.busy && this.#phase === 'closing') this.#closing?.sayOwed();
    return more;
  }

  /** What the turn collected counts when the transport does not take it. */
  #limitOutput(): void {
    const { maxOutputBytes } = this.#terms;
    if (this.#host.pendingBytes <= maxOutputBytes) return;
    this.#host.flush();
    const left = this.#host.transport.bufferedBytes;
    if (left > maxOutputBytes) this.#fail(wsErrors.LWS_ERR_WS_OUTPUT, `${left} bytes`);
  }

  /** After each handler that got something of the peer's: the next waits when the handler says so. */
  #delivered(done: unknown): void {
    this.#host.delivered();
    if (done !== undefined) this.#obey(done);
    if (!this.#host.mayDeliver && !this.#writesBetween()) this.#intake?.stop();
  }

  /** Then the next frame is read on at once. What is encoded by an extension has a state of its own between two. */
  #writesBetween(): boolean {
    return this.#extended === undefined && this.#host.writeBetween();
  }

  #obey(done: unknown): void {
    if (done === -1) this.#host.close(undefined, '');
    else if (dropPromise(done)) this.#fail(coreErrors.LWS_ERR_HANDLER_ASYNC);
  }

  /** Asks the program, then echoes code and reason (§5.5.1; as lws does). */
  #answerClose(code: number, reason: string): void {
    const done: unknown = this.#terms.handlers.peerInitiatedClose?.(this.wsi, code, reason);
    this.#host.delivered();
    if (isThenable(done)) this.#obey(done);
    if (this.#phase !== 'open') return;
    if (done !== -1) this.#writeClose(code === 1005 ? undefined : code, reason);
    this.#end();
  }

  #closingHandshake(): ClosingHandshake {
    this.#closing ??= new ClosingHandshake(this, this.#host, this.output, this.#terms.options);
    return this.#closing;
  }

  #checkValidity(): void {
    const validity = this.#validity;
    if (validity === undefined || this.#phase !== 'open') return;
    const { mayDeliver, transport } = this.#host;
    const waiting = mayDeliver ? 0 : transport.bufferedBytes;
    // kernels take large bites seldom: what the peer confirmed of them shows life between two
    if (waiting > 0) validity.takesNone(waiting + (transport.unconfirmedBytes?.() ?? 0));
    // what the program holds back is not the peer's fault
    else if (!mayDeliver || this.#decoding()) validity.proven();
    else validity.takesMore();
    if (validity.look(this.output)) this.#host.setValidityMs(validity.nextMs);
    else this.#host.fail(wsErrors.LWS_ERR_WS_VALIDITY);
  }

  /** Says why and ends: the peer broke a rule or went over a limit (§7.1.7). */
  #fail(error: CodedError, detail?: string): void {
    if (this.#phase !== 'open' && this.#phase !== 'closing') return;
    this.#host.report(error, detail);
    if (this.#phase === 'open' || this.#closing?.owes === true)
      this.#writeClose(error.closeCode, '');
    this.#end();
  }

  #writeClose(code: number | undefined, reason: string): void {
    this.output.bytes(OPCODE.close, true, encodeClosePayload(code, reason));
  }

  /** No more is read; output leaves, then FIN, and what still comes is discarded for a while. */
  #end(): void {
    this.#enter('ending');
    this.#takeNoMore();
    this.#extended?.end();
    this.#intake?.stop();
    this.#host.finish();
  }

  /** What came of a message is for nobody, however long the end takes. */
  #takeNoMore(): void {
    this.#intake?.clear();
  }

  #enter(next: ConnectionPhase): void {
    assertPhaseStep(this.#phase, next);
    this.#phase = next;
  }
}

/** What `closed` is told when no close frame came. */
const unsaid = Object.freeze({ peerCode: noCloseCode, peerReason: '' });
const noBytes = new Uint8Array(0);
