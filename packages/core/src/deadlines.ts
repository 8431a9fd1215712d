import type { CodedError, RoleState, TimeoutReason, Transport } from '@lws-ts/interface';
import { absentTransport } from './absent-transport.ts';
import { coreErrors } from './errors.ts';
import { FreeList } from './free-list.ts';
import type { Phase } from './phase.ts';
import { TimerEntry, type TimerOwner, type TimerWheel } from './timer-wheel.ts';

/** How long output may make no progress once the end began. */
const shutdownFlushSecs = 5;
const lingerSecs = 1;
/** How often a peer that is not read from is probed: its reset shows no other way. */
const probeMs = 2000;
/** How long a connection that says goodbye reads nothing behind much that came at once. */
const restMs = 100;

/** Whom the deadlines of a connection concern. */
export interface DeadlineOwner {
  readonly phase: Phase;
  readonly role: RoleState | undefined;
  readonly transport: Transport;
  timeoutReason: TimeoutReason | undefined;
  fail(error: CodedError, detail?: string): void;
  abort(): void;
  /** Its role threw. */
  threw(error: unknown): void;
  /** A held connection was not answered. */
  holdPassed(): void;
  /** Sees whether a peer that is not read from is still there; true: and goes on looking. One that says goodbye reads on. */
  probe(): boolean;
}

/**
 * What a connection has on the wheel: one deadline with a reason, that of the program and its timer, that of an answer,
 * that of a hold, that of validity, and the probe. What passes is told to its role.
 */
export class Deadlines implements TimerOwner {
  #owner: DeadlineOwner;
  readonly #wheel: TimerWheel;
  #deadline: TimerEntry | undefined = undefined;
  #timer: TimerEntry | undefined = undefined;
  #hold: TimerEntry | undefined = undefined;
  #held = false;
  #answer: TimerEntry | undefined = undefined;
  /** 0 while no answer is waited for: the entry may be armed still. */
  #answerMs = 0;
  #probe: TimerEntry | undefined = undefined;
  #validity: TimerEntry | undefined = undefined;
  #user: TimerEntry | undefined = undefined;
  #userReason: TimeoutReason | undefined = undefined;
  #reason: TimeoutReason | undefined = undefined;
  /** What the transport still had when the flush deadline was set. */
  #unflushed = 0;

  constructor(owner: DeadlineOwner, wheel: TimerWheel) {
    this.#owner = owner;
    this.#wheel = wheel;
  }

  /** From now on it is that of `owner`; nothing of it is on the wheel. */
  serve(owner: DeadlineOwner): void {
    this.#owner = owner;
  }

