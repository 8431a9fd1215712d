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
  type AgreedExtension,
  type ExtensionSession,
  encodeClosePayload,
  FrameReader,
  type FrameSink,
  frameHeaderSize,
  OPCODE,
  readClosePayload,
  type WsViolation,
} from '@lws-ts/ws-framing';
import { assertPhaseStep, type ConnectionPhase } from './connection-phase.ts';
import { ControlPayload } from './control-payload.ts';
import { ChunkDelivery, type Delivery, MessageDelivery, type MessageTaker } from './delivery.ts';
import { EncodedOutput } from './encoded-output.ts';
import { wsErrors } from './errors.ts';
import { FloodLimits } from './flood-limits.ts';
import { FrameOutput } from './frame-output.ts';
import type { HandshakeHeaders } from './handshake-headers.ts';
import { InflatedDelivery, type InflatedOwner } from './inflated-delivery.ts';
import { type ResolvedWsOptions, wsOptionsOf } from './options.ts';
import { Validity } from './validity.ts';
import { FrameTx } from './ws-tx.ts';
import type { WebSocketWsi, WsWsiState } from './ws-wsi.ts';

/** What a handshake ended with. */
export interface OpenedWebSocket {
  readonly side: 'server' | 'client';
  readonly protocol: BoundProtocol;
  /** The group of the protocol that this side speaks to. */
  readonly handlers: WsHandlers<unknown, unknown>;
  readonly wsi: WebSocketWsi;
  readonly headers: HandshakeHeaders;
  /** Agreed on with the peer. */
  readonly extension: AgreedExtension | undefined;
}

export class WsState implements RoleState, FrameSink, WsWsiState, InflatedOwner, MessageTaker {
  readonly name = 'ws';
  readonly wsi: WebSocketWsi;
  readonly #host: RoleHost;
  readonly #clock: Clock;
  readonly #options: ResolvedWsOptions;
  readonly #headers: HandshakeHeaders;
  readonly #protocol: BoundProtocol;
  readonly #handlers: WsHandlers<unknown, unknown>;
  readonly #reader: FrameReader;
  readonly #output: FrameOutput;
  /** Of messages that no extension encoded. */
  readonly #plain: Delivery | undefined;
  readonly #session: ExtensionSession | undefined;
  readonly #inflated: InflatedDelivery | undefined;
  readonly #encoded: EncodedOutput | undefined;
  /** Of the message last begun. */
  #delivery: Delivery | undefined;
  #phase: ConnectionPhase = 'open';
  #flood: FloodLimits | undefined = undefined;
  readonly #validity: Validity | undefined;
  #control: ControlPayload | undefined = undefined;
  #tx: FrameTx | undefined = undefined;
  /** A pong that found no room; a later one takes its place. */
  #pong: Uint8Array | undefined = undefined;
  /** The program asked to write while a long message was on its way. */
  #writeableOwed = false;
  /** What is to be said behind a long message that is on its way. */
  #closeOwed: { readonly code: number | undefined; readonly reason: string } | undefined =
    undefined;
  #finOwed = false;
  /** Bytes read of a frame that is not complete. */
  #begun = 0;
  #stallArmed = false;
  /** What had come of encoded messages when the deadline was set. */
  #stallFrom = 0;
  /** How often the deadline was looked at since, and of those in a row when the program held things back. */
  #stallLooks = 0;
  #stallHeld = 0;
  /** Bytes that stood before the close frame when its deadline was set. */
  #unsent = 0;
  /** What the peer's close frame said; 1006 as long as there was none (RFC 6455 §7.1.5). */
  #peerCode = 1006;
  #peerReason = '';
  #peerClosed = false;

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
    this.#plain = this.#makeDelivery();
    this.#delivery = this.#plain;
    this.#inflated = extension === undefined ? undefined : this.#makeInflated(rxBufferSize);
    this.#session = this.#inflated && extension?.open(this.#inflated);
    this.#encoded =
      this.#session &&
      new EncodedOutput(host, this.#output, this.#session, this.#options.maxOutputBytes);
    if (this.#session !== undefined) this.#inflated?.attach(this.#session);
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
      this.#headers.release();
    }
  }

