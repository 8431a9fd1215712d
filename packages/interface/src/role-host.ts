import type { AdmissionTicket } from './admission.ts';
import type { CodedError } from './coded-error.ts';
import type { BoundProtocol } from './protocol.ts';
import type { Transport } from './transport.ts';
import type { VhostView } from './vhost.ts';
import type { Held, TimeoutReason, Wsi, WsiView } from './wsi.ts';

/** Where the transport of a client goes. */
export interface DialTarget {
  /** Name or address; an IPv6 one without brackets. */
  readonly host: string;
  readonly port: number;
  /** A unix socket, in place of host and port. */
  readonly socketPath: string | undefined;
  /** What a failure to reach it is called. @defaultValue `LWS_ERR_CONNECT`, `LWS_ERR_CONNECT_DNS` */
  readonly unreachable?: CodedError | undefined;
}

/** What core lends a role for one connection: output of the turn, timeouts, vhost, becoming another role. */
export interface RoleHost {
  /** Unique within the context, counting from 1. */
  readonly id: number;
  readonly transport: Transport;
  readonly vhost: VhostView;
  /** Its claims on its peer's budget; undefined where nobody limits it. */
  readonly admission: AdmissionTicket | undefined;
  /** False once the connection is over or has been told to end. */
  readonly open: boolean;

  /**
   * Whether the next message may go to the handler now. False once it asked for writeable, turned rx off
   * or is held, or when the connection's share of the turn is used up: then `rx` returns what it took.
   */
  readonly mayDeliver: boolean;
  /** Counts one delivery to a handler; 256 are one connection's share of a turn. */
  delivered(): void;
  /**
   * Between two deliveries of one `rx`, when {@link mayDeliver} says no: calls the `writeable` that the program asked for,
   * where the turn would call it next. True: then the next may be delivered at once, and need not wait to be offered again.
   */
  writeBetween(): boolean;
  /** That share is used up: what is left goes on in the next turn. */
  readonly turnOver: boolean;

  /** Room of at least `bytes` (up to 256 KiB) at the end of this wsi's output: write from `reservedAt` on, then `commit`. */
  reserve(bytes: number): Uint8Array;
  /** Where in the array of the last {@link reserve} the room begins. */
  readonly reservedAt: number;
  commit(bytes: number): void;
  /** Writes what was committed at once, before the turn ends. True: the transport took all and keeps nothing. */
  flush(): boolean;
  /** Payload over 16 KiB: not copied; must stay unchanged until `sent`. */
  writeOwned(bytes: Uint8Array, sent?: () => void): void;
  /**
   * Bytes that other connections send too and that never change: up to 16 KiB they are collected, without a copy where
   * nothing else is in this turn; more is written as by {@link writeOwned}. A Buffer spares each of them a view.
   */
  writeShared(bytes: Uint8Array): void;
  /** So many bytes more, or less, wait with the role or the program to be written: they count for `maxOutputBytesTotal`. */
  keepsMore(bytes: number): void;
  /** So many bytes more, or less, of what the peer sent are kept by the role or the program: they count for `maxInputBytesTotal`. */
  holdsMore(bytes: number): void;
  /** False: this turn's output and the transport's are over `txBudget` (64 KiB): go on in `writeable`. */
  readonly room: boolean;
  /** Output of this turn plus what the transport holds, in bytes. */
  readonly pendingBytes: number;
  requestWriteable(): void;
  /** The program, or the role, asked for `writeable` and has not had it. */
  readonly writeableRequested: boolean;
  /** Puts the connection on the forced-service list until `service()` says false. */
  forceService(): void;
  /** From now on input is delivered whatever the output does: the role bounds what comes of it. */
  takeAlways(): void;
  /** Stops or resumes delivery. At once, inside a chunk too. lws: lws_rx_flow_control */
  rxFlowControl(on: boolean): void;
  /** False while the program has rx turned off. */
  readonly rxFlowing: boolean;
  /**
   * With `on` the role keeps nothing of what `rx` is given, until it is called again: the memory of long reads is given
   * back to the system as soon as they are taken, and waits for no garbage collector.
   */
  lend(on: boolean): void;
  /** It keeps something of what `rx` is being given after all: that memory stays. */
  keep(): void;

  /**
   * One deadline a connection, and beside it one of the program, whose reason is its own, and `http-answer`, which
   * stands still while the connection is held; a later call replaces it. Not above 0: there is none of that reason.
   */
  setTimeout(reason: TimeoutReason, secs: number): void;
  clearTimeout(): void;
  /** The deadline that ended the connection, if one did. */
  readonly timeoutReason: TimeoutReason | undefined;
  /** Beside that deadline: `timeout('validity')` of the role in `ms`, once. What the role leaves alive then has no `timeoutReason`. */
  setValidityMs(ms: number): void;
  /** The program's own timer: `timer()` of the role in `ms`; negative cancels. lws: lws_set_timer_usecs */
  setTimerMs(ms: number): void;

  /**
   * Stops delivery until the answer: goes on reading into at most 16 KiB, then stops, under a
   * deadline of its own, `holdTimeoutSecs` of the vhost. `settled(undefined)` on accept, `settled(status)` on refusal or time-out.
   */
  hold(settled: (status: number | undefined) => void): Held;

  /** The wsi that it ends with, and before; those that end with it. */
  readonly parent: WsiView | undefined;
  readonly children: readonly WsiView[];

