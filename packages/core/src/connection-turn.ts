/**
 * The turn of one connection: what it asked for and what waits of it, in turns and within bounds. When a turn comes is
 * the loop's to say, and what it ends with is the connection's.
 */
import { giveBack, type RoleState, type Transport } from '@lws-ts/interface';
import type { ConnectionInput } from './connection-input.ts';
import type { ServiceLoop } from './service-loop.ts';
import type { Serviced } from './serviced.ts';

/** Deliveries that one connection gets in one turn. */
const deliveriesATurn = 256;
/**
 * What arrives in one piece of so many bytes or more has a turn of its own: there is little to gain from putting its
 * answer together with others, and memory that waits for the others too is cold by then, and outlives a scavenge.
 */
const ownTurnBytes = 4096;
/** What waits of a connection before it is not read from any more within a turn, in bytes. */
const parkedBytes = 64 * 1024;

/** Whose turn it is. */
export interface TurnOwner extends Serviced {
  readonly role: RoleState | undefined;
  readonly transport: Transport;
  /** Its role still has a say. */
  readonly served: boolean;
  /** The next input may go to the role. */
  readonly mayDeliver: boolean;
  /** There is room for an answer. */
  readonly room: boolean;
  /** Its protocol takes input whatever its output does. */
  readonly duplex: boolean;
  /** The role may be told that the peer sends no more. */
  readonly mayTellEnd: boolean;
  /** The peer takes more now. */
  readonly writeable: boolean;
  /** Collected and not written, in bytes. */
  readonly collected: number;
  updateReading(): void;
  forceService(): void;
  /** Its role threw. */
  threw(error: unknown): void;
}

// Flags, in one number: every connection has a turn.
/** It is on the loop's list, or has its turn next. */
const LISTED = 1;
/** A turn of its own follows what just arrives, without the list. */
const TURN_FOLLOWS = 2;
/** It has its turn: whatever is asked for meanwhile is seen to before, or by, its end. */
const SERVING = 4;
const WANTS_WRITEABLE = 8;
const WANTS_SERVICE = 16;
/** Input is delivered whatever the output does. */
const DUPLEX = 32;
/** `writeable` was just called: one message may go out of turn to a handler that asked again. */
const MESSAGE_DUE = 64;
/** The role took nothing of what waits: it is offered again when something else happened. */
const REFUSED = 128;
/** The role keeps nothing of what it is given, unless it says so of a piece. */
const LENDS = 256;
/** The role has kept nothing of the piece that it is being given. */
const LENT = 512;
/** Of what waits the role has seen something that it may have kept. */
const SEEN = 1024;
/** Something changed that the end of a turn sees to, besides output: most turns are for `writeable` alone. */
const CHANGED = 2048;

export class ConnectionTurn {
  /** What is so of it, of the flags above. */
  #flags = 0;
  #deliveries = 0;
  readonly #owner: TurnOwner;
  readonly #loop: ServiceLoop;
  readonly #input: ConnectionInput;

  constructor(owner: TurnOwner, loop: ServiceLoop, input: ConnectionInput) {
    this.#owner = owner;
    this.#loop = loop;
    this.#input = input;
  }

  get wantsWriteable(): boolean {
    return this.#is(WANTS_WRITEABLE);
  }

  /** The share of one turn is used up. */
  get over(): boolean {
    return this.#deliveries >= deliveriesATurn;
  }