  hold(): Held {
    if (this.#phase === 'gone') return { accept: () => false, refuse: () => false };
    throw new LwsError(coreErrors.LWS_ERR_HOLD, 'not inside filterProtocolConnection');
  }

  // ---- RoleState

  rx(bytes: Uint8Array): number {
    if (this.#phase !== 'open' && this.#phase !== 'closing') return bytes.length;
    this.#validity?.proven();
    if (!this.#host.mayDeliver || this.#inflated?.busy === true) return 0;
    const taken = this.#reader.push(bytes);
    this.#begun += taken;
    if (this.#begun > 0 || this.#stallArmed || this.#inflated?.occupying === true)
      this.#watchStall(taken === bytes.length);
    return taken;
  }

  writeable(): void {
    if (this.#phase !== 'open') return;
    if (this.#waits) this.#host.forceService();
    if (this.#encoded?.busy === true) {
      this.#writeableOwed = true;
      return;
    }
    const pong = this.#pong;
    if (pong !== undefined) {
      this.#pong = undefined;
      this.#output.bytes(OPCODE.pong, true, pong);
    }
    if (this.#handlers.writeable === undefined) return;
    this.#tx ??= new FrameTx(this.#host, this.#output, this.#encoded);
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
    const inflated = this.#inflated;
    if (inflated === undefined || (this.#phase !== 'open' && this.#phase !== 'closing'))
      return writing;
    inflated.drain();
    // the end of a frame may be held back
    if (!inflated.busy && this.#host.mayDeliver) this.#reader.push(noBytes);
    if (this.#finOwed && !inflated.busy) this.#end();
    return writing || (inflated.deliverable && (this.#host.mayDeliver || this.#host.turnOver));
  }

  timeout(reason: TimeoutReason): void {
    if (reason === 'validity') {
      this.#checkValidity();
      return;
    }
    if (reason === 'close-send' && this.#host.transport.bufferedBytes < this.#unsent) {
      this.#armCloseSend();
      return;
    }
    if (reason !== 'ws-stalled') {
      this.#host.fail(wsErrors.LWS_ERR_WS_CLOSE_TIMEOUT, reason);
      return;
    }
    this.#stallArmed = false;
    if (this.#begun === 0 && this.#inflated?.occupying !== true) return;
    this.#lookAtStall(!this.#host.mayDeliver || this.#inflated?.busy === true);
  }

  timer(): void {
    if (this.#phase !== 'open') return;
    const done = this.#handlers.timer?.(this.wsi);
    if (done !== undefined) this.#obey(done);
  }

  peerEnded(): void {
    if (this.#phase === 'gone' || this.#phase === 'ending') return;
    if (this.#inflated?.busy === true && this.#phase === 'open') this.#finOwed = true;
    else this.#end();
  }

  drained(): void {
    if (this.#encoded?.busy === true || this.#waits) this.#host.forceService();
    else if (this.#phase === 'closing')
      this.#host.setTimeout('close-ack', this.#options.closeAckSecs);
  }

  closing(code: number | undefined, reason: string): boolean {
    if (this.#phase !== 'open') return true;
    if (!this.#peerClosed) this.#enter('closing');
    this.#takeNoMore();
    if (this.#encoded?.busy === true && !this.#peerClosed) {
      this.#closeOwed = { code, reason };
      this.#armCloseSend();
    } else this.#sayClose(code, reason);
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
    this.#headers.release();
  }

  gone(): void {
    this.#enter('gone');
    this.#session?.close();
    this.#headers.release();
    const done: unknown = this.#handlers.closed?.(this.wsi, this.#peerCode, this.#peerReason);
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
      this.#control ??= new ControlPayload();
      this.#control.append(chunk, start, end);
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

  // ---- MessageTaker

  message(data: string | Uint8Array): void {
    this.#delivered(this.#handlers.message?.(this.wsi, data));
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
    return this.#encoded?.waitingBytes ?? 0;
  }

  get rttMs(): number | undefined {
    return this.#validity?.rttMs;
  }

  setExtensionOption(extension: string, option: string, value: string): boolean {
    const session = this.#session;
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

  failed(error: CodedError): void {
    this.#fail(error);
  }

  // ---- private

  #makeDelivery(): Delivery | undefined {
    const handlers = this.#handlers;
    if (handlers.receive !== undefined)
      return new ChunkDelivery(this.#reader, (chunk) =>
        this.#delivered(handlers.receive?.(this.wsi, chunk)),
      );
    if (handlers.message !== undefined)
      return new MessageDelivery(
        this.#reader,
        this.#options.maxMessageSize,
        this.#host.transport.givesMemory,
        this,
      );
    return undefined;
  }

  /** As {@link #makeDelivery}; of a protocol that takes nothing, what comes is passed over. */
  #makeInflated(rxBufferSize: number): InflatedDelivery {
    const handlers = this.#handlers;
    const taking =
      handlers.receive === undefined
        ? {
            message: (data: string | Uint8Array) =>
              this.#delivered(handlers.message?.(this.wsi, data)),
            maxMessageSize: this.#options.maxMessageSize,
          }
        : {
            chunk: (chunk: Uint8Array) => this.#delivered(handlers.receive?.(this.wsi, chunk)),
            rxBufferSize,
          };
    return new InflatedDelivery(this, this.#reader, taking);
  }

  /** An encoded message has something for the program, or the end of its frame is held back. */
  get #waits(): boolean {
    return this.#inflated !== undefined && (this.#begun > 0 || this.#inflated.busy);
  }

  /** Of a long message one piece a turn; true when the next could follow at once. */
  #goOnWriting(): boolean {
    const encoded = this.#encoded;
    if (encoded?.busy !== true) return false;
    const more = encoded.step();
    if (encoded.busy) return more;
    if (this.#writeableOwed) {
      this.#writeableOwed = false;
      this.#host.requestWriteable();
    }
    const owed = this.#closeOwed;
    this.#closeOwed = undefined;
    if (owed !== undefined && this.#phase === 'closing') this.#sayClose(owed.code, owed.reason);
    return false;
  }

  /** What the turn collected counts when the transport does not take it. */
  #limitOutput(): void {
    if (this.#host.pendingBytes <= this.#options.maxOutputBytes) return;
    this.#host.flush();
    const left = this.#host.transport.bufferedBytes;
    if (left > this.#options.maxOutputBytes)
      this.#fail(wsErrors.LWS_ERR_WS_OUTPUT, `${left} bytes`);
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
    else if (this.#host.room) {
      this.#output.bytes(OPCODE.pong, true, payload);
      this.#limitOutput();
    } else {
      this.#pong = payload.slice();
      this.#host.requestWriteable();
      this.#reader.stop();
    }
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
    this.#peerClosed = true;
    this.#peerCode = status.code;
    this.#peerReason = status.reason;
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

  #checkValidity(): void {
    const validity = this.#validity;
    if (validity === undefined || this.#phase !== 'open') return;
    // what the program holds back is not the peer's fault
    if (!this.#host.mayDeliver || this.#inflated?.busy === true) validity.proven();
    const due = validity.due();
    if (due === 'hangup') {
      this.#host.fail(wsErrors.LWS_ERR_WS_VALIDITY);
      return;
    }
    if (due === 'ping') this.#output.bytes(OPCODE.ping, true, noBytes);
    this.#host.setValidityMs(validity.nextMs);
  }

  #watchStall(tookAll: boolean): void {
    const watched = tookAll && this.#phase === 'open';
    const inflated = this.#inflated;
    if (watched && inflated?.occupying === true) {
      // a ping between its fragments brings a message no further
      if (!this.#stallArmed || inflated.received - this.#stallFrom >= occupyingBytes)
        this.#armStall();
    } else if (watched && this.#begun > 0) this.#armStall();
    else if (this.#stallArmed) {
      this.#stallArmed = false;
      if (this.#phase === 'open') this.#host.clearTimeout();
    }
  }

  /**
   * What the program holds back is not the peer's fault: after a while of it the time begins anew. That the program
   * waits to write in just this moment is no while.
   */
  #lookAtStall(held: boolean): void {
    this.#stallHeld = held ? this.#stallHeld + 1 : 0;
    if (this.#stallHeld > 1) this.#armStall();
    else if (held || ++this.#stallLooks < stallLooks) this.#lookAgain();
    else if (this.#inflated?.occupying === true) this.#judgeOccupying(this.#inflated);
    else this.#fail(wsErrors.LWS_ERR_WS_STALLED);
  }

  #lookAgain(): void {
    this.#stallArmed = true;
    this.#host.setTimeout('ws-stalled', this.#options.stalledSecs / stallLooks);
  }

  /** It may be slow as long as nobody waits for what it occupies. */
  #judgeOccupying({ received, contended }: InflatedDelivery): void {
    const came = received - this.#stallFrom;
    if (came > 0 && !contended) this.#armStall();
    else this.#fail(wsErrors.LWS_ERR_WS_STALLED, came === 0 ? undefined : `${came} bytes`);
  }

  #armStall(): void {
    this.#stallFrom = this.#inflated?.received ?? 0;
    this.#stallLooks = 0;
    this.#stallHeld = 0;
    this.#lookAgain();
  }

  /** Says why and ends: the peer broke a rule or went over a limit (§7.1.7). */
  #fail(error: CodedError, detail?: string): void {
    if (this.#phase !== 'open' && this.#phase !== 'closing') return;
    this.#host.report(error, detail);
    if (this.#phase === 'open') this.#writeClose(error.closeCode, '');
    this.#end();
  }

  #sayClose(code: number | undefined, reason: string): void {
    this.#writeClose(code, reason);
    if (this.#peerClosed) this.#end();
    else if (this.#host.transport.bufferedBytes > 0) this.#armCloseSend();
    else this.#host.setTimeout('close-ack', this.#options.closeAckSecs);
  }

  /** What stands before the close frame leaves at the peer's pace, as long as it makes any. */
  #armCloseSend(): void {
    this.#unsent = this.#host.transport.bufferedBytes;
    this.#host.setTimeout('close-send', this.#options.closeSendSecs);
  }

  #writeClose(code: number | undefined, reason: string): void {
    this.#output.bytes(OPCODE.close, true, encodeClosePayload(code, reason));
  }

  /** No more is read; output leaves, then FIN, and what still comes is discarded for a while. */
  #end(): void {
    this.#enter('ending');
    this.#takeNoMore();
    this.#session?.close();
    this.#encoded?.drop();
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

/** How often the time of a frame that makes no progress is looked at. */
const stallLooks = 8;
/** What a peer has to bring in each `stalledSecs` while others wait for what its message occupies. */
const occupyingBytes = 16 * 1024;
const noBytes = new Uint8Array(0);
