/**
 * What a connection is known as, its vhost, protocol and wsi, and all that is said of it under these names:
 * counters, log lines and diagnostics events. An event is made only when somebody subscribes.
 */
import type {
  BoundProtocol,
  CodedError,
  ErrorCode,
  TransportSecurity,
  VhostView,
  WsiView,
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
  bind(protocol: BoundProtocol, connection: Listed): void;
  unbind(protocol: BoundProtocol | undefined, connection: Listed): void;
}

export class ConnectionAccount {
  readonly #connection: WsiView & Listed;
  readonly #refusals: RefusalLog;
  #vhost: ConnectionVhost;
  #bound: BoundProtocol | undefined = undefined;
  #wsi: WsiView | undefined = undefined;

  constructor(connection: WsiView & Listed, vhost: ConnectionVhost, refusals: RefusalLog) {
    this.#connection = connection;
    this.#vhost = vhost;
    this.#refusals = refusals;
  }

  get vhost(): ConnectionVhost {
    return this.#vhost;
  }

  /** The one that it is bound with. */
  get wsi(): WsiView | undefined {
    return this.#wsi;
  }

  /** Empty while not bound. */
  get protocol(): string {
    return this.#bound?.name ?? '';
  }

  /** Its protocol takes input whatever its output does. */
  get duplex(): boolean {
    return this.#bound?.spec.duplex === true;
  }

  selectVhost(name: string): ConnectionVhost {
    const vhost = this.#vhost.sibling(name);
    if (vhost !== this.#vhost) this.#vhost.unbind(this.#bound, this.#connection);
    this.#vhost = vhost;
    return vhost;
  }

  bind(protocol: BoundProtocol | undefined, wsi: WsiView | undefined): void {
    this.unbind();
    this.#bound = protocol;
    this.#wsi = wsi;
    if (protocol === undefined) return;
    this.#vhost.bind(protocol, this.#connection);
    if (establishedChannel.hasSubscribers) establishedChannel.publish(this.#event());
  }

  /** Off its protocol's list; the names stay. */
  unbind(): void {
    this.#vhost.unbind(this.#bound, this.#connection);
  }

  accepted(): void {
    if (acceptChannel.hasSubscribers) acceptChannel.publish(this.#event());
  }

  received(bytes: number): void {
    this.#vhost.counters.rx += bytes;
    if (rxChannel.hasSubscribers) rxChannel.publish(this.#event({ bytes }));
  }

  sent(bytes: number): void {
    this.#vhost.counters.tx += bytes;
    if (txChannel.hasSubscribers) txChannel.publish(this.#event({ bytes }));
  }

  refused(error: CodedError, detail: string | undefined): void {
    this.#vhost.count(error.code);
    this.#refusals.report(error, this.#connection, detail);
    if (errorChannel.hasSubscribers) errorChannel.publish(this.#event({ error }));
  }

  handlerThrew(error: unknown): void {
    this.#vhost.count(coreErrors.LWS_ERR_HANDLER_THREW.code);
    const of = `wsi ${this.#connection.id} of ${this.#vhost.name} ${this.protocol}`;
    lwslErr(
      `${coreErrors.LWS_ERR_HANDLER_THREW.code} ${of}: a handler threw: ${showThrown(error)}`,
    );
    if (errorChannel.hasSubscribers) errorChannel.publish(this.#event({ error }));
  }

  closed(error: CodedError | undefined): void {
    if (closedChannel.hasSubscribers) closedChannel.publish(this.#event(error && { error }));
  }

  #event(more?: Partial<DiagnosticsEvent>): DiagnosticsEvent {
    const event = { wsi: this.#wsi ?? this.#connection, vhost: this.#vhost.name };
    return this.#bound === undefined
      ? { ...event, ...more }
      : { ...event, protocol: this.#bound.name, ...more };
  }
}
