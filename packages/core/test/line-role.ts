import { ConnectionWsi } from '@lws-ts/core';
import type {
  CodedError,
  LwsModule,
  Role,
  RoleHost,
  RoleState,
  TimeoutReason,
  WsiView,
} from '@lws-ts/interface';

/** What a test does with a line, and the rest of a role's life. */
export interface LineHandlers {
  readonly ownTurn?: boolean;
  readonly goesOn?: boolean;
  opened?(line: LineState): void;
  line?(line: LineState, text: string): void;
  writeable?(line: LineState): void;
  service?(line: LineState): boolean;
  drained?(line: LineState): void;
  threw?(line: LineState): void;
  timeout?(line: LineState, reason: TimeoutReason): void;
  timer?(line: LineState): void;
  closing?(line: LineState, code: number | undefined): boolean;
  peerEnded?(line: LineState): void;
  childClosing?(line: LineState): void;
  gone?(line: LineState): void;
}

/** A role of lines that end in \n, small enough to show what core does with any role. */
export class LineState implements RoleState {
  readonly name = 'line';
  readonly ownTurn: boolean;
  readonly goesOn: boolean;
  readonly host: RoleHost;
  readonly wsi: ConnectionWsi<unknown, unknown> | undefined;
  readonly said: string[] = [];
  readonly events: string[] = [];
  closingNow = false;
  readonly #handlers: LineHandlers;
  #begun = '';

  constructor(host: RoleHost, handlers: LineHandlers) {
    this.host = host;
    this.ownTurn = handlers.ownTurn ?? false;
    this.goesOn = handlers.goesOn ?? false;
    this.#handlers = handlers;
    const protocol = host.vhost.defaultProtocol;
    this.wsi = protocol === undefined ? undefined : new ConnectionWsi(host, protocol);
    if (protocol !== undefined) host.bind(protocol, this.wsi);
    handlers.opened?.(this);
  }

  say(text: string): void {
    const bytes = Buffer.from(text, 'latin1');
    this.host.reserve(bytes.length).set(bytes, this.host.reservedAt);
    this.host.commit(bytes.length);
  }

  rx(bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length && this.host.mayDeliver) {
      const end = bytes.indexOf(10, at);
      // what is not a whole line yet is kept here: bytes left to core would stop the reading
      this.#begun += Buffer.from(bytes.subarray(at, end < 0 ? undefined : end)).toString('latin1');
      if (end < 0) return bytes.length;
      at = end + 1;
      const text = this.#begun;
      this.#begun = '';
      this.host.delivered();
      this.events.push(text);
      if (!this.closingNow) this.#handlers.line?.(this, text);
      else if (text === 'bye') this.host.finish();
    }
    return at;
  }

  writeable(): void {
    this.events.push('writeable');
    this.#handlers.writeable?.(this);
  }

  service(): boolean {
    return this.#handlers.service?.(this) ?? false;
  }

  timeout(reason: TimeoutReason): void {
    this.events.push(`timeout ${reason}`);
    this.#handlers.timeout?.(this, reason);
  }

  timer(): void {
    this.events.push('timer');
    this.#handlers.timer?.(this);
  }

  peerEnded(): void {
    this.events.push('fin');
    if (this.#handlers.peerEnded === undefined) this.host.finish();
    else this.#handlers.peerEnded(this);
  }

  drained(): void {
    this.events.push('drained');
    this.#handlers.drained?.(this);
  }

  closing(code: number | undefined): boolean {
    this.events.push(`closing ${code}`);
    this.closingNow = true;
    return this.#handlers.closing?.(this, code) ?? false;
  }

  threw(): void {
    this.events.push('threw');
    if (this.#handlers.threw === undefined) this.host.finish();
    else this.#handlers.threw(this);
  }

  childClosing(child: WsiView): void {
    this.events.push(`child ${child.id}`);
    this.#handlers.childClosing?.(this);
  }

  leaving(): void {
    this.events.push('leaving');
  }

  gone(error: CodedError | undefined): void {
    this.events.push(error === undefined ? 'gone' : `gone ${error.code}`);
    this.#handlers.gone?.(this);
  }
}

/** A module with the role of lines; `states` collects the connections it served. */
export function lines(handlers: LineHandlers = {}): LwsModule & { readonly states: LineState[] } {
  const states: LineState[] = [];
  const role: Role = {
    name: 'line',
    accept(host) {
      const state = new LineState(host, handlers);
      states.push(state);
      return state;
    },
  };
  return {
    name: 'lines',
    needs: [],
    contextOptions: {},
    vhostOptions: {},
    states,
    install: () => ({ roles: [role] }),
  };
}
