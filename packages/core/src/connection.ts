/**
 * One connection: what stands between a transport and a role. It decides when input is delivered, when
 * `writeable` is called, when output leaves and when it is over. It knows no protocol and no socket.
 */
import type {
  AdmissionTicket,
  BoundProtocol,
  CodedError,
  ErrorCode,
  Held,
  RoleHost,
  RoleState,
  TimeoutReason,
  Transport,
  TransportSink,
  VhostView,
  WsiView,
} from '@lws-ts/interface';
import { LwsError } from '@lws-ts/interface';
import {
  acceptChannel,
  closedChannel,
  type DiagnosticsEvent,
  errorChannel,
  establishedChannel,
  rxChannel,
  txChannel,
} from './diagnostics.ts';
import { coreErrors } from './errors.ts';
import { HeldConnection } from './held-connection.ts';
import { lwslErr } from './log.ts';
import { OutputPiece } from './output-arena.ts';
import { ParkedInput } from './parked-input.ts';
import { assertStep, type Phase } from './phase.ts';
import type { RefusalLog } from './refusal-log.ts';
import type { Serviced, ServiceLoop } from './service-loop.ts';
import { TimerEntry, type TimerOwner } from './timer-wheel.ts';

/** Deliveries that one connection gets in one turn. */
const deliveriesATurn = 256;
/** What is read into while a connection is held, in bytes. */
const heldBytes = 16 * 1024;
/** What a lingering connection reads and discards before it stops reading, in bytes. */
const discardBytes = 256 * 1024;
const shutdownFlushSecs = 5;
const lingerSecs = 1;

/** What a connection needs of its vhost. */
export interface ConnectionVhost extends VhostView {
  readonly holdTimeoutSecs: number;
  /** Another vhost of the same port, by name. */
  sibling(name: string): ConnectionVhost;
  count(code: ErrorCode): void;
  bind(protocol: BoundProtocol, connection: Connection): void;
  unbind(protocol: BoundProtocol | undefined, connection: Connection): void;
}

/** What a connection needs of its context. */
export interface ConnectionHome {
  readonly loop: ServiceLoop;
  readonly refusals: RefusalLog;
  connectionGone(connection: Connection): void;
}

export class Connection implements RoleHost, TransportSink, TimerOwner, Serviced, WsiView {
  readonly id: number;
  readonly transport: Transport;
  servedTurn = 0;
  reservedAt = 0;
  timeoutReason: TimeoutReason | undefined = undefined;

  readonly #home: ConnectionHome;
  readonly #loop: ServiceLoop;
  readonly #output = new OutputPiece();
  readonly #parked = new ParkedInput();
  readonly #deadline: TimerEntry;
  #userTimer: TimerEntry | undefined = undefined;
  #vhost: ConnectionVhost;
  #state: RoleState | undefined = undefined;
  #phase: Phase = 'accepted';
  #reason: TimeoutReason | undefined = undefined;
  #ticket: AdmissionTicket | undefined;
  #bound: BoundProtocol | undefined = undefined;
  #wsi: WsiView | undefined = undefined;
  #held: HeldConnection | undefined = undefined;
  #listed = false;
  #wantsWriteable = false;
  #wantsService = false;
  #rxOn = true;
  #reading = false;
  #finWaits = false;
  /** The role took nothing of what waits: it is offered again when something else happened. */
  #refused = false;
  #deliveries = 0;
  #discarded = 0;
  /** Whose memory the transport still reads from, told when it is drained. */
  #unsent: (() => void)[] | undefined = undefined;

