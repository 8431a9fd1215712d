/** What a program that owns the poll is told, and tells. */

/** There is something to read, or to accept. The number of poll(2). lws: LWS_POLLIN */
export const LWS_POLLIN = 0x01;
/** More can be written. lws: LWS_POLLOUT */
export const LWS_POLLOUT = 0x04;
/** It is over. Always reported, asked for or not. lws: LWS_POLLHUP */
export const LWS_POLLHUP = 0x10;

/** What changed of what a descriptor is polled for. lws: struct lws_pollargs */
export interface PollArgs {
  /** A number that no descriptor of the system has: 2^30 or more, unique in the process. */
  readonly fd: number;
  /** What it is polled for now: `LWS_POLLIN` and `LWS_POLLOUT`, in any combination. */
  readonly events: number;
  /** What it was polled for before. */
  readonly prevEvents: number;
}

/** One descriptor that is ready. lws: struct lws_pollfd */
export interface PollFd {
  readonly fd: number;
  /** What it is polled for. */
  readonly events?: number;
  /** What it is ready for; `serviceFd` makes it 0 where the descriptor is its own. */
  revents: number;
}

/**
 * What a program that owns the poll listens to. They are called when something changed, never while a handler
 * runs: what a service call changes is told when it ends. What one throws is logged and goes no further.
 */
export interface PollObservers {
  /** From now on there is this descriptor. lws: LWS_CALLBACK_ADD_POLL_FD */
  addPollFd?(args: PollArgs): void;
  /** It is gone. lws: LWS_CALLBACK_DEL_POLL_FD */
  delPollFd?(args: PollArgs): void;
  /** It is polled for more. lws: LWS_CALLBACK_SET_MODE_POLL_FD */
  setModePollFd?(args: PollArgs): void;
  /** It is polled for less. lws: LWS_CALLBACK_CLEAR_MODE_POLL_FD */
  clearModePollFd?(args: PollArgs): void;
  /** It stands for poll(2) returning: give this to `serviceFd`, now or when the program likes. */
  ready(pollfd: PollFd): void;
}