  /** Nothing of it is on the wheel. */
  get idle(): boolean {
    return !(
      isArmed(this.#deadline) ||
      isArmed(this.#timer) ||
      isArmed(this.#hold) ||
      isArmed(this.#answer) ||
      isArmed(this.#probe) ||
      isArmed(this.#validity) ||
      isArmed(this.#user)
    );
  }

  /** Replaces the deadline of that kind; not above 0: there is none of that reason any more. */
  setTimeout(reason: TimeoutReason, secs: number): void {
    if (isUserReason(reason)) this.#setUser(reason, secs);
    else if (reason === 'http-answer') this.setAnswer(secs);
    else if (secs > 0) this.#set(reason, secs);
    else if (this.#reason === reason) this.clear();
  }

  /** The entry stays on the wheel, since the next deadline is not far, mostly; alone it tells nobody anything. */
  clear(): void {
    this.#reason = undefined;
  }

  /** What the role set, of which nothing stays on the wheel. */
  clearRole(): void {
    this.clear();
    this.#disarm(this.#deadline);
    this.setAnswer(0);
    this.#disarm(this.#answer);
  }

  /** What the program set, and its timer. */
  clearUser(): void {
    this.#userReason = undefined;
    this.#disarm(this.#user);
    this.#disarm(this.#timer);
  }

  /** Negative: none. */
  setTimerMs(ms: number): void {
    if (ms < 0) this.#disarm(this.#timer);
    else this.#timer = this.#arm(this.#timer, ms);
  }

  /** Replaces that of an answer; not above 0: there is none any more. While a hold lasts it does not run, and begins anew behind it. */
  setAnswer(secs: number): void {
    this.#answerMs = Math.max(0, secs * 1000);
    if (this.#answerMs > 0 && !this.#held) this.#armAnswer();
  }

  setHold(secs: number): void {
    this.#held = true;
    this.#hold = this.#arm(this.#hold, secs * 1000);
  }

  clearHold(): void {
    this.#held = false;
    if (this.#answerMs > 0) this.#armAnswer();
    this.#disarm(this.#hold);
  }

  setValidityMs(ms: number): void {
    this.#validity = this.#arm(this.#validity, ms);
  }

  probeSoon(): void {
    this.#probe = this.#arm(this.#probe, probeMs);
  }

  /** The same of one that says goodbye, which reads on then. */
  rest(): void {
    this.#probe = this.#arm(this.#probe, restMs);
  }

  /** What the transport has must move on within {@link shutdownFlushSecs}. */
  flushSoon(): void {
    this.#unflushed = this.#owner.transport.bufferedBytes;
    this.#set('shutdown-flush', shutdownFlushSecs);
  }

  /** The peer has {@link lingerSecs} for what it still says. */
  linger(): void {
    this.#set('linger', lingerSecs);
  }

  clearAll(): void {
    this.clearRole();
    this.clearUser();
    this.clearHold();
    this.#disarm(this.#probe);
    this.#disarm(this.#validity);
  }

  expired(entry: TimerEntry): void {
    if (entry === this.#timer) this.#timerFired();
    else if (entry === this.#hold) this.#owner.holdPassed();
    else if (entry === this.#validity) this.#validityDue();
    else if (entry === this.#probe) {
      if (this.#owner.probe()) this.probeSoon();
    } else if (entry === this.#answer) this.#answerPassed();
    else if (entry === this.#user) {
      if (this.#userReason !== undefined) this.#userPassed(this.#userReason);
    } else if (this.#reason !== undefined) {
      const reason = this.#reason;
      this.#reason = undefined;
      this.#passed(reason);
    }
  }

  #set(reason: TimeoutReason, secs: number): void {
    this.#reason = reason;
    this.#deadline = this.#arm(this.#deadline, secs * 1000);
  }

  #setUser(reason: TimeoutReason, secs: number): void {
    if (secs > 0) {
      this.#userReason = reason;
      this.#user = this.#arm(this.#user, secs * 1000);
    } else if (this.#userReason === reason) {
      this.#userReason = undefined;
      this.#disarm(this.#user);
    }
  }

  #arm(entry: TimerEntry | undefined, ms: number): TimerEntry {
    const armed = entry ?? new TimerEntry(this);
    this.#wheel.arm(armed, ms);
    return armed;
  }

  #armAnswer(): void {
    this.#answer = this.#arm(this.#answer, this.#answerMs);
  }

  #disarm(entry: TimerEntry | undefined): void {
    if (entry !== undefined) this.#wheel.disarm(entry);
  }

  #passed(reason: TimeoutReason): void {
    const owner = this.#owner;
    if (reason === 'shutdown-flush' && owner.transport.bufferedBytes < this.#unflushed) {
      this.flushSoon();
      return;
    }
    const before = owner.phase;
    owner.timeoutReason = reason;
    if (reason === 'linger') owner.abort();
    else if (reason === 'shutdown-flush') owner.fail(coreErrors.LWS_ERR_TIMEOUT, reason);
    else this.#tell(reason);
    // a role may put its deadline off: that ended nothing
    if (owner.phase === before) owner.timeoutReason = undefined;
  }

  #userPassed(reason: TimeoutReason): void {
    this.#owner.timeoutReason = reason;
    this.#owner.fail(coreErrors.LWS_ERR_TIMEOUT, reason);
  }

  #answerPassed(): void {
    if (this.#answerMs === 0 || this.#held) return;
    this.#answerMs = 0;
    this.#passed('http-answer');
  }

  #validityDue(): void {
    const owner = this.#owner;
    if (owner.phase !== 'open') return;
    owner.timeoutReason = 'validity';
    this.#tell('validity');
    if (owner.phase === 'open') owner.timeoutReason = undefined;
  }

  #tell(reason: TimeoutReason): void {
    // it may be another's when the role is done
    const owner = this.#owner;
    try {
      owner.role?.timeout(reason);
    } catch (error) {
      owner.threw(error);
    }
  }

  #timerFired(): void {
    const owner = this.#owner;
    try {
      owner.role?.timer();
    } catch (error) {
      owner.threw(error);
    }
  }
}

/** So many are used again; those that more connections at a time need are not kept. */
const mostSpare = 1024;

/** Those that nobody needs now: most connections have deadlines while they begin and while they end, and none between. */
export class SpareDeadlines {
  readonly #wheel: TimerWheel;
  readonly #spare = new FreeList<Deadlines>(mostSpare);

  constructor(wheel: TimerWheel) {
    this.#wheel = wheel;
  }

  lend(owner: DeadlineOwner): Deadlines {
    const deadlines = this.#spare.take();
    if (deadlines === undefined) return new Deadlines(owner, this.#wheel);
    deadlines.serve(owner);
    return deadlines;
  }

  /** Its owner needs it no more. */
  giveBack(deadlines: Deadlines): void {
    deadlines.clearAll();
    deadlines.serve(nobody);
    this.#spare.give(deadlines);
  }
}

const nobody: DeadlineOwner = {
  phase: 'closed',
  role: undefined,
  transport: absentTransport,
  timeoutReason: undefined,
  fail: () => undefined,
  abort: () => undefined,
  threw: () => undefined,
  holdPassed: () => undefined,
  probe: () => false,
};

/** Of a deadline that the program sets: it stands beside those of the role. */
function isUserReason(reason: TimeoutReason): boolean {
  return reason.startsWith('user-');
}

function isArmed(entry: TimerEntry | undefined): boolean {
  return entry !== undefined && entry.slot >= 0;
}
