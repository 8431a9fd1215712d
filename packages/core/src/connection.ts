/**
 * One connection: what stands between a transport and a role. Here is its life, each change of its phase; it knows no
 * protocol and no socket. Below it are three layers of the same object, so that an idle connection costs no more
 * memory: a client until it is established ({@link LinkedConnection}), what a role is lent (`HostConnection`), and what
 * it is known as.
 */
import type {
  AdmissionTicket,
  ClientRoleState,
  CodedError,
  Held,
  RoleHost,
  RoleState,
  Transport,
  WsiView,
} from '@lws-ts/interface';
import { giveBack, LwsError } from '@lws-ts/interface';
import { absentInPlaceOf, deafSink } from './absent-transport.ts';
import { coreErrors } from './errors.ts';
import { HeldConnection, type HoldOwner } from './held-connection.ts';
import { Kin, type Relative } from './kin.ts';
import type { ConnectionVhost } from './known-connection.ts';
import { LinkedConnection } from './linked-connection.ts';
import type { RefusalLog } from './refusal-log.ts';
import type { ServiceLoop } from './service-loop.ts';

/** What a connection needs of its context. */
export interface ConnectionHome {
  readonly loop: ServiceLoop;
  readonly refusals: RefusalLog;
  connectionGone(connection: Connection): void;
}

/** What makes the first role of a connection. */
export interface FirstRole {
  accept(host: RoleHost): RoleState;
}

export class Connection extends LinkedConnection implements RoleHost, HoldOwner, Relative {
  readonly #home: ConnectionHome;
  #ticket: AdmissionTicket | undefined;
  #kin: Kin | undefined = undefined;
  #hold: HeldConnection | undefined = undefined;
  #failure: CodedError | undefined = undefined;
  /** FIN goes out behind the output of this turn, or went. */
  #outputEnds = false;
  #outputEnded = false;
  /** The transport is over in order, and not all that came was delivered. */
  #closeWaits = false;

  constructor(
    home: ConnectionHome,
    id: number,
    transport: Transport,
    vhost: ConnectionVhost,
    ticket: AdmissionTicket | undefined,
  ) {
    super(id, transport, vhost, home.refusals, home.loop);
    this.#home = home;
    this.#ticket = ticket;
  }

  // ---- what a role, a wsi and the context see

  get admission(): AdmissionTicket | undefined {
    return this.#ticket;
  }

  get wsi(): WsiView {
    return this.boundWsi ?? (this.role as Partial<ClientRoleState> | undefined)?.wsi ?? this;
  }

  get parent(): WsiView | undefined {
    return this.#kin?.parent?.wsi;
  }