  constructor(
    home: ConnectionHome,
    id: number,
    transport: Transport,
    vhost: ConnectionVhost,
    ticket: AdmissionTicket | undefined,
  ) {
    this.#home = home;
    this.#loop = home.loop;
    this.id = id;
    this.transport = transport;
    this.#vhost = vhost;
    this.#ticket = ticket;
    this.#deadline = new TimerEntry(this);
    if (acceptChannel.hasSubscribers) acceptChannel.publish(this.#event());
  }

  // ---- what a role, a wsi and the context see

  get vhost(): ConnectionVhost {
    return this.#vhost;
  }

  get phase(): Phase {
    return this.#phase;
  }

  get open(): boolean {
    return this.#phase === 'open';
  }

  get peer(): Transport['peer'] {
    return this.transport.peer;
  }

  get security(): Transport['security'] {
    return this.transport.security;
  }

  get protocol(): string {
    return this.#bound?.name ?? '';
  }

  get rxFlowing(): boolean {
    return this.#rxOn;
  }

  get mayDeliver(): boolean {
    // who says goodbye listens for the answer, whatever the program asked for before
    if (this.#phase === 'closing') return true;
    return (
      this.#phase === 'open' &&
      this.#rxOn &&
      !this.#wantsWriteable &&
      this.#held === undefined &&
      this.#deliveries < deliveriesATurn &&
      this.room
    );
  }

  delivered(): void {
    this.#deliveries++;
  }

  get room(): boolean {
    return this.pendingBytes < this.#loop.txBudget;
  }

  get pendingBytes(): number {
    return this.#output.length + this.transport.bufferedBytes;
  }

  /** The role takes over; input flows from now on. */
  start(make: (host: RoleHost) => RoleState): void {
    this.#enter('open');
    this.transport.attach(this);
    try {
      this.#state = make(this);
    } catch (error) {
      this.#threw(error);
    }
    this.#updateReading();
    this.#list();
  }

  reserve(bytes: number): Uint8Array {
    const buffer = this.#loop.arena.reserve(this.#output, bytes);
    this.reservedAt = this.#output.end;
    return buffer;
  }

  commit(bytes: number): void {
    this.#loop.arena.commit(this.#output, bytes);
    this.#list();
  }

  writeOwned(bytes: Uint8Array, sent?: () => void): void {
    this.#flush();
    this.#count(bytes.length);
    const free = this.transport.write(bytes);
    if (sent === undefined) return;
    if (free) sent();
    else {
      this.#unsent ??= [];
      this.#unsent.push(sent);
    }
  }

  requestWriteable(): void {
    if (this.#phase !== 'open') return;
    this.#wantsWriteable = true;
    this.#list();
  }

  forceService(): void {
    if (this.#phase === 'closed') return;
    this.#wantsService = true;
    this.#list();
  }

  rxFlowControl(on: boolean): void {
    if (this.#rxOn === on || this.#phase === 'closed') return;
    this.#rxOn = on;
    this.#list();
  }

  setTimeout(reason: TimeoutReason, secs: number): void {
    if (this.#phase === 'closed') return;
    if (secs <= 0) {
      if (this.#reason === reason) this.clearTimeout();
      return;
    }
    this.#reason = reason;
    this.#loop.wheel.arm(this.#deadline, secs * 1000);
  }

  clearTimeout(): void {
    this.#reason = undefined;
    this.#loop.wheel.disarm(this.#deadline);
  }

  setTimerMs(ms: number): void {
    if (this.#phase !== 'open') return;
    if (ms < 0) {
      if (this.#userTimer !== undefined) this.#loop.wheel.disarm(this.#userTimer);
      return;
    }
    this.#userTimer ??= new TimerEntry(this);
    this.#loop.wheel.arm(this.#userTimer, ms);
  }

  hold(settled: (status: number | undefined) => void): Held {
    if (this.#held !== undefined || this.#phase !== 'open')
      throw new LwsError(
        coreErrors.LWS_ERR_HOLD,
        this.#held === undefined ? 'it is over' : 'it is held',
      );
    this.setTimeout('hold', this.#vhost.holdTimeoutSecs);
    this.#held = new HeldConnection((status) => this.#release(settled, status));
    this.#list();
    return this.#held;
  }

  selectVhost(name: string): ConnectionVhost {
    this.#vhost = this.#vhost.sibling(name);
    return this.#vhost;
  }

  bind(protocol: BoundProtocol | undefined, wsi: WsiView | undefined): void {
    this.#vhost.unbind(this.#bound, this);
    this.#bound = protocol;
    this.#wsi = wsi;
    if (protocol === undefined) return;
    this.#vhost.bind(protocol, this);
    if (establishedChannel.hasSubscribers) establishedChannel.publish(this.#event());
  }

  become(next: (host: RoleHost) => RoleState, rest: Uint8Array): void {
    this.#state?.leaving();
    this.clearTimeout();
    this.#parked.prepend(rest, false);
    this.#state = next(this);
    this.#list();
  }

  report(error: CodedError, detail?: string): void {
    this.#vhost.count(error.code);
    this.#home.refusals.report(error, this, detail);
    if (errorChannel.hasSubscribers) errorChannel.publish(this.#event({ error }));
  }

  close(code: number | undefined, reason: string): void {
    if (this.#phase !== 'open') return;
    this.#enter('closing');
    this.#wantsWriteable = false;
    if (this.#userTimer !== undefined) this.#loop.wheel.disarm(this.#userTimer);
    const state = this.#state;
    try {
      if (state === undefined || !state.closing(code, reason)) this.finish();
    } catch (error) {
      this.#threw(error);
    }
    this.#list();
  }

  finish(): void {
    if (this.#phase !== 'open' && this.#phase !== 'closing') return;
    this.#enter('finishing');
    this.#wantsWriteable = false;
    this.setTimeout('shutdown-flush', shutdownFlushSecs);
    this.#list();
  }

  fail(error: CodedError, detail?: string): void {
    if (this.#phase === 'closed') return;
    this.report(error, detail);
    this.transport.abort();
  }

  abort(): void {
    if (this.#phase !== 'closed') this.transport.abort();
  }

  /** Ends at once, whatever the transport says later. */
  cut(error: CodedError): void {
    if (this.#phase === 'closed') return;
    this.transport.abort();
    this.closed(error);
  }

  // ---- what the transport tells

  rx(bytes: Uint8Array): void {
    this.#vhost.counters.rx += bytes.length;
    if (rxChannel.hasSubscribers) rxChannel.publish(this.#event({ bytes: bytes.length }));
    if (this.#phase !== 'open' && this.#phase !== 'closing') {
      this.#discard(bytes.length);
      return;
    }
    if (!this.#listed) this.#deliveries = 0;
    if (this.#parked.length > 0 || !this.mayDeliver)
      this.#parked.append(bytes, this.transport.givesMemory);
    else this.#offer(bytes, this.transport.givesMemory);
    this.#listIfWork();
  }

  peerEnded(): void {
    if (this.#phase !== 'open' && this.#phase !== 'closing') return;
    this.#finWaits = true;
    this.#list();
  }

  drained(): void {
    const unsent = this.#unsent;
    this.#unsent = undefined;
    if (unsent !== undefined) for (const sent of unsent) sent();
    if (this.#phase === 'closed') return;
    try {
      this.#state?.drained();
    } catch (error) {
      this.#threw(error);
    }
    if (this.#phase === 'lingering') this.setTimeout('linger', lingerSecs);
    this.#list();
  }

  closed(error: CodedError | undefined): void {
    if (this.#phase === 'closed') return;
    this.#enter('closed');
    this.clearTimeout();
    if (this.#userTimer !== undefined) this.#loop.wheel.disarm(this.#userTimer);
    if (this.#output.length > 0) this.#loop.arena.written(this.#output, true);
    this.#parked.take();
    this.#held?.drop();
    this.#unsent = undefined;
    try {
      this.#state?.gone(error);
    } catch (thrown) {
      this.#reportThrown(thrown);
    }
    if (closedChannel.hasSubscribers) closedChannel.publish(this.#event(error && { error }));
    this.#vhost.unbind(this.#bound, this);
    this.#ticket?.release();
    this.#ticket = undefined;
    this.#home.connectionGone(this);
  }

  // ---- what the loop and the wheel call

  serve(): void {
    this.#listed = false;
    if (this.#phase === 'closed') return;
    this.#deliveries = 0;
    this.#refused = false;
    try {
      this.#serveTurn();
    } catch (error) {
      this.#threw(error);
    }
    if ((this.#phase as Phase) === 'closed') return;
    this.#flush();
    this.#deliveries = 0;
    if (this.#phase === 'finishing') {
      this.#enter('lingering');
      this.transport.end();
      if (this.transport.bufferedBytes === 0) this.setTimeout('linger', lingerSecs);
    }
    this.#updateReading();
    this.#listAgain();
  }

  expired(entry: TimerEntry): void {
    if (entry !== this.#deadline) {
      try {
        this.#state?.timer();
      } catch (error) {
        this.#threw(error);
      }
      return;
    }
    const reason = this.#reason;
    this.#reason = undefined;
    if (reason === undefined) return;
    if (reason === 'hold') {
      this.report(coreErrors.LWS_ERR_HOLD_TIMEOUT);
      this.#held?.settle(503);
      return;
    }
    this.timeoutReason = reason;
    if (reason === 'linger' || reason === 'shutdown-flush') this.transport.abort();
    else if (reason.startsWith('user-')) this.fail(coreErrors.LWS_ERR_TIMEOUT, reason);
    else
      try {
        this.#state?.timeout(reason);
      } catch (error) {
        this.#threw(error);
      }
  }

  // ---- private

  #serveTurn(): void {
    for (;;) {
      let progressed = false;
      if (this.#wantsWriteable && this.#writeable()) {
        this.#wantsWriteable = false;
        this.#deliveries++;
        this.#state?.writeable();
        progressed = true;
      }
      if (this.#wantsService) {
        this.#wantsService = this.#state?.service() ?? false;
        progressed = true;
      }
      if (this.#parked.length > 0 && this.mayDeliver) {
        const waiting = this.#parked.take();
        this.#refused = waiting !== undefined && this.#offer(waiting, true) === 0;
        progressed = progressed || !this.#refused;
      }
      if (this.#finWaits && this.#parked.length === 0 && this.#held === undefined) {
        this.#finWaits = false;
        this.#state?.peerEnded();
        progressed = true;
      }
      if (!progressed || (this.#phase !== 'open' && this.#phase !== 'closing')) return;
      if (this.#deliveries >= deliveriesATurn || this.#output.length >= this.#loop.txBudget) return;
    }
  }

  /** Forced service: what is left of a turn, and nothing from the network will call for. */
  #listAgain(): void {
    if (
      (this.#wantsWriteable && this.#writeable()) ||
      this.#wantsService ||
      (this.#parked.length > 0 && this.mayDeliver && !this.#refused)
    )
      this.#list();
  }

  /** The peer takes more now. */
  #writeable(): boolean {
    return (
      this.#phase === 'open' &&
      this.transport.bufferedBytes === 0 &&
      this.#output.length < this.#loop.txBudget
    );
  }

  /** Gives the role what it takes and parks the rest; returns how many bytes were taken. */
  #offer(bytes: Uint8Array, owned: boolean): number {
    let taken = bytes.length;
    try {
      taken = this.#state?.rx(bytes) ?? bytes.length;
    } catch (error) {
      this.#threw(error);
    }
    if (taken < bytes.length && (this.#phase === 'open' || this.#phase === 'closing'))
      this.#parked.prepend(taken === 0 ? bytes : bytes.subarray(taken), owned);
    return taken;
  }

  #flush(): void {
    const output = this.#output;
    const length = output.length;
    if (length === 0) return;
    this.#count(length);
    const free = this.transport.write(output.buffer.subarray(output.start, output.end));
    this.#loop.arena.written(output, free);
  }

  #count(bytes: number): void {
    this.#vhost.counters.tx += bytes;
    if (txChannel.hasSubscribers) txChannel.publish(this.#event({ bytes }));
  }

  #discard(bytes: number): void {
    this.#discarded += bytes;
    if (this.#discarded > discardBytes) this.#updateReading();
  }

  #updateReading(): void {
    const wanted = this.#wantsReading();
    if (wanted === this.#reading || this.#phase === 'closed') return;
    this.#reading = wanted;
    this.transport.read(wanted);
  }

  #wantsReading(): boolean {
    switch (this.#phase) {
      case 'open':
        if (this.#held !== undefined) return this.#parked.length < heldBytes;
        return this.#rxOn && this.#parked.length === 0;
      case 'closing':
        return true;
      case 'finishing':
      case 'lingering':
        return this.#discarded <= discardBytes;
      case 'accepted':
      case 'securing':
      case 'closed':
        return false;
    }
  }

  /** A hold ends: true when the connection is still there to go on. */
  #release(settled: (status: number | undefined) => void, status: number | undefined): boolean {
    this.#held = undefined;
    if (this.#reason === 'hold') this.clearTimeout();
    if (this.#phase !== 'open') return false;
    // a stopped socket says nothing of a reset until it is written to
    if (!this.#reading && !this.transport.probe()) return false;
    try {
      settled(status);
    } catch (error) {
      this.#threw(error);
    }
    this.#list();
    return true;
  }

  #threw(error: unknown): void {
    this.#reportThrown(error);
    if (this.#phase !== 'open' && this.#phase !== 'closing') return;
    try {
      if (this.#state === undefined) this.transport.abort();
      else this.#state.threw();
    } catch (again) {
      this.#reportThrown(again);
      this.transport.abort();
    }
    this.#list();
  }

  #reportThrown(error: unknown): void {
    this.#vhost.count(coreErrors.LWS_ERR_HANDLER_THREW.code);
    const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
    lwslErr(`wsi ${this.id} of ${this.#vhost.name} ${this.protocol}: a handler threw: ${trace}`);
    if (errorChannel.hasSubscribers) errorChannel.publish(this.#event({ error }));
  }

  #listIfWork(): void {
    if (
      this.#wantsWriteable ||
      this.#wantsService ||
      this.#output.length > 0 ||
      this.#parked.length > 0 ||
      this.#wantsReading() !== this.#reading
    )
      this.#list();
  }

  #list(): void {
    if (this.#listed) return;
    this.#listed = true;
    this.#loop.list(this);
  }

  #enter(next: Phase): void {
    assertStep(this.#phase, next);
    this.#phase = next;
  }

  #event(more?: Partial<DiagnosticsEvent>): DiagnosticsEvent {
    const event = { wsi: this.#wsi ?? this, vhost: this.#vhost.name };
    return this.#bound === undefined
      ? { ...event, ...more }
      : { ...event, protocol: this.#bound.name, ...more };
  }
}
