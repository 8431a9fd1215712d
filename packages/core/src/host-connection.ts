/**
 * What a connection lends its role: output, its share of the turn, input as far as it may be delivered, and time. How
 * a connection begins and ends is not here.
 */
import type { CodedError, RoleState, TimeoutReason, Transport } from '@lws-ts/interface';
import type { ClientLink } from './client-link.ts';
import { ConnectionInput } from './connection-input.ts';
import { ConnectionOutput, type OutputOwner } from './connection-output.ts';
import { ConnectionTurn, type TurnOwner } from './connection-turn.ts';
import type { DeadlineOwner, Deadlines } from './deadlines.ts';
import { type InputOwner, KeptInput } from './kept-input.ts';
import { type ConnectionVhost, KnownConnection } from './known-connection.ts';
import type { RefusalLog } from './refusal-log.ts';
import type { ServiceLoop } from './service-loop.ts';

/** Base of the one class of connections: a part of each connection, not an object beside it. */
export abstract class HostConnection
  extends KnownConnection
  implements TurnOwner, DeadlineOwner, InputOwner, OutputOwner
{
  servedTurn = 0;
  role: RoleState | undefined = undefined;
  protected readonly loop: ServiceLoop;
  protected readonly turn: ConnectionTurn;
  protected readonly output: ConnectionOutput;
  protected readonly input: ConnectionInput = new ConnectionInput();
  /** None until there is something to count. */
  protected keptInput: KeptInput | undefined = undefined;
  /** None until something is set, nor where a role left none behind: an idle connection keeps no time. */
  protected deadlines: Deadlines | undefined = undefined;
  #keepsProcess = false;

  constructor(
    id: number,
    transport: Transport,
    vhost: ConnectionVhost,
    refusals: RefusalLog,
    loop: ServiceLoop,
  ) {
    super(id, transport, vhost, refusals);
    this.loop = loop;
    this.output = new ConnectionOutput(this, loop);
    this.turn = new ConnectionTurn(this, loop, this.input);
  }

  /** The link of a client that is neither established nor given up. */
  protected abstract get opening(): ClientLink | undefined;
  protected abstract get held(): boolean;
  abstract serve(): void;
  abstract abort(): void;
  abstract fail(error: CodedError, detail?: string): void;
  abstract threw(error: unknown): void;
  abstract holdPassed(): void;
  abstract overLimit(): void;
  abstract inputOver(bytes: number): void;

  // ---- output

  get reservedAt(): number {
    return this.output.end;
  }

  reserve(bytes: number): Uint8Array {
    return this.output.reserve(bytes);
  }

  commit(bytes: number): void {
    this.output.commit(bytes);
    this.turn.wakeToWrite();
  }

  flush(): boolean {
    this.output.flush();
    return this.transport.bufferedBytes === 0;
  }

  writeOwned(bytes: Uint8Array, sent?: () => void): void {
    this.output.writeOwned(bytes, sent);
  }

  writeShared(bytes: Uint8Array): void {
    if (this.output.writeShared(bytes)) this.turn.wakeToWrite();
  }

  keepsMore(bytes: number): void {
    this.output.keepsMore(bytes);
  }

  get collected(): number {
    return this.output.length;
  }

  get pendingBytes(): number {
    return this.output.length + this.transport.bufferedBytes;
  }

  get room(): boolean {
    return this.pendingBytes < this.loop.txBudget;
  }

  // ---- what is kept of input

  holdsMore(bytes: number): void {
    if (this.over) return;
    this.keptInput ??= new KeptInput(this, this.loop.keptInput);
    // who has to go is told in the turn that follows
    if (this.keptInput.holdsMore(bytes)) this.turn.requestTurn();
  }

  /** What is parked may have changed. */
  protected countParked(): void {
    const { length } = this.input;
    if (this.over || (length === 0 && this.keptInput === undefined)) return;
    this.keptInput ??= new KeptInput(this, this.loop.keptInput);
    if (this.keptInput.parks(length)) this.turn.requestTurn();
  }

  // ---- the turn

  requestWriteable(): void {
    if (this.open || this.opening !== undefined) this.turn.requestWriteable();
  }

  get writeableRequested(): boolean {
    return this.turn.wantsWriteable;
  }

  /** It asked for `writeable`. */
  get wantsOut(): boolean {
    return this.turn.wantsWriteable && this.open && this.#writes();
  }

  get writeable(): boolean {
    return (
      this.open &&
      this.#writes() &&
      this.transport.bufferedBytes === 0 &&
      // most often nothing is collected, and the loop need not be looked at
      (this.output.length === 0 || this.output.length < this.loop.txBudget)
    );
  }

  forceService(): void {
    if (!this.over) this.turn.forceService();
  }

  delivered(): void {
    this.turn.delivered();
  }

  writeBetween(): boolean {
    return this.turn.writeBetween() && this.mayDeliver;
  }

  get turnOver(): boolean {
    return this.turn.over;
  }

  takeAlways(): void {
    this.turn.takeAlways();
  }

  // ---- input

  get mayDeliver(): boolean {
    // who says goodbye listens for the answer, whatever the program asked for before
    if (this.phase === 'closing') return true;
    if (this.phase !== 'open') return false;
    // nor does it matter before there is anything for the program
    if (this.opening !== undefined) return true;
    return this.input.flowing && !this.held && this.turn.mayDeliver;
  }

  get mayTellEnd(): boolean {
    // who left while held is told at once: nobody can answer it any more
    if (this.input.flowing || this.held) return true;
    return this.phase === 'closing' || this.opening !== undefined;
  }

  get rxFlowing(): boolean {
    return this.input.flowing;
  }

  rxFlowControl(on: boolean): void {
    if (this.input.flowing === on || this.over) return;
    this.input.flowing = on;
    this.turn.wake();
  }

  lend(on: boolean): void {
    this.turn.lend(on);
  }

  keep(): void {
    this.turn.keep();
  }

  updateReading(): void {
    if (this.over) return;
    const wanted = this.#mayRead();
    if (wanted !== this.input.reading) {
      this.input.reading = wanted;
      this.transport.read(wanted);
      if (!wanted && this.served) this.timed.probeSoon();
    }
    this.keepProcess(!wanted && this.opening === undefined);
  }

  /** A socket that is read from keeps the process by itself; for one that is not this does, until the connection is over. */
  protected keepProcess(on: boolean): void {
    if (on === this.#keepsProcess) return;
    this.#keepsProcess = on;
    this.loop.unread(on ? 1 : -1);
  }

  probe(): boolean {
    if (this.served) return !this.input.reading && this.transport.probe();
    this.input.rested();
    this.updateReading();
    return false;
  }

  // ---- time

  setTimeout(reason: TimeoutReason, secs: number): void {
    if (this.served) this.timed.setTimeout(reason, secs);
  }

  clearTimeout(): void {
    if (this.served) this.deadlines?.clear();
  }

  setValidityMs(ms: number): void {
    if (this.open) this.timed.setValidityMs(ms);
  }

  setTimerMs(ms: number): void {
    if (this.lasts) this.timed.setTimerMs(ms);
  }

  // ---- for the life of it

  /** What the program waits for may still be. */
  protected get lasts(): boolean {
    return this.open || (this.served && this.role?.goesOn === true);
  }

  protected get timed(): Deadlines {
    this.deadlines ??= this.loop.deadlines.lend(this);
    return this.deadlines;
  }

  /** What the role set concerns no other. */
  protected dropDeadlines(): void {
    const { deadlines } = this;
    if (deadlines === undefined) return;
    deadlines.clearRole();
    if (deadlines.idle) this.giveDeadlinesBack();
  }

  protected giveDeadlinesBack(): void {
    const { deadlines } = this;
    this.deadlines = undefined;
    if (deadlines !== undefined) this.loop.deadlines.giveBack(deadlines);
  }

  /** With another transport; what was collected for the one before is forgotten. */
  protected goOnWith(transport: Transport): void {
    this.transport = transport;
    this.output.retarget();
    this.input.reading = false;
  }

  /** What it says is the role's alone no more. */
  #writes(): boolean {
    const { opening } = this;
    return opening === undefined || opening.writes;
  }

  #mayRead(): boolean {
    return this.input.mayRead(this.phase, this.held, this.opening === undefined);
  }
}
