/**
 * One open WebSocket connection, of a server or of a client: the machine between its frames and its handlers.
 * It answers pings, says goodbye, keeps the limits and calls the program; frames are read and written by
 * `@lws-ts/ws-framing`, turns and flow control are core's. The handshake is over when it is made.
 */
import { coreErrors, forget, isThenable } from '@lws-ts/core';
import {
  type BoundProtocol,
  type Clock,
  type CodedError,
  type Held,
  LwsError,
  type RoleHost,
  type RoleState,
  type TimeoutReason,
  type WsHandlers,
  type WsiView,
} from '@lws-ts/interface';
import {
  encodeClosePayload,
  FrameReader,
  type FrameSink,
  frameHeaderSize,
  OPCODE,
  readClosePayload,
  type WsViolation,
} from '@lws-ts/ws-framing';
import { type DataTaker, inflatedTaking, plainDelivery } from './chosen-delivery.ts';
import { ClosingHandshake, noCloseCode } from './closing-handshake.ts';
import { assertPhaseStep, type ConnectionPhase } from './connection-phase.ts';
import { ControlFrames } from './control-frames.ts';
import type { Delivery } from './delivery.ts';
import { wsErrors } from './errors.ts';
import { ExtendedMessages } from './extended-messages.ts';
import { FloodLimits } from './flood-limits.ts';
import { FrameOutput } from './frame-output.ts';
import { goneHeaders, type HandshakeHeaders } from './handshake-headers.ts';
import type { InflatedDelivery, InflatedOwner } from './inflated-delivery.ts';
import type { OpenedWebSocket } from './opened-websocket.ts';
import { type ResolvedWsOptions, wsOptionsOf } from './options.ts';
import { type StallOwner, StallWatch } from './stall-watch.ts';
import { Validity } from './validity.ts';
import { FrameTx } from './ws-tx.ts';
import type { WebSocketWsi, WsWsiState } from './ws-wsi.ts';

