/**
 * One connection: what stands between a transport and a role. It decides when input is delivered, when
 * `writeable` is called, when output leaves and when it is over. It knows no protocol and no socket.
 */
import type {
  AdmissionTicket,
  BoundProtocol,
  ClientRoleState,
  CodedError,
  DialTarget,
  Held,
  RoleHost,
  RoleState,
  TimeoutReason,
  Transport,
  TransportSink,
  WsiView,
} from '@lws-ts/interface';
import { LwsError } from '@lws-ts/interface';
import { absentInPlaceOf, absentTransport } from './absent-transport.ts';
import type { ClientLink, LinkOwner } from './client-link.ts';
import { ConnectionAccount, type ConnectionVhost } from './connection-account.ts';
import { ConnectionOutput } from './connection-output.ts';
import { type DeadlineOwner, Deadlines } from './deadlines.ts';
import { coreErrors } from './errors.ts';
import { HeldConnection } from './held-connection.ts';
import type { OutputKeeper } from './kept-output.ts';
import { Kin, type Relative } from './kin.ts';
import { ParkedInput } from './parked-input.ts';
import { assertStep, type Phase } from './phase.ts';
import type { RefusalLog } from './refusal-log.ts';
import type { ServiceLoop } from './service-loop.ts';
import type { Serviced } from './serviced.ts';

/** Deliveries that one connection gets in one turn. */
const deliveriesATurn = 256;
/** What is read into while a connection is held or says goodbye, in bytes. */
const heldBytes = 16 * 1024;
/** What waits of a connection before it is not read from any more within a turn, in bytes. */
const parkedBytes = 64 * 1024;
/** What a lingering connection reads and discards before it stops reading, in bytes. */
const discardBytes = 256 * 1024;
/** How long output may make no progress once the end began. */
const shutdownFlushSecs = 5;
const lingerSecs = 1;
/** How often a peer that is not read from is probed: its reset shows no other way. */
const probeMs = 2000;

const deafSink: TransportSink = Object.freeze({
  rx: () => undefined,
  peerEnded: () => undefined,
  drained: () => undefined,
  closed: () => undefined,
});

/** Told once how a client ended up: established, or why not. */
export type Settled = (error: CodedError | undefined) => void;

/** What a connection needs of its context. */
export interface ConnectionHome {
  readonly loop: ServiceLoop;
  readonly refusals: RefusalLog;
  connectionGone(connection: Connection): void;
}

