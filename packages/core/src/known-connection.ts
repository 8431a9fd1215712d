/**
 * What a connection is known as, its vhost, protocol and wsi, the phase of its life, and all that is said of it under
 * these names: counters, log lines and diagnostics events. An event is made only when somebody subscribes.
 */
import {
  type BoundProtocol,
  type CodedError,
  type ErrorCode,
  LwsError,
  type TimeoutReason,
  type Transport,
  type TransportSecurity,
  type VhostView,
  type WsiView,
} from '@lws-ts/interface';
import type { Listed } from './bound-protocol.ts';
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
import { lwslErr } from './log.ts';
import { assertStep, type Phase } from './phase.ts';
import type { RefusalLog } from './refusal-log.ts';
import { showThrown } from './show-thrown.ts';

/** What a connection needs of its vhost. */
export interface ConnectionVhost extends VhostView {
  readonly holdTimeoutSecs: number;
  /** What secures its connections, if a module does. */
  readonly security: TransportSecurity | undefined;
  /** Another vhost of the same port, by name. */
  sibling(name: string): ConnectionVhost;
  count(code: ErrorCode): void;
  /** The place on the protocol's list, for `unbind`; -1 for one of another vhost. */
  bind(protocol: BoundProtocol, connection: Listed): number;
  unbind(protocol: BoundProtocol, place: number): void;
}

/** Base of the one class of connections: a part of each connection, not an object beside it. */
export abstract class KnownConnection implements WsiView, Listed {
  // what every turn looks at comes first: among many connections each line of memory is fetched from afar
  transport: Transport;
  #phase: Phase = 'accepted';
  #vhost: ConnectionVhost;
  readonly id: number;
  timeoutReason: TimeoutReason | undefined = undefined;
  /** Among the connections of its context, whose business it is. */
  place = -1;
  readonly #refusals: RefusalLog;
  #bound: BoundProtocol | undefined = undefined;
  #boundWsi: WsiView | undefined = undefined;
  /** On the list of its protocol. */
  #listed = -1;

  constructor(id: number, transport: Transport, vhost: ConnectionVhost, refusals: RefusalLog) {
    this.id = id;
    this.transport = transport;
    this.#vhost = vhost;
    this.#refusals = refusals;
  }

  abstract requestWriteable(): void;

  get vhost(): ConnectionVhost {
    return this.#vhost;
  }

  get peer(): Transport['peer'] {
    return this.transport.peer;
  }

  get security(): Transport['security'] {
    return this.transport.security;
  }

  /** Empty while not bound. */
  get protocol(): string {
    return this.#bound?.name ?? '';
  }

  /** The wsi that it is bound with. */
  get boundWsi(): WsiView | undefined {
    return this.#boundWsi;
  }

  /** Its protocol takes input whatever its output does. */
  get duplex(): boolean {
    return this.#bound?.spec.duplex === true;
  }

  get phase(): Phase {
    return this.#phase;
  }

  get open(): boolean {
    return this.#phase === 'open';
  }

  /** Its role still has a say. */
  get served(): boolean {
    return this.#phase === 'open' || this.#phase === 'closing';
  }

  get over(): boolean {
    return this.#phase === 'aborted' || this.#phase === 'closed';
  }

  selectVhost(name: string): ConnectionVhost {
    const vhost = this.#vhost.sibling(name);
    if (vhost !== this.#vhost) this.unbind();
    this.#vhost = vhost;
    return vhost;
  }

  bind(protocol: BoundProtocol | undefined, wsi: WsiView | undefined): void {
    if (this.over) return;
    this.unbind();
    this.#bound = protocol;
    this.#boundWsi = wsi;
    if (protocol === undefined) return;
    this.#listed = this.#vhost.bind(protocol, this);
    if (establishedChannel.hasSubscribers) establishedChannel.publish(this.#event());
  }

  /** For what it sends. */
  sent(bytes: number): void {
    this.#vhost.counters.tx += bytes;
    if (txChannel.hasSubscribers) txChannel.publish(this.#event({ bytes }));
  }

  report(error: CodedError, detail?: string): void {
    this.#vhost.count(error.code);
    this.#refusals.report(error, this, this.#detailOf(error, detail));
    if (errorChannel.hasSubscribers) errorChannel.publish(this.#event({ error }));
  }

  protected enter(next: Phase): void {
    assertStep(this.#phase, next);
    this.#phase = next;
  }

  /** Off its protocol's list; the names stay. */
  protected unbind(): void {
    const place = this.#listed;
    this.#listed = -1;
    if (place >= 0 && this.#bound !== undefined) this.#vhost.unbind(this.#bound, place);
  }

  protected tellAccepted(): void {
    if (acceptChannel.hasSubscribers) acceptChannel.publish(this.#event());
  }

  protected received(bytes: number): void {
    this.#vhost.counters.rx += bytes;
    if (rxChannel.hasSubscribers) rxChannel.publish(this.#event({ bytes }));
  }

  protected handlerThrew(error: unknown): void {
    const { LWS_ERR_HANDLER_ASYNC: late, LWS_ERR_HANDLER_THREW: threw } = coreErrors;
    // of a session, which is refused by throwing
    const { code, message } = error instanceof LwsError && error.code === late.code ? late : threw;
    this.#vhost.count(code);
    const of = `wsi ${this.id} of ${`${this.#vhost.name} ${this.protocol}`.trimEnd()}`;
    lwslErr(`${code} ${of}: ${message}: ${showThrown(error)}`);
    if (errorChannel.hasSubscribers) errorChannel.publish(this.#event({ error }));
  }

  protected tellClosed(error: CodedError | undefined): void {
    if (closedChannel.hasSubscribers) closedChannel.publish(this.#event(error && { error }));
  }

  /** Of a promise nobody but its protocol knows where it came from. */
  #detailOf(error: CodedError, detail: string | undefined): string | undefined {
    if (error.code !== coreErrors.LWS_ERR_HANDLER_ASYNC.code || this.protocol === '') return detail;
    const of = `of protocol ${this.protocol}`;
    return detail === undefined ? of : `${detail} ${of}`;
  }

  #event(more?: Partial<DiagnosticsEvent>): DiagnosticsEvent {
    const event = { wsi: this.#boundWsi ?? this, vhost: this.#vhost.name };
    return this.#bound === undefined
      ? { ...event, ...more }
      : { ...event, protocol: this.#bound.name, ...more };
  }
}