  /** By Host or SNI, with the rules of the notes; keeps the port. */
  selectVhost(name: string): VhostView;
  /** Lists the wsi with its protocol, for `requestWriteableAll` and the counters. Undefined: no longer. */
  bind(protocol: BoundProtocol | undefined, wsi: WsiView | undefined): void;
  /**
   * Client: opens a transport in place of the one there is. `connected` of the role follows, or the attempt has failed.
   * @param take gives one that is open already, or undefined; asked in a moment, when the connection can use it at once
   */
  dial(target: DialTarget, take?: () => Transport | undefined): void;
  /** Client: goes on at once with a transport that is open, in place of the one there is; `connected` of the role is called. */
  join(transport: Transport): void;
  /** Client: it came to nothing, which its role is told in the turn. */
  readonly givenUp: boolean;
  /** Client: TLS over the transport there is. `connected` of the role follows, or the attempt has failed. */
  secure(serverName: string): void;
  /**
   * Client: the way is open and a request goes out by it. The deadline of the attempt is over, `writeable` is called,
   * and from now on input is delivered whatever the output does. `established`, or the end, is still to be told.
   */
  requested(): void;
  /**
   * The connection is over in order, and its transport goes on without it, for another one to take; `gone(undefined)`
   * comes before this returns. Undefined, and nothing happened: something is still on its way in or out.
   */
  handOver(): Transport | undefined;
  /**
   * As `handOver`, while something is on its way: `came` was not delivered, what goes out goes on. Undefined, and
   * nothing happened: the peer has ended.
   */
  passOn(): { readonly transport: Transport; readonly came: Uint8Array } | undefined;
  /** Client: what it was made for is agreed on. From now on it is a connection like any other. */
  established(): void;
  /**
   * `leaving()` on this role, `entered()` on the next one, which gets `rest` in the same turn: what `rx` was given and this
   * role did not want, or memory that nobody uses again.
   */
  become(next: (host: RoleHost) => RoleState, rest: Uint8Array): void;

  /** One log line, one counter, the error channel; the connection goes on. */
  report(error: CodedError, detail?: string): void;
  /** The polite end the program asks for: `closing` of the role, and `finish` if that has nothing to say. Once. */
  close(code: number | undefined, reason: string): void;
  /** FIN once the output of this turn is out, and nothing is written any more; the connection goes on hearing. */
  endOutput(): void;
  /** FIN once the output is out; what still arrives is discarded for up to a second, then the connection is cut. */
  finish(): void;
  /** `report`, then RST; of a client that is not established, the end of the attempt. A role that wants to say something first sends it, then `finish`. */
  fail(error: CodedError, detail?: string): void;
  /** Client, not established: the end, whatever the retry policy says. */
  giveUp(error: CodedError): void;
  /** RST without a word; `gone(undefined)` follows. */
  abort(): void;
}

/** One connection's machine. One object per connection; all fields set in its constructor. */
export interface RoleState {
  readonly name: string;
  /**
   * What arrives gets a turn of its own at once, however short it is: for a role whose input is answered on the same
   * connection alone, so that there is nothing to put the answer together with. Default: false
   */
  readonly ownTurn?: boolean;
  /** True: nothing came that chose its vhost. When that one ends, it may go on at another one of the port. */
  readonly fresh?: boolean;
  /**
   * What was begun goes on behind `closing`, and with it the timer, the deadline and the hold of the program. Default:
   * they are over with it
   */
  readonly goesOn?: boolean;
  /** Takes what it can and returns how many; the rest is parked and offered again, in order. */
  rx(bytes: Uint8Array): number;
  /** As `rx`, of `bytes` from `from` on: for a role that takes little at a time, so that no view is made for each part. */
  rxFrom?(bytes: Uint8Array, from: number): number;
  /** May be spurious. */
  writeable(): void;
  /** Work without a network event. True: call again. */
  service(): boolean;
  timeout(reason: TimeoutReason): void;
  /** The program's own timer fired. */
  timer(): void;
  /** The peer sent FIN. */
  peerEnded(): void;
  /** Everything that was kept is with the kernel. */
  drained(): void;
  /** Polite end wanted (program, shutdown). False: nothing to say, core ends the transport. */
  closing(code: number | undefined, reason: string): boolean;
  /** A handler of this connection threw; core has reported it. The role ends the connection. */
  threw(): void;
  /** One of its children is gone. */
  childClosing?(child: WsiView): void;
  /** The connection became this role's by `become`, before anything comes to it. It may become another's at once. */
  entered?(): void;
  leaving(): void;
  /** Over, exactly once; nothing may be sent. */
  gone(error: CodedError | undefined): void;
}

/** The machine of what the program brought along. */
export interface AdoptedRoleState extends RoleState {
  /** What `adoptDescriptor` gives to the program. */
  readonly wsi: Wsi<unknown, unknown>;
}

/** The machine of a connection on its way out, until it is established. */
export interface ClientRoleState extends RoleState {
  /** What `context.connect` gives to the program. */
  readonly wsi: Wsi<unknown, unknown>;
  /** An attempt begins, the first or one more: it dials. */
  attempt(): void;
  /** The transport that was dialled, or secured, is there. */
  connected(): void;
  /** The transport closed before the connection was established. True: the role dialled again, and nothing failed. */
  lost?(): boolean;
}