export class Connection
  implements
    RoleHost,
    TransportSink,
    DeadlineOwner,
    Serviced,
    WsiView,
    LinkOwner,
    OutputKeeper,
    Relative
{
  readonly id: number;
  transport: Transport;
  servedTurn = 0;
  reservedAt = 0;
  timeoutReason: TimeoutReason | undefined = undefined;

  readonly #home: ConnectionHome;
  readonly #loop: ServiceLoop;
  readonly #account: ConnectionAccount;
  readonly #deadlines: Deadlines;
  readonly #output: ConnectionOutput;
  readonly #parked = new ParkedInput();
  #state: RoleState | undefined = undefined;
  /** Of a client, until it is established. */
  #link: ClientLink | undefined = undefined;
  #settled: Settled | undefined = undefined;
  /** A client that came to nothing: told in the turn that follows. */
  #clientFailure: CodedError | undefined = undefined;
  /** Of a client whose request is out: `writeable` is called before it is established. */
  #requested = false;
  /** Input is delivered whatever the output does. */
  #duplex = false;
  #phase: Phase = 'accepted';
  #ticket: AdmissionTicket | undefined;
  #kin: Kin | undefined = undefined;
  #held: HeldConnection | undefined = undefined;
  #failure: CodedError | undefined = undefined;
  #listed = false;
  #wantsWriteable = false;
  #wantsService = false;
  #rxOn = true;
  #reading = false;
  #finWaits = false;
  /** `writeable` was just called: one message may go out of turn to a handler that asked again. */
  #messageDue = false;
  /** The role took nothing of what waits: it is offered again when something else happened. */
  #refused = false;
  /** FIN goes out behind the output of this turn, or went. */
  #outputEnds = false;
  #outputEnded = false;
  /** The transport is over in order, and not all that came was delivered. */
  #closeWaits = false;
  #deliveries = 0;
  #discarded = 0;
  /** What the transport still had when the flush deadline was set. */
  #unflushed = 0;

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
    this.#ticket = ticket;
    this.#account = new ConnectionAccount(this, vhost, home.refusals);
    this.#deadlines = new Deadlines(this, home.loop.wheel);
    this.#output = new ConnectionOutput(this, home.loop, transport, this.#account);
  }

  // ---- what a role, a wsi and the context see

  get vhost(): ConnectionVhost {
    return this.#account.vhost;
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

  get admission(): AdmissionTicket | undefined {
    return this.#ticket;
  }

  get security(): Transport['security'] {
    return this.transport.security;
  }

  get protocol(): string {
    return this.#account.protocol;
  }

  get wsi(): WsiView {
    return this.#account.wsi ?? (this.#state as Partial<ClientRoleState> | undefined)?.wsi ?? this;
  }

  get parent(): WsiView | undefined {
    return this.#kin?.parent?.wsi;
  }

  get children(): readonly WsiView[] {
    return this.#kin?.children ?? [];
  }

  get rxFlowing(): boolean {
    return this.#rxOn;
  }

  get mayDeliver(): boolean {
    // who says goodbye listens for the answer, whatever the program asked for before
    if (this.#phase === 'closing') return true;
    // nor does it matter before there is anything for the program
    if (this.#link !== undefined) return this.#phase === 'open';
    return (
      this.#phase === 'open' &&
      this.#rxOn &&
      this.#held === undefined &&
      this.#deliveries < deliveriesATurn &&
      (this.#messageDue ||
        (!this.#wantsWriteable && this.room) ||
        this.#duplex ||
        this.#account.duplex)
    );
  }

  delivered(): void {
    this.#deliveries++;
    this.#messageDue = false;
  }

  get turnOver(): boolean {
    return this.#deliveries >= deliveriesATurn;
  }

  get room(): boolean {
    return this.pendingBytes < this.#loop.txBudget;
  }

  /** It asked for `writeable`. */
  get wantsOut(): boolean {
    return this.#wantsWriteable && this.#phase === 'open' && this.#writes;
  }

  get pendingBytes(): number {
    return this.#output.length + this.transport.bufferedBytes;
  }

  /** Before it begins: it ends with `parent`, and before it. */
  belongTo(parent: Connection): void {
    this.#kin ??= new Kin();
    this.#kin.parent = parent;
    parent.#kin ??= new Kin();
    parent.#kin.add(this);
  }

  childGone(child: Relative): void {
    try {
      this.#state?.childClosing?.(child.wsi);
    } catch (error) {
      this.#threw(error);
    }
    this.#kin?.remove(child);
  }

  /** The role takes over; input flows from now on. */
  start(make: (host: RoleHost) => RoleState): void {
    this.#account.accepted();
    this.#loop.arrived();
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

  /** A client begins: `state` dials when its link says so. */
  startClient(state: ClientRoleState, link: ClientLink, settled: Settled | undefined): void {
    this.#enter('connecting');
    this.#state = state;
    this.#link = link;
    this.#settled = settled;
    link.begin();
  }

  reserve(bytes: number): Uint8Array {
    const buffer = this.#output.reserve(bytes);
    this.reservedAt = this.#output.end;
    return buffer;
  }

  commit(bytes: number): void {
    this.#output.commit(bytes);
    this.#list();
  }

  flush(): boolean {
    this.#output.flush();
    return this.transport.bufferedBytes === 0;
  }

  writeOwned(bytes: Uint8Array, sent?: () => void): void {
    this.#output.writeOwned(bytes, sent);
  }

  keepsMore(bytes: number): void {
    this.#output.keepsMore(bytes);
  }

  writeShared(bytes: Uint8Array): void {
    this.#output.writeShared(bytes);
  }

  requestWriteable(): void {
    if (this.#phase !== 'open' && this.#link === undefined) return;
    this.#wantsWriteable = true;
    this.#askWriteable();
  }

  get writeableRequested(): boolean {
    return this.#wantsWriteable;
  }

  forceService(): void {
    if (this.#over) return;
    this.#wantsService = true;
    this.#list();
  }

  rxFlowControl(on: boolean): void {
    if (this.#rxOn === on || this.#over) return;
    this.#rxOn = on;
    this.#list();
  }

  setTimeout(reason: TimeoutReason, secs: number): void {
    if (!this.#served) return;
    if (isUserReason(reason)) this.#deadlines.setUser(reason, secs);
    else if (reason === 'http-answer') this.#deadlines.setAnswer(secs);
    else if (secs > 0) this.#deadlines.set(reason, secs);
    else if (this.#deadlines.reason === reason) this.#deadlines.clear();
  }

  clearTimeout(): void {
    if (this.#served) this.#deadlines.clear();
  }

  setValidityMs(ms: number): void {
    if (this.#phase === 'open') this.#deadlines.setValidityMs(ms);
  }

  setTimerMs(ms: number): void {
    if (this.#phase !== 'open') return;
    if (ms < 0) this.#deadlines.cancelTimer();
    else this.#deadlines.setTimerMs(ms);
  }

  hold(settled: (status: number | undefined) => void): Held {
    if (this.#held !== undefined) throw new LwsError(coreErrors.LWS_ERR_HOLD);
    const held = new HeldConnection((status) => this.#release(settled, status));
    if (this.#phase !== 'open') held.drop();
    else {
      this.#held = held;
      this.#deadlines.setHold(this.vhost.holdTimeoutSecs);
      this.#list();
    }
    return held;
  }

  dial(target: DialTarget, take?: () => Transport | undefined): void {
    this.#link?.dial(target, take);
  }

  join(transport: Transport): void {
    this.#link?.join(transport);
  }

  takeAlways(): void {
    this.#duplex = true;
  }

  requested(): void {
    this.#requested = true;
    this.#duplex = true;
    this.#link?.requested();
    this.#list();
  }

  handOver(): Transport | undefined {
    const { transport } = this;
    const busy = this.pendingBytes > 0 || this.#parked.length > 0 || this.#finWaits;
    if (this.#phase !== 'open' || this.#link !== undefined || busy) return undefined;
    this.transport = absentInPlaceOf(transport);
    this.#reading = false;
    transport.attach(deafSink);
    this.#output.retarget(this.transport);
    this.closed(undefined);
    return transport;
  }

  secure(serverName: string): void {
    this.#link?.secure(serverName);
  }

  established(): void {
    this.#link?.end();
    this.#link = undefined;
    this.#settle(undefined);
  }

  selectVhost(name: string): ConnectionVhost {
    return this.#account.selectVhost(name);
  }

  bind(protocol: BoundProtocol | undefined, wsi: WsiView | undefined): void {
    if (!this.#over) this.#account.bind(protocol, wsi);
  }

  become(next: (host: RoleHost) => RoleState, rest: Uint8Array): void {
    if (this.#over) return;
    const before = this.#state;
    // whatever happens in between concerns neither
    this.#state = undefined;
    before?.leaving();
    this.clearTimeout();
    this.#deadlines.setAnswer(0);
    this.#parked.prepend(rest, false);
    this.#state = next(this);
    this.#list();
  }

  report(error: CodedError, detail?: string): void {
    this.#account.refused(error, detail);
  }

  close(code: number | undefined, reason: string): void {
    if (this.#link !== undefined) this.abort();
    if (this.#phase !== 'open') return;
    this.#enter('closing');
    this.#kin?.closeChildren();
    this.#wantsWriteable = false;
    this.#deadlines.clearUser();
    this.#deadlines.cancelTimer();
    const state = this.#state;
    try {
      if (state === undefined || !state.closing(code, reason)) this.finish();
    } catch (error) {
      this.#threw(error);
    }
    this.#list();
  }

  endOutput(): void {
    if (!this.#served) return;
    this.#outputEnds = true;
    this.#list();
  }

  finish(): void {
    if (!this.#served) return;
    this.#enter('finishing');
    this.#kin?.closeChildren();
    this.#wantsWriteable = false;
    this.#finWaits = false;
    this.#parked.clear();
    this.#deadlines.clearUser();
    this.#deadlines.cancelTimer();
    this.#flushWithin();
    this.#list();
  }

  fail(error: CodedError, detail?: string): void {
    if (this.#link !== undefined) {
      this.#link.fail(detail === undefined ? error : new LwsError(error, detail));
      return;
    }
    if (this.#over) return;
    this.report(error, detail);
    this.#failure = error;
    this.abort();
  }

  giveUp(error: CodedError): void {
    this.#link?.giveUp(error);
  }

  abort(): void {
    if (this.#link !== undefined) {
      this.#link.giveUp(coreErrors.LWS_ERR_CONNECT_ABORTED);
      return;
    }
    if (this.#over) return;
    this.#enter('aborted');
    this.#kin?.abortChildren();
    this.#wantsWriteable = false;
    this.#wantsService = false;
    this.#finWaits = false;
    this.#parked.clear();
    this.#deadlines.clearAll();
    this.#output.drop();
    this.transport.abort();
    if (this.#closeWaits) this.#list();
  }

  /** Ends at once, whatever the transport says later. */
  cut(error: CodedError): void {
    this.abort();
    if (!this.#comeToNothing()) this.closed(error);
  }

  outputOver(): void {
    this.fail(coreErrors.LWS_ERR_OUTPUT_TOTAL, `${this.transport.bufferedBytes} bytes of it`);
  }

  // ---- what the transport tells

  rx(bytes: Uint8Array): void {
    this.#account.received(bytes.length);
    if (!this.#served) {
      this.#discarded += bytes.length;
      if (this.#discarded > discardBytes) this.#updateReading();
      return;
    }
    if (!this.#listed) this.#deliveries = 0;
    if (this.#parked.length > 0 || !this.mayDeliver) {
      this.#parked.append(bytes, this.transport.givesMemory);
      // a socket gives many pieces in one go; the turn comes after the last of them
      if (this.#parked.length >= parkedBytes) this.#updateReading();
    } else this.#offer(bytes, this.transport.givesMemory);
    this.#listIfWork();
  }

  peerEnded(): void {
    if (!this.#served) return;
    this.#finWaits = true;
    this.#list();
  }

  drained(): void {
    if (this.#over) return;
    try {
      this.#output.drained();
      this.#state?.drained();
    } catch (error) {
      this.#threw(error);
    }
    if (this.#phase === 'lingering') this.#deadlines.set('linger', lingerSecs);
    this.#list();
  }

  closed(error: CodedError | undefined): void {
    if (this.#phase === 'closed') return;
    if (this.#link !== undefined) {
      if (!this.#lost()) this.#link?.fail(error ?? coreErrors.LWS_ERR_CONNECT_CLOSED);
      return;
    }
    // who ended both ways is gone at once, with what is parked still to be delivered
    if (error === undefined && this.#phase === 'open' && this.#outputEnded && this.#undelivered) {
      this.#closeWaits = true;
      this.#list();
      return;
    }
    this.#kin?.cutChildren();
    this.#enter('closed');
    this.#deadlines.clearAll();
    this.#output.drop();
    this.#parked.clear();
    this.#held?.drop();
    try {
      this.#state?.gone(error);
    } catch (thrown) {
      this.#account.handlerThrew(thrown);
    }
    this.#settle(error ?? coreErrors.LWS_ERR_CONNECT_ABORTED);
    this.#account.closed(error ?? this.#failure);
    this.#account.unbind();
    this.#kin?.parent?.childGone(this);
    this.#home.connectionGone(this);
    try {
      this.#ticket?.release();
    } catch (thrown) {
      this.#account.handlerThrew(thrown);
    }
    this.#ticket = undefined;
  }

  // ---- what the link of a client tells

  attempt(): void {
    this.#attend((state) => state.attempt());
  }

  joined(transport: Transport): void {
    this.transport = transport;
    this.#output.retarget(transport);
    this.#reading = false;
    this.#enter('open');
    transport.attach(this);
    this.#attend((state) => state.connected());
    this.#updateReading();
    this.#list();
  }

  securing(): void {
    this.#enter('securing');
    // whoever takes the socket over finds it at rest
    if (this.#reading) this.transport.read(false);
    this.#reading = false;
  }

  leave(): void {
    const { transport } = this;
    this.#parked.clear();
    this.#finWaits = false;
    if (transport === absentTransport) return;
    // what the program set for this attempt concerns no other
    this.#deadlines.clear();
    this.#deadlines.clearUser();
    this.#deadlines.cancelTimer();
    this.#requested = false;
    this.#enter('connecting');
    this.transport = absentTransport;
    this.#output.retarget(absentTransport);
    this.#reading = false;
    // what it still has to say concerns nobody
    transport.attach(deafSink);
    transport.abort();
  }

  cameToNothing(error: LwsError): void {
    this.#link = undefined;
    this.#enter('aborted');
    this.#clientFailure = error;
    this.#list();
  }

  // ---- what the loop and the wheel call

  serve(): void {
    this.#listed = false;
    if (this.#comeToNothing() || this.#over) {
      this.#output.drop();
      this.#closeLate();
      return;
    }
    this.#deliveries = 0;
    this.#refused = false;
    try {
      this.#serveTurn();
    } catch (error) {
      this.#threw(error);
    }
    try {
      this.#endTurn();
      this.#closeLate();
    } catch (error) {
      // the transport threw: one that a program brought along
      this.#account.handlerThrew(error);
      this.abort();
    }
  }

  deadlinePassed(reason: TimeoutReason): void {
    if (reason === 'shutdown-flush' && this.transport.bufferedBytes < this.#unflushed) {
      this.#flushWithin();
      return;
    }
    const before = this.#phase;
    this.timeoutReason = reason;
    if (reason === 'linger') this.abort();
    else if (reason === 'shutdown-flush') this.fail(coreErrors.LWS_ERR_TIMEOUT, reason);
    else
      try {
        this.#state?.timeout(reason);
      } catch (error) {
        this.#threw(error);
      }
    // a role may put its deadline off: that ended nothing
    if (this.#phase === before) this.timeoutReason = undefined;
  }

  userDeadlinePassed(reason: TimeoutReason): void {
    this.timeoutReason = reason;
    this.fail(coreErrors.LWS_ERR_TIMEOUT, reason);
  }

  validityDue(): void {
    if (this.#phase !== 'open') return;
    this.timeoutReason = 'validity';
    try {
      this.#state?.timeout('validity');
    } catch (error) {
      this.#threw(error);
    }
    if (this.open) this.timeoutReason = undefined;
  }

  holdPassed(): void {
    this.report(coreErrors.LWS_ERR_HOLD_TIMEOUT);
    this.#held?.settle(503);
  }

  timerFired(): void {
    try {
      this.#state?.timer();
    } catch (error) {
      this.#threw(error);
    }
  }

  probeDue(): void {
    if (this.#served && !this.#reading && this.transport.probe())
      this.#deadlines.probeInMs(probeMs);
  }

  // ---- private

  /** Its role still has a say. */
  get #served(): boolean {
    return this.#phase === 'open' || this.#phase === 'closing';
  }

  /** Nobody has turned input off. */
  get #hears(): boolean {
    return (
      this.#phase === 'closing' ||
      this.#link !== undefined ||
      (this.#rxOn && this.#held === undefined)
    );
  }

  /** What it says is the role's alone no more. */
  get #writes(): boolean {
    return this.#link === undefined || this.#requested;
  }

  get #over(): boolean {
    return this.#phase === 'aborted' || this.#phase === 'closed';
  }

  #serveTurn(): void {
    for (;;) {
      let progressed = false;
      if (this.#wantsWriteable && this.#writeable()) {
        this.#wantsWriteable = false;
        this.#deliveries++;
        this.#state?.writeable();
        // in turns: who always asks for more still hears its peer
        this.#messageDue = true;
        progressed = true;
      }
      if (this.#wantsService) {
        this.#deliveries++;
        this.#wantsService = false;
        if (this.#state?.service() === true) this.forceService();
        progressed = true;
      }
      if (this.#parked.length > 0 && this.mayDeliver) {
        const waiting = this.#parked.take();
        const taken = waiting === undefined ? 0 : this.#offer(waiting, true);
        // who takes nothing of the first piece may want to see more at once
        this.#refused = taken === 0 && !this.#parked.joinFirst();
        progressed = progressed || !this.#refused;
      }
      this.#messageDue = false;
      // who left while held is told at once: nobody can answer it any more
      const told = this.#hears || this.#held !== undefined;
      if (this.#finWaits && this.#parked.length === 0 && told) {
        this.#finWaits = false;
        this.#state?.peerEnded();
        progressed = true;
      }
      if (!progressed || !this.#served) return;
      if (this.#deliveries >= deliveriesATurn || this.#output.length >= this.#loop.txBudget) return;
    }
  }

  #endTurn(): void {
    if (this.#over) {
      this.#output.drop();
      return;
    }
    this.#output.flush();
    this.#deliveries = 0;
    if (this.#outputEnds) {
      this.#outputEnds = false;
      this.#outputEnded = true;
      if (this.#served) this.transport.end();
    }
    if (this.#phase === 'finishing') {
      this.#enter('lingering');
      this.transport.end();
      if (this.transport.bufferedBytes === 0) this.#deadlines.set('linger', lingerSecs);
      else this.#flushWithin();
    }
    this.#updateReading();
    this.#listAgain();
    this.#loop.polled?.ownerChanged(this.transport);
  }

  /** Something came that was not told yet. */
  get #undelivered(): boolean {
    return this.#parked.length > 0 || this.#finWaits;
  }

  /** The end of a transport that waited for what came before it. */
  #closeLate(): void {
    if (!this.#closeWaits || (this.#phase === 'open' && this.#undelivered)) return;
    this.#closeWaits = false;
    this.closed(undefined);
  }

  /** Forced service: what is left of a turn, and nothing from the network will call for. */
  #listAgain(): void {
    if (this.#wantsService || (this.#parked.length > 0 && this.mayDeliver && !this.#refused))
      this.#list();
    else if (this.#wantsWriteable && this.#writeable()) this.#askWriteable();
  }

  /** The peer takes more now. */
  #writeable(): boolean {
    return (
      this.#phase === 'open' &&
      this.#writes &&
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
    if (taken < bytes.length && this.#served)
      this.#parked.prepend(taken === 0 ? bytes : bytes.subarray(taken), owned);
    return taken;
  }

  /** What the transport has must move on within that time. */
  #flushWithin(): void {
    this.#unflushed = this.transport.bufferedBytes;
    this.#deadlines.set('shutdown-flush', shutdownFlushSecs);
  }

  #updateReading(): void {
    const wanted = this.#wantsReading();
    if (wanted === this.#reading || this.#over) return;
    this.#reading = wanted;
    this.transport.read(wanted);
    if (!wanted && this.#served) this.#deadlines.probeInMs(probeMs);
  }

  #wantsReading(): boolean {
    switch (this.#phase) {
      case 'open':
        if (this.#held !== undefined) return this.#parked.length < heldBytes;
        return (this.#rxOn || this.#link !== undefined) && this.#parked.length === 0;
      case 'closing':
        return this.#parked.length < heldBytes;
      case 'finishing':
      case 'lingering':
        return this.#discarded <= discardBytes;
      case 'accepted':
      case 'connecting':
      case 'securing':
      case 'aborted':
      case 'closed':
        return false;
    }
  }

  /** A hold ends: true when the connection is still there to go on. */
  #release(settled: (status: number | undefined) => void, status: number | undefined): boolean {
    this.#deadlines.clearHold();
    // a stopped socket says nothing of a reset until it is written to
    const there = this.#phase === 'open' && (this.#reading || this.transport.probe());
    if (there) this.#loop.run(() => this.#answered(settled, status));
    else this.#held = undefined;
    return there;
  }

  /** A hold has ended. */
  #answered(settled: (status: number | undefined) => void, status: number | undefined): void {
    this.#held = undefined;
    if (this.#phase !== 'open') return;
    try {
      settled(status);
    } catch (error) {
      this.#threw(error);
    }
    this.#list();
  }

  /** Calls the state of a client that is not established. */
  #attend(call: (state: ClientRoleState) => void): void {
    try {
      call(this.#state as ClientRoleState);
    } catch (error) {
      this.#threw(error);
    }
  }

  /** The role of a client dialled again by itself. */
  #lost(): boolean {
    let again = false;
    this.#attend((state) => {
      again = state.lost?.() === true;
    });
    return again;
  }

  /** Ends a client that was not established, if it failed. */
  #comeToNothing(): boolean {
    const failure = this.#clientFailure;
    if (failure === undefined || this.#phase !== 'aborted') return false;
    // what a handler threw is reported already
    if (failure.code !== coreErrors.LWS_ERR_HANDLER_THREW.code) this.report(failure);
    this.closed(failure);
    return true;
  }

  /** Tells whoever waits for a client how it ended up, after the protocol was told. */
  #settle(error: CodedError | undefined): void {
    const settled = this.#settled;
    this.#settled = undefined;
    settled?.(error);
  }

  #threw(error: unknown): void {
    this.#account.handlerThrew(error);
    if (this.#link !== undefined) {
      this.#link.giveUp(
        new LwsError(coreErrors.LWS_ERR_HANDLER_THREW, undefined, { cause: error }),
      );
      return;
    }
    if (!this.#served) return;
    try {
      if (this.#state === undefined) this.abort();
      else this.#state.threw();
    } catch (again) {
      this.#account.handlerThrew(again);
      this.abort();
    }
    this.#list();
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

  /** A turn for `writeable` alone: where the program owns the poll, its transport's descriptor asks for it. */
  #askWriteable(): void {
    if (this.#listed) return;
    const { polled } = this.#loop;
    if (polled === undefined || !polled.ownerChanged(this.transport)) this.#list();
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
}

/** Of a deadline that the program sets: it stands beside those of the role. */
function isUserReason(reason: TimeoutReason): boolean {
  return reason.startsWith('user-');
}
