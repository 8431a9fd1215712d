import { ConnectionWsi } from '@lws-ts/core';
import type {
  LwsModule,
  ProtocolSpec,
  PvoSpec,
  Role,
  RoleHost,
  RoleState,
  TimeoutReason,
} from '@lws-ts/interface';

/** What a test does with a line, and the rest of a role's life. */
export interface LineHandlers {
  opened?(line: LineState): void;
  line?(line: LineState, text: string): void;
  writeable?(line: LineState): void;
  service?(line: LineState): boolean;
  timeout?(line: LineState, reason: TimeoutReason): void;
  timer?(line: LineState): void;
  closing?(line: LineState, code: number | undefined): boolean;
  peerEnded?(line: LineState): void;
  gone?(line: LineState): void;
}

/** A role of lines that end in \n, small enough to show what core does with any role. */
export class LineState implements RoleState {
  readonly name = 'line';
  readonly host: RoleHost;
  readonly wsi: ConnectionWsi<unknown, unknown> | undefined;
  readonly said: string[] = [];
  readonly events: string[] = [];
  closingNow = false;
  readonly #handlers: LineHandlers;

  constructor(host: RoleHost, handlers: LineHandlers) {
    this.host = host;
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
    for (;;) {
      const end = bytes.indexOf(10, at);
      if (end < 0 || !this.host.mayDeliver) return at;
      const text = Buffer.from(bytes.subarray(at, end)).toString('latin1');
      at = end + 1;
      this.host.delivered();
      this.events.push(text);
      if (!this.closingNow) this.#handlers.line?.(this, text);
      else if (text === 'bye') this.host.finish();
    }
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
  }

  closing(code: number | undefined): boolean {
    this.events.push(`closing ${code}`);
    this.closingNow = true;
    return this.#handlers.closing?.(this, code) ?? false;
  }

  threw(): void {
    this.events.push('threw');
    this.host.finish();
  }

  leaving(): void {
    this.events.push('leaving');
  }

  gone(): void {
    this.events.push('gone');
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

/** A protocol spec for the tests' own protocols. */
export type AnySpec = ProtocolSpec<unknown, unknown, PvoSpec>;