export class WsState
  implements RoleState, FrameSink, WsWsiState, InflatedOwner, DataTaker, StallOwner
{
  readonly name = 'ws';
  readonly wsi: WebSocketWsi;
  readonly #host: RoleHost;
  readonly #clock: Clock;
  readonly #options: ResolvedWsOptions;
  #headers: HandshakeHeaders;
  readonly #protocol: BoundProtocol;
  readonly #handlers: WsHandlers<unknown, unknown>;
  readonly #reader: FrameReader;
  readonly #output: FrameOutput;
  /** Of messages that no extension encoded. */
  readonly #plain: Delivery | undefined;
  readonly #extended: ExtendedMessages | undefined;
  /** Of messages that the extension encoded. */
  readonly #inflated: InflatedDelivery | undefined;
  /** Of the message last begun. */
  #delivery: Delivery | undefined;
  #phase: ConnectionPhase = 'open';
  #flood: FloodLimits | undefined = undefined;
  readonly #validity: Validity | undefined;
  #control: ControlFrames | undefined = undefined;
  #tx: FrameTx | undefined = undefined;
  #closing: ClosingHandshake | undefined = undefined;
  /** Bytes read of a frame that is not complete. */
  #begun = 0;
  #stall: StallWatch | undefined = undefined;
  /** What is kept of messages, as the host knows it. */
  #kept = 0;

  constructor(host: RoleHost, clock: Clock, opened: OpenedWebSocket) {
    const { side, protocol, handlers, wsi, headers, extension } = opened;
    this.#host = host;
    this.#clock = clock;
    this.#options = wsOptionsOf(host.vhost.options);
    this.#validity = Validity.of(this.#options, clock);
    this.#headers = headers;
    this.#protocol = protocol;
    this.#handlers = handlers;
    const rxBufferSize = protocol.spec.rxBufferSize ?? this.#options.rxBufferSize;
    const allowRsv1 = extension !== undefined;
    this.#reader = new FrameReader(
      this,
      handlers.receive === undefined
        ? { side, allowRsv1 }
        : { side, allowRsv1, payloadLimit: rxBufferSize },
    );
    this.#output = new FrameOutput(host, side === 'client', this.#options.maxOutputBytes);
    const { maxMessageSize, maxOutputBytes } = this.#options;
    this.#plain = plainDelivery(
      handlers,
      this.#reader,
      maxMessageSize,
      host.transport.givesMemory,
      this,
    );
    this.#delivery = this.#plain;
    this.#extended =
      extension &&
      new ExtendedMessages(
        extension,
        this,
        host,
        this.#reader,
        inflatedTaking(handlers, maxMessageSize, rxBufferSize, this),
        this.#output,
        maxOutputBytes,
      );
    this.#inflated = this.#extended?.inflated;
    this.wsi = wsi;
    wsi.opened(this);
  }

  /** Once, when the role is this one: binds the protocol and tells it. */
  established(): void {
    this.#host.bind(this.#protocol, this.wsi);
    if (this.#validity !== undefined) this.#host.setValidityMs(this.#validity.nextMs);
    try {
      const done = this.#handlers.established?.(this.wsi);
      if (done !== undefined) this.#obey(done);
    } finally {
      this.#releaseHeaders();
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
    if (!this.#host.mayDeliver || this.#inflated?.busy === true) return 0;
    const taken = this.#reader.push(bytes, from);
    this.#begun += taken;
    if (this.#begun > 0 || this.#stall?.armed === true || this.#inflated?.occupying === true)
      this.#stallWatch().read(this.#begun, taken === came);
    this.#countKept();
    return taken;
  }

  writeable(): void {
    if (this.#phase !== 'open') return;
    if (this.#waits) this.#host.forceService();
    if (this.#extended?.putsOff() === true) return;
    this.#control?.sendPong();
    if (this.#handlers.writeable === undefined) return;
    this.#tx ??= new FrameTx(this.#host, this.#output, this.#extended?.encoded);
    this.#tx.begin();
    let done: unknown;
    try {
      done = this.#handlers.writeable(this.wsi, this.#tx);
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
    if (!inflated.busy && this.#host.mayDeliver) this.#reader.push(noBytes);
    if (extended.finOwed && !inflated.busy) this.#end();
    this.#countKept();
    return writing || (inflated.deliverable && (this.#host.mayDeliver || this.#host.turnOver));
  }

  #countKept(): void {
    const kept = (this.#plain?.kept ?? 0) + (this.#inflated?.kept ?? 0);
    if (kept === this.#kept) return;
    this.#host.holdsMore(kept - this.#kept);
    this.#kept = kept;
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
    this.#stall?.passed(this.#begun, !this.#host.mayDeliver || this.#inflated?.busy === true);
  }

  timer(): void {
    if (this.#phase !== 'open') return;
    const done = this.#handlers.timer?.(this.wsi);
    if (done !== undefined) this.#obey(done);
  }

  peerEnded(): void {
    if (this.#phase === 'gone' || this.#phase === 'ending') return;
    const extended = this.#extended;
    if (extended?.inflated.busy === true && this.#phase === 'open') extended.finOwed = true;
    else this.#end();
  }

  drained(): void {
    if (this.#extended?.encoded.busy === true || this.#waits) this.#host.forceService();
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
    const done = this.#handlers.childClosing?.(this.wsi, child);
    if (done !== undefined) this.#obey(done);
  }

  leaving(): void {
    this.#releaseHeaders();
  }

  gone(): void {
    this.#enter('gone');
    this.#extended?.session.close();
    this.#releaseHeaders();
    const { peerCode, peerReason } = this.#closing ?? unsaid;
    const done: unknown = this.#handlers.closed?.(this.wsi, peerCode, peerReason);
    if (isThenable(done)) {
      forget(done);
      this.#host.report(coreErrors.LWS_ERR_HANDLER_ASYNC, 'closed');
    }
  }

  // ---- FrameSink

  frameStart(): void {
    const { opcode, length, fin, firstFrame } = this.#reader;
    if (opcode >= OPCODE.close || this.#phase !== 'open') return;
    if (firstFrame) this.#delivery = this.#reader.rsv1 ? this.#inflated : this.#plain;
    const whole = fin && firstFrame;
    const fault = whole ? undefined : this.#floodLimits().fragment(length, firstFrame);
    const tooFast = firstFrame ? this.#host.admission?.spend('message', 1) : undefined;
    const wrong = fault ?? tooFast ?? this.#delivery?.frameStart();
    if (wrong !== undefined) this.#fail(wrong);
  }

  framePayload(chunk: Uint8Array, start: number, end: number): void {
    if (this.#reader.opcode >= OPCODE.close) {
      this.#controlFrames().append(chunk, start, end);
    } else if (this.#phase === 'open') {
      const tooFast = this.#host.admission?.spend('byte', end - start);
      if (tooFast === undefined) this.#delivery?.framePayload(chunk, start, end);
      else this.#fail(tooFast);
    }
  }

  frameEnd(): void {
    const { opcode, length } = this.#reader;
    this.#begun -= frameHeaderSize(length, this.#reader.masked) + length;
    if (opcode < OPCODE.close) {
      if (this.#phase === 'open') this.#delivery?.frameEnd();
      return;
    }
    const payload = this.#control?.take() ?? noBytes;
    if (opcode === OPCODE.close) this.#closeArrived(payload);
    else if (this.#phase === 'open')
      if (opcode === OPCODE.ping) this.#pingArrived(payload);
      else if (payload.length > 0) this.#pongArrived(payload);
      else this.#validity?.ponged();
  }

  violation(error: WsViolation): void {
    this.#fail(error);
  }

  // ---- DataTaker

  message(data: string | Uint8Array): void {
    this.#delivered(this.#handlers.message?.(this.wsi, data));
  }

  chunk(bytes: Uint8Array): void {
    this.#delivered(this.#handlers.receive?.(this.wsi, bytes));
  }

  // ---- what a wsi reads

  get isFirstFragment(): boolean {
    return this.#delivery?.first ?? false;
  }

  get isFinalFragment(): boolean {
    return this.#delivery?.final ?? false;
  }

  get remainingPacketPayload(): number {
    return this.#delivery?.remaining ?? 0;
  }

  get isBinary(): boolean {
    return this.#reader.messageOpcode === OPCODE.binary;
  }

  get reservedBits(): number {
    return this.#reader.rsv1 ? 0x40 : 0;
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
    if (this.#waits) this.#host.forceService();
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

  /** An encoded message has something for the program, or the end of its frame is held back. */
  get #waits(): boolean {
    return this.#inflated !== undefined && (this.#begun > 0 || this.#inflated.busy);
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
    const left = this.#output.overLimit();
    if (left > 0) this.#fail(wsErrors.LWS_ERR_WS_OUTPUT, `${left} bytes`);
  }

  /** After each handler that got something of the peer's: the next waits when the handler says so. */
  #delivered(done: unknown): void {
    this.#host.delivered();
    if (done !== undefined) this.#obey(done);
    if (!this.#host.mayDeliver) this.#reader.stop();
  }

  #obey(done: unknown): void {
    if (done === -1) this.#host.close(undefined, '');
    else if (isThenable(done)) {
      forget(done);
      this.#fail(coreErrors.LWS_ERR_HANDLER_ASYNC);
    }
  }

  #pingArrived(payload: Uint8Array): void {
    const fault = this.#floodLimits().ping();
    if (fault !== undefined) this.#fail(fault);
    else if (this.#controlFrames().answer(payload)) this.#limitOutput();
    else this.#reader.stop();
  }

  #pongArrived(payload: Uint8Array): void {
    if (this.#handlers.receivePong !== undefined)
      this.#delivered(this.#handlers.receivePong(this.wsi, payload));
  }

  #closeArrived(payload: Uint8Array): void {
    const status = readClosePayload(payload);
    if ('closeCode' in status) {
      this.#fail(status);
      return;
    }
    this.#closingHandshake().heard(status);
    if (this.#phase === 'open') this.#answerClose(status.code, status.reason);
    if (this.#phase === 'closing') this.#end();
    this.#reader.stop();
  }

  /** Asks the program, then echoes code and reason (§5.5.1; as lws does). */
  #answerClose(code: number, reason: string): void {
    const done: unknown = this.#handlers.peerInitiatedClose?.(this.wsi, code, reason);
    this.#host.delivered();
    if (isThenable(done)) this.#obey(done);
    if (this.#phase !== 'open') return;
    if (done !== -1) this.#writeClose(code === 1005 ? undefined : code, reason);
    this.#end();
  }

  #floodLimits(): FloodLimits {
    this.#flood ??= new FloodLimits(
      this.#options,
      this.#clock,
      this.#handlers.message !== undefined,
    );
    return this.#flood;
  }

  #controlFrames(): ControlFrames {
    this.#control ??= new ControlFrames(this.#host, this.#output);
    return this.#control;
  }

  #closingHandshake(): ClosingHandshake {
    this.#closing ??= new ClosingHandshake(this.#host, this.#output, this.#options);
    return this.#closing;
  }

  #stallWatch(): StallWatch {
    this.#stall ??= new StallWatch(this, this.#host, this.#inflated, this.#options.stalledSecs);
    return this.#stall;
  }

  #checkValidity(): void {
    const validity = this.#validity;
    if (validity === undefined || this.#phase !== 'open') return;
    // what the program holds back is not the peer's fault
    if (!this.#host.mayDeliver || this.#inflated?.busy === true) validity.proven();
    if (validity.look(this.#output)) this.#host.setValidityMs(validity.nextMs);
    else this.#host.fail(wsErrors.LWS_ERR_WS_VALIDITY);
  }

  #releaseHeaders(): void {
    this.#headers.release();
    this.#headers = goneHeaders;
    this.wsi.headersGone();
  }

  /** Says why and ends: the peer broke a rule or went over a limit (§7.1.7). */
  #fail(error: CodedError, detail?: string): void {
    if (this.#phase !== 'open' && this.#phase !== 'closing') return;
    this.#host.report(error, detail);
    if (this.#phase === 'open') this.#writeClose(error.closeCode, '');
    this.#end();
  }

  #writeClose(code: number | undefined, reason: string): void {
    this.#output.bytes(OPCODE.close, true, encodeClosePayload(code, reason));
  }

  /** No more is read; output leaves, then FIN, and what still comes is discarded for a while. */
  #end(): void {
    this.#enter('ending');
    this.#takeNoMore();
    this.#extended?.end();
    this.#reader.stop();
    this.#host.finish();
  }

  /** What came of a message is for nobody, however long the end takes. */
  #takeNoMore(): void {
    this.#plain?.clear();
    this.#inflated?.clear();
  }

  #enter(next: ConnectionPhase): void {
    assertPhaseStep(this.#phase, next);
    this.#phase = next;
  }
}

/** What `closed` is told when no close frame came. */
const unsaid = Object.freeze({ peerCode: noCloseCode, peerReason: '' });
const noBytes = new Uint8Array(0);
