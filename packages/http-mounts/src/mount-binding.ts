import type {
  BoundProtocol,
  HttpBinding,
  HttpExchange,
  HttpHandlers,
  RoleHost,
} from '@lws-ts/interface';
import type { CallbackMount } from './mount.ts';

/** Handlers that are told of nothing but the wsi, and whose answer can only be to close. */
export type PlainHandler =
  | 'bindProtocol'
  | 'closed'
  | 'dropProtocol'
  | 'fileCompletion'
  | 'request'
  | 'timer';

/** A request on a binding, as the binding sees it. */
export interface BoundTransaction {
  readonly exchange: HttpExchange;
  /** Calls a handler, if there is one. */
  tell(name: PlainHandler): void;
  timer(): void;
}

/**
 * A connection that is bound to the protocol of a mount: from its first request in the area to the first one
 * outside it, an upgrade, or the end of the connection. The session lives as long.
 */
export class MountBinding implements HttpBinding {
  readonly host: RoleHost;
  readonly mount: CallbackMount;
  readonly protocol: BoundProtocol;
  readonly handlers: HttpHandlers<unknown, unknown>;
  readonly session: unknown;
  /** The request in hand, or the last one. */
  current: BoundTransaction | undefined;
  /** The program's timer runs. */
  timerRuns: boolean;
  /** The program's deadline, while it has one. */
  deadline: `user-${number}` | undefined;
  #begun: boolean;
  #over: boolean;

  constructor(host: RoleHost, mount: CallbackMount, protocol: BoundProtocol, session: unknown) {
    this.host = host;
    this.mount = mount;
    this.protocol = protocol;
    this.handlers = protocol.spec.http ?? {};
    this.session = session;
    this.current = undefined;
    this.timerRuns = false;
    this.deadline = undefined;
    this.#begun = false;
    this.#over = false;
  }

  /** The connection is bound by it, or was. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Begun, and not over. */
  get live(): boolean {
    return this.#begun && !this.#over;
  }

  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.host.bind(this.protocol, undefined);
    this.current?.tell('bindProtocol');
  }

  timer(): void {
    this.timerRuns = false;
    this.current?.timer();
  }

  gone(closed: boolean): void {
    if (!this.live) return;
    const { current, host } = this;
    try {
      if (closed) current?.tell('closed');
    } finally {
      this.#over = true;
      // what the program set for the binding concerns nobody else
      host.setTimerMs(-1);
      if (this.deadline !== undefined) host.setTimeout(this.deadline, 0);
      try {
        current?.tell('dropProtocol');
      } finally {
        host.bind(undefined, undefined);
      }
    }
  }
}
