import type { TimeoutReason } from '@lws-ts/interface';
import { TimerEntry, type TimerOwner, type TimerWheel } from './timer-wheel.ts';

/** Whom the deadlines of a connection concern. */
export interface DeadlineOwner {
  deadlinePassed(reason: TimeoutReason): void;
  /** One that the program set. */
  userDeadlinePassed(reason: TimeoutReason): void;
  timerFired(): void;
  /** A held connection was not answered. */
  holdPassed(): void;
  /** Time for the role to see whether its peer has shown life. */
  validityDue(): void;
  /** Time to see whether a peer that is not read from is still there. */
  probeDue(): void;
}

/** What a connection has on the wheel: one deadline with a reason, that of the program and its timer, that of an answer, that of a hold, that of validity, and the probe. */
export class Deadlines implements TimerOwner {
  readonly #owner: DeadlineOwner;
  readonly #wheel: TimerWheel;
  readonly #deadline: TimerEntry;
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

  constructor(owner: DeadlineOwner, wheel: TimerWheel) {
    this.#owner = owner;
    this.#wheel = wheel;
    this.#deadline = new TimerEntry(this);
  }

  /** What the deadline is for, while there is one. */
  get reason(): TimeoutReason | undefined {
    return this.#reason;
  }

  /** Replaces the deadline. */
  set(reason: TimeoutReason, secs: number): void {
    this.#reason = reason;
    this.#wheel.arm(this.#deadline, secs * 1000);
  }

  clear(): void {
    this.#reason = undefined;
    this.#wheel.disarm(this.#deadline);
  }

  /** Replaces the program's; not above 0: there is none any more. */
  setUser(reason: TimeoutReason, secs: number): void {
    if (!(secs > 0)) {
      if (this.#userReason === reason) this.clearUser();
      return;
    }
    this.#userReason = reason;
    this.#user ??= new TimerEntry(this);
    this.#wheel.arm(this.#user, secs * 1000);
  }

  clearUser(): void {
    this.#userReason = undefined;
    if (this.#user !== undefined) this.#wheel.disarm(this.#user);
  }

  setTimerMs(ms: number): void {
    this.#timer ??= new TimerEntry(this);
    this.#wheel.arm(this.#timer, ms);
  }

  cancelTimer(): void {
    if (this.#timer !== undefined) this.#wheel.disarm(this.#timer);
  }

  /** Replaces that of an answer; not above 0: there is none any more. While a hold lasts it does not run, and begins anew behind it. */
  setAnswer(secs: number): void {
    this.#answerMs = Math.max(0, secs * 1000);
    if (this.#answerMs > 0 && !this.#held) this.#armAnswer();
  }

  setHold(secs: number): void {
    this.#held = true;
    this.#hold ??= new TimerEntry(this);
    this.#wheel.arm(this.#hold, secs * 1000);
  }

  clearHold(): void {
    this.#held = false;
    if (this.#answerMs > 0) this.#armAnswer();
    if (this.#hold !== undefined) this.#wheel.disarm(this.#hold);
  }

  probeInMs(ms: number): void {
    this.#probe ??= new TimerEntry(this);
    this.#wheel.arm(this.#probe, ms);
  }

  setValidityMs(ms: number): void {
    this.#validity ??= new TimerEntry(this);
    this.#wheel.arm(this.#validity, ms);
  }

  clearAll(): void {
    this.clear();
    this.clearUser();
    this.cancelTimer();
    this.setAnswer(0);
    if (this.#answer !== undefined) this.#wheel.disarm(this.#answer);
    this.clearHold();
    if (this.#probe !== undefined) this.#wheel.disarm(this.#probe);
    if (this.#validity !== undefined) this.#wheel.disarm(this.#validity);
  }

  expired(entry: TimerEntry): void {
    if (entry === this.#timer) this.#owner.timerFired();
    else if (entry === this.#hold) this.#owner.holdPassed();
    else if (entry === this.#validity) this.#owner.validityDue();
    else if (entry === this.#probe) this.#owner.probeDue();
    else if (entry === this.#answer) this.#answerPassed();
    else if (entry === this.#user) {
      if (this.#userReason !== undefined) this.#owner.userDeadlinePassed(this.#userReason);
    } else if (this.#reason !== undefined) {
      const reason = this.#reason;
      this.#reason = undefined;
      this.#owner.deadlinePassed(reason);
    }
  }

  #armAnswer(): void {
    this.#answer ??= new TimerEntry(this);
    this.#wheel.arm(this.#answer, this.#answerMs);
  }

  #answerPassed(): void {
    if (this.#answerMs === 0 || this.#held) return;
    this.#answerMs = 0;
    this.#owner.deadlinePassed('http-answer');
  }
}