  get children(): readonly WsiView[] {
    return this.#kin?.children ?? [];
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
      this.role?.childClosing?.(child.wsi);
    } catch (error) {
      this.threw(error);
    }
    this.#kin?.remove(child);
  }

  /** The role takes over; input flows from now on. */
  start(first: FirstRole): void {
    this.tellAccepted();
    this.loop.arrived();
    this.enter('open');
    this.transport.attach(this);
    try {
      this.role = first.accept(this);
      this.updateReading();
    } catch (error) {
      this.threw(error);
    }
    this.turn.requestTurnIfWork();
  }

  /** Its vhost ends. True: it chose none yet, and goes on at `heir`; what TLS agreed on stands for the one alone. */
  passTo(heir: ConnectionVhost): boolean {
    if (!this.open || this.security !== undefined || this.role?.fresh !== true) return false;
    this.selectVhost(heir.name);
    return true;
  }

  hold(settled: (status: number | undefined) => void): Held {
    if (this.#hold !== undefined) throw new LwsError(coreErrors.LWS_ERR_HOLD);
    const held = new HeldConnection(this, settled);
    if (!this.lasts) held.drop();
    else {
      this.#hold = held;
      this.timed.setHold(this.vhost.holdTimeoutSecs);
      this.turn.requestTurn();
    }
    return held;
  }

  become(next: (host: RoleHost) => RoleState, rest: Uint8Array): void {
    if (this.over) return;
    const before = this.role;
    // whatever happens in between concerns neither
    this.role = undefined;
    before?.leaving();
    this.dropDeadlines();
    const lent = this.turn.endLending();
    const { givesMemory } = this.transport;
    this.input.prepend(rest, givesMemory);
    if (givesMemory && !lent) this.turn.seen();
    this.role = next(this);
    this.role.entered?.();
    this.turn.wake();
  }

  handOver(): Transport | undefined {
    const { transport } = this;
    const busy = this.pendingBytes > 0 || this.input.undelivered;
    if (!this.open || this.opening !== undefined || busy) return undefined;
    this.#depart(transport);
    return transport;
  }

  passOn(): { readonly transport: Transport; readonly came: Uint8Array } | undefined {
    const { transport } = this;
    if (!this.open || this.opening !== undefined || this.input.endWaits) return undefined;
    this.output.flush();
    const came = this.input.takeAll();
    this.#depart(transport);
    return { transport, came };
  }

  /** Over in order, and the transport goes on. */
  #depart(transport: Transport): void {
    this.goOnWith(absentInPlaceOf(transport));
    transport.attach(deafSink);
    this.closed(undefined);
  }

  // ---- how it ends

  close(code: number | undefined, reason: string): void {
    if (this.opening !== undefined) this.abort();
    if (!this.open) return;
    this.enter('closing');
    this.#kin?.closeChildren();
    this.turn.cancelWriteable();
    const { role } = this;
    if (!this.lasts) this.deadlines?.clearUser();
    try {
      if (role === undefined || !role.closing(code, reason)) this.finish();
    } catch (error) {
      this.threw(error);
    }
    this.turn.wake();
  }

  endOutput(): void {
    if (!this.served) return;
    this.#outputEnds = true;
    this.turn.wake();
  }

  finish(): void {
    if (!this.served) return;
    this.enter('finishing');
    this.#kin?.closeChildren();
    this.turn.cancelWriteable();
    this.input.forget();
    this.timed.clearUser();
    this.timed.flushSoon();
    this.turn.wake();
  }

  fail(error: CodedError, detail?: string): void {
    if (this.opening !== undefined) {
      this.opening.fail(detail === undefined ? error : new LwsError(error, detail));
      return;
    }
    if (this.over) return;
    this.report(error, detail);
    this.#failure = error;
    this.abort();
  }

  abort(): void {
    if (this.opening !== undefined) {
      this.opening.giveUp(coreErrors.LWS_ERR_CONNECT_ABORTED);
      return;
    }
    if (this.over) return;
    this.enter('aborted');
    this.keepProcess(false);
    this.#kin?.abortChildren();
    this.turn.cancel();
    this.input.forget();
    this.deadlines?.clearAll();
    this.output.drop();
    this.keptInput?.drop();
    try {
      this.transport.abort();
    } catch (error) {
      // one that a program brought along, and that will say nothing of its end
      this.handlerThrew(error);
      this.closed(undefined);
    }
    if (this.#closeWaits) this.turn.requestTurn();
  }

  /** Ends at once, whatever the transport says later. */
  cut(error: CodedError): void {
    this.abort();
    if (!this.comeToNothing()) this.closed(error);
  }

  overLimit(): void {
    this.fail(coreErrors.LWS_ERR_OUTPUT_TOTAL, `${this.transport.bufferedBytes} bytes of it`);
  }

  inputOver(bytes: number): void {
    this.fail(coreErrors.LWS_ERR_INPUT_TOTAL, `${bytes} bytes of it`);
  }

  /** A handler threw: the role ends the connection. */
  threw(error: unknown): void {
    this.handlerThrew(error);
    if (this.opening !== undefined) {
      this.opening.giveUp(
        new LwsError(coreErrors.LWS_ERR_HANDLER_THREW, undefined, { cause: error }),
      );
      return;
    }
    if (!this.served) return;
    try {
      if (this.role === undefined) this.abort();
      else this.role.threw();
    } catch (again) {
      this.handlerThrew(again);
      this.abort();
    }
    this.turn.wake();
  }

  // ---- what the transport tells

  rx(bytes: Uint8Array): void {
    this.received(bytes.length);
    if (this.served) {
      const { length } = bytes;
      this.turn.arrived(bytes, this.transport.givesMemory);
      this.countParked();
      if (!this.served) this.#restBehind(length);
    } else if (!this.over) this.#discard(bytes);
  }

  peerEnded(): void {
    if (!this.served) return;
    this.input.endWaits = true;
    this.turn.requestTurn();
  }

  drained(): void {
    if (this.over) return;
    try {
      this.output.drained();
      this.role?.drained();
    } catch (error) {
      this.threw(error);
    }
    if (this.phase === 'lingering') this.timed.linger();
    this.turn.requestTurn();
  }

  closed(error: CodedError | undefined): void {
    if (this.phase === 'closed') return;
    if (this.opening !== undefined) {
      this.opening.closed(error);
      return;
    }
    // who ended both ways is gone at once, with what is parked still to be delivered
    if (error === undefined && this.open && this.#outputEnded && this.input.undelivered) {
      this.#closeWaits = true;
      this.turn.requestTurn();
      return;
    }
    // a peer may go at any time; a system call that fails is worth a line
    if (!this.over && error?.code === coreErrors.LWS_ERR_TRANSPORT_FAILED.code) this.report(error);
    this.#kin?.cutChildren();
    this.enter('closed');
    this.keepProcess(false);
    this.giveDeadlinesBack();
    this.output.drop();
    this.input.clear();
    this.keptInput?.drop();
    this.#hold?.drop();
    try {
      this.role?.gone(error);
    } catch (thrown) {
      this.handlerThrew(thrown);
    }
    this.settle(error);
    this.tellClosed(error ?? this.#failure);
    this.unbind();
    this.#kin?.parent?.childGone(this);
    this.#home.connectionGone(this);
    try {
      this.#ticket?.release();
    } catch (thrown) {
      this.handlerThrew(thrown);
    }
    this.#ticket = undefined;
  }

  // ---- what the loop, the wheel and a hold call

  serve(): void {
    this.turn.begin();
    if (this.over) {
      this.comeToNothing();
      this.output.drop();
      this.#closeLate();
      return;
    }
    this.turn.serve();
    try {
      if (this.over) this.output.drop();
      else this.output.flush();
      if (this.turn.settled) return;
      this.#endTurn();
      this.#closeLate();
    } catch (error) {
      // the transport threw: one that a program brought along
      this.handlerThrew(error);
      this.abort();
    }
  }

  holdPassed(): void {
    this.report(coreErrors.LWS_ERR_HOLD_TIMEOUT);
    this.#hold?.settle(503);
  }

  /** True when the connection is still there to go on. */
  holdEnds(): boolean {
    this.deadlines?.clearHold();
    // a stopped socket says nothing of a reset until it is written to
    const there = this.lasts && (this.input.reading || this.transport.probe());
    if (!there) this.#hold = undefined;
    return there;
  }

  answered(settled: (status: number | undefined) => void, status: number | undefined): void {
    this.loop.run(() => {
      this.#hold = undefined;
      if (!this.lasts) return;
      try {
        settled(status);
      } catch (error) {
        this.threw(error);
      }
      this.turn.requestTurn();
    });
  }

  // ---- within

  protected get held(): boolean {
    return this.#hold !== undefined;
  }

  /** Nobody hears it any more. */
  #discard(bytes: Uint8Array): void {
    const { length } = bytes;
    this.input.discard(length);
    if (this.transport.readsAlone === true) giveBack(bytes);
    this.#restBehind(length);
  }

  /** What comes behind a read of that length nobody hears. */
  #restBehind(length: number): void {
    if (this.over) return;
    if (this.input.restBehind(length)) this.timed.rest();
    this.updateReading();
  }

  #endTurn(): void {
    if (this.over) return;
    this.turn.seesAll();
    if (this.#outputEnds) {
      this.#outputEnds = false;
      this.#outputEnded = true;
      if (this.served) this.transport.end();
    }
    if (this.phase === 'finishing') {
      this.enter('lingering');
      this.transport.end();
      if (this.transport.bufferedBytes === 0) this.timed.linger();
      else this.timed.flushSoon();
    }
    this.countParked();
    this.updateReading();
    this.turn.end();
  }

  /** The end of a transport that waited for what came before it. */
  #closeLate(): void {
    if (!this.#closeWaits || (this.open && this.input.undelivered)) return;
    this.#closeWaits = false;
    this.closed(undefined);
  }
}