  /** What the handler asked for does not stand against one more message. */
  get mayDeliver(): boolean {
    const owner = this.#owner;
    return (
      this.#deliveries < deliveriesATurn &&
      (this.#is(MESSAGE_DUE) ||
        (!this.#is(WANTS_WRITEABLE) && owner.room) ||
        this.#is(DUPLEX) ||
        owner.duplex)
    );
  }

  delivered(): void {
    this.#deliveries++;
    this.#clear(MESSAGE_DUE);
  }

  /** From within an input of this turn: `writeable`, where it comes next. True: it came. */
  writeBetween(): boolean {
    const next = this.#is(SERVING) && !this.#is(WANTS_SERVICE) && !this.over;
    if (!next || !this.#is(WANTS_WRITEABLE) || !this.#owner.writeable) return false;
    this.#write();
    return true;
  }

  takeAlways(): void {
    this.#set(DUPLEX);
  }

  requestWriteable(): void {
    this.#set(WANTS_WRITEABLE);
    if (!this.#is(SERVING)) this.#askWriteable();
  }

  forceService(): void {
    this.#set(WANTS_SERVICE);
    this.wake();
  }

  /** Something changed: a turn is wanted that sees to it, unless this is one, whose end does. */
  wake(): void {
    this.#set(CHANGED);
    if (!this.#is(SERVING)) this.#enqueue();
  }

  /** Something was collected: a turn is wanted that writes it, unless this is one. */
  wakeToWrite(): void {
    if (!this.#is(SERVING)) this.#enqueue();
  }

  cancelWriteable(): void {
    this.#clear(WANTS_WRITEABLE);
  }

  cancel(): void {
    this.#clear(WANTS_WRITEABLE | WANTS_SERVICE);
  }

  lend(on: boolean): void {
    this.#clear(LENDS | LENT);
    if (on) this.#set(LENDS);
  }

  keep(): void {
    this.#clear(LENT);
  }

  /** The role ends; true: it kept nothing of what it was being given. */
  endLending(): boolean {
    const lent = this.#is(LENT);
    this.lend(false);
    return lent;
  }

  /** The role may have kept something of what waits from now on. */
  seen(): void {
    this.#set(SEEN);
  }

  /** Something changed: a turn is wanted that sees to it, behind this one if this is one. */
  requestTurn(): void {
    this.#set(CHANGED);
    this.#enqueue();
  }

  /** Bytes from the transport: to the role at once, where that may be. */
  arrived(bytes: Uint8Array, owned: boolean): void {
    const input = this.#input;
    const owner = this.#owner;
    const own = bytes.length >= ownTurnBytes || owner.role?.ownTurn === true;
    const atOnce = own && !this.#is(LISTED) && this.#loop.idle;
    if (atOnce) this.#set(TURN_FOLLOWS);
    if (!this.#is(LISTED)) this.#deliveries = 0;
    if (input.length > 0 || !owner.mayDeliver) {
      input.append(bytes, owned);
      // a socket gives many pieces in one go; the turn comes after the last of them
      if (input.length >= parkedBytes) owner.updateReading();
    } else this.#offer(bytes, 0, owned);
    this.requestTurnIfWork();
    if (!atOnce) return;
    this.#clear(TURN_FOLLOWS);
    if (this.#is(LISTED)) this.#loop.serveNow(owner);
  }

  /** The loop serves it, and it is on no list any more. */
  begin(): void {
    this.#clear(LISTED);
  }

  /** Gives the role what it asked for and what waits, in turns. */
  serve(): void {
    this.#deliveries = 0;
    this.#clear(REFUSED);
    this.#set(SERVING);
    try {
      this.#serveAll();
    } catch (error) {
      this.#owner.threw(error);
    } finally {
      this.#clear(SERVING);
    }
    this.#deliveries = 0;
  }

  /** Its end has nothing to see to but output. */
  get settled(): boolean {
    return !this.#is(CHANGED | WANTS_WRITEABLE | WANTS_SERVICE) && this.#loop.polled === undefined;
  }

  /** Its end sees to what changed until now. What waits of the input is looked at in each turn. */
  seesAll(): void {
    if (!this.#input.undelivered) this.#clear(CHANGED);
  }

  /** Forced service: what is left of a turn, and nothing from the network will call for. */
  end(): void {
    const owner = this.#owner;
    if (
      this.#is(WANTS_SERVICE) ||
      (this.#input.length > 0 && owner.mayDeliver && !this.#is(REFUSED))
    )
      this.requestTurn();
    else if (this.#is(WANTS_WRITEABLE) && owner.writeable) this.#askWriteable();
    this.#loop.polled?.ownerChanged(owner.transport);
  }

  /** Any of them. */
  #is(flags: number): boolean {
    return (this.#flags & flags) !== 0;
  }

  #set(flag: number): void {
    this.#flags |= flag;
  }

  #clear(flags: number): void {
    this.#flags &= ~flags;
  }

  #serveAll(): void {
    const owner = this.#owner;
    if (!this.#is(CHANGED | WANTS_SERVICE)) {
      if (this.#is(WANTS_WRITEABLE) && owner.writeable) this.#write();
      this.#clear(MESSAGE_DUE);
      if (!this.#is(CHANGED | WANTS_SERVICE | WANTS_WRITEABLE)) return;
    }
    const input = this.#input;
    for (;;) {
      let progressed = false;
      if (this.#is(WANTS_WRITEABLE) && owner.writeable) {
        this.#write();
        progressed = true;
      }
      if (this.#is(WANTS_SERVICE)) {
        this.#deliveries++;
        this.#clear(WANTS_SERVICE);
        if (owner.role?.service() === true) owner.forceService();
        progressed = true;
      }
      if (input.length > 0 && owner.mayDeliver) {
        const { passed } = input;
        const waiting = input.takeWhole();
        const taken = waiting === undefined ? 0 : this.#offer(waiting, passed, true);
        // who takes nothing of the first piece may want to see more at once
        const refused = taken === 0 && !input.joinFirst();
        if (refused) this.#set(REFUSED);
        else this.#clear(REFUSED);
        progressed = progressed || !refused;
      }
      this.#clear(MESSAGE_DUE);
      if (input.endWaits && input.length === 0 && owner.mayTellEnd) {
        input.endWaits = false;
        owner.role?.peerEnded();
        progressed = true;
      }
      if (!progressed || !owner.served) return;
      if (this.#deliveries >= deliveriesATurn || owner.collected >= this.#loop.txBudget) return;
    }
  }

  #write(): void {
    this.#clear(WANTS_WRITEABLE);
    this.#deliveries++;
    this.#owner.role?.writeable();
    // in turns: who always asks for more still hears its peer
    this.#set(MESSAGE_DUE);
  }

  /** Gives the role what it takes of `bytes` from `from` on and parks the rest; returns how many bytes were taken. */
  #offer(bytes: Uint8Array, from: number, owned: boolean): number {
    const owner = this.#owner;
    const { role } = owner;
    if (this.#is(LENDS)) this.#set(LENT);
    let taken = bytes.length - from;
    try {
      if (role?.rxFrom !== undefined) taken = role.rxFrom(bytes, from);
      else if (role !== undefined) taken = role.rx(from === 0 ? bytes : bytes.subarray(from));
    } catch (error) {
      owner.threw(error);
    }
    const next = from + taken;
    if (next < bytes.length && owner.served) {
      this.#input.putBack(bytes, next, owned);
      if (!this.#is(LENT)) this.seen();
    } else this.#taken(bytes);
    return taken;
  }

  /** The role is done with `bytes`. */
  #taken(bytes: Uint8Array): void {
    const { transport } = this.#owner;
    if (this.#is(LENT) && !this.#is(SEEN) && transport.readsAlone === true) giveBack(bytes);
    if (this.#input.length === 0) this.#clear(SEEN);
  }

  /** Has the loop give it a turn, where none comes already. */
  #enqueue(): void {
    if (this.#is(LISTED)) return;
    this.#set(LISTED);
    if (!this.#is(TURN_FOLLOWS)) this.#loop.list(this.#owner);
  }

  /** A turn is wanted where there is something to do in it. */
  requestTurnIfWork(): void {
    if (this.#input.length > 0) this.requestTurn();
    else if (this.#is(WANTS_WRITEABLE | WANTS_SERVICE) || this.#owner.collected > 0)
      this.#enqueue();
  }

  /** A turn for `writeable` alone: where the program owns the poll, its transport's descriptor asks for it. */
  #askWriteable(): void {
    if (this.#is(LISTED)) return;
    const { polled } = this.#loop;
    if (polled === undefined || !polled.ownerChanged(this.#owner.transport)) this.#enqueue();
  }
}
