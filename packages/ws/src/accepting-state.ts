/**
 * A WebSocket of a server before its 101: the program is asked, may hold the answer, and says yes or no.
 * Yes makes the connection a {@link WsState}; nothing of a refused one ever reaches the protocol.
 */
import { atOnce, coreErrors } from '@lws-ts/core';
import { noteUpgraded, writeRefusal } from '@lws-ts/http';
import {
  type Clock,
  type CodedError,
  dropPromise,
  type Held,
  type HttpExchange,
  LwsError,
  type RoleHost,
  type RoleState,
} from '@lws-ts/interface';
import type { AgreedExtension, ExtensionElement } from '@lws-ts/ws-framing';
import { wsErrors } from './errors.ts';
import { agreeOn } from './extension-offers.ts';
import { type AcceptedHandshake, writeSwitchingProtocols } from './handshake.ts';
import { HandshakeHeaders } from './handshake-headers.ts';
import { wsOptionsOf } from './options.ts';
import { WsState } from './ws-state.ts';
import { termsOf } from './ws-terms.ts';
import { WebSocketWsi, type WsWsiState } from './ws-wsi.ts';

const refusedByProgram = wsErrors.LWS_ERR_WS_HANDSHAKE_REFUSED;

/** The program has to say whether it may be; nothing is answered yet. */
const HELD = 0;
/** It may be; 101 is to be written. */
const ACCEPTED = 1;
/** Refused, established or gone. */
const OVER = 2;

export class AcceptingState implements RoleState, WsWsiState {
  readonly wsi: WebSocketWsi;
  readonly #exchange: HttpExchange;
  readonly #host: RoleHost;
  readonly #clock: Clock;
  readonly #handshake: AcceptedHandshake;
  readonly #headers: HandshakeHeaders;
  #phase = ACCEPTED;
  #filtering = false;
  #wasHeld = false;
  #refusedByProgram = false;
  #refusedStatus: number | undefined = undefined;

  constructor(exchange: HttpExchange, clock: Clock, handshake: AcceptedHandshake) {
    const { host, request } = exchange;
    this.#exchange = exchange;
    this.#host = host;
    this.#clock = clock;
    this.#handshake = handshake;
    this.#headers = new HandshakeHeaders(request);
    this.wsi = new WebSocketWsi(host, handshake.protocol, this, this.#headers);
  }

  /** Asks the protocol. Undefined: it may be, or it is held; else why not. */
  filter(): CodedError | undefined {
    const { protocol } = this.#handshake;
    if (protocol.spec.ws?.filterProtocolConnection === undefined) return undefined;
    this.#filtering = true;
    let verdict: unknown;
    try {
      verdict = protocol.spec.ws.filterProtocolConnection(this.wsi, protocol.name);
    } finally {
      this.#filtering = false;
    }
    if (dropPromise(verdict)) return coreErrors.LWS_ERR_HANDLER_ASYNC;
    // close() inside the handler is a refusal too
    if (!this.#host.open) return refusedByProgram;
    const no = verdict === false || verdict === -1;
    const refused = this.#wasHeld ? this.#refusedStatus !== undefined : no;
    return refused ? refusedByProgram : undefined;
  }

  /** The status that a hold was refused with while the protocol was still being asked. */
  get refusedStatus(): number | undefined {
    return this.#refusedStatus;
  }

  // ---- the answer to the request that asked

  get kind(): 'take' {
    return 'take';
  }

  start(): this {
    // who is answered at once needs no fields behind that
    if (this.#phase === HELD) this.#headers.keep(this.#exchange);
    return this;
  }

  hold(): Held {
    if (!this.#filtering) {
      if (this.#phase === OVER) return { accept: () => false, refuse: () => false };
      throw new LwsError(coreErrors.LWS_ERR_HOLD, 'not inside filterProtocolConnection');
    }
    const held = this.#host.hold((status) => this.#settled(status));
    this.#phase = HELD;
    this.#wasHeld = true;
    return {
      accept: () => held.accept(),
      refuse: (status) => {
        this.#refusedByProgram = true;
        try {
          return held.refuse(status);
        } finally {
          // a status that is none throws, and answers nothing
          this.#refusedByProgram = false;
        }
      },
    };
  }

  // ---- RoleState

  get name(): string {
    return 'ws';
  }

  /** The answer leaves with the turn; the program is told now, while the request's header table is still there. */
  entered(): void {
    this.#establish();
  }

  rx(bytes: Uint8Array): number {
    if (this.#phase === HELD) return 0;
    return this.#establish()?.rx(bytes) ?? bytes.length;
  }

  writeable(): void {
    this.#establish()?.writeable();
  }

  service(): boolean {
    this.#establish();
    return false;
  }

  timeout(): void {}

  timer(): void {}

  peerEnded(): void {
    if (this.#phase === OVER) return;
    this.#phase = OVER;
    this.#host.finish();
  }

  drained(): void {}

  closing(): boolean {
    // inside the filter a refusal follows anyway
    if (this.#filtering) this.#phase = OVER;
    else if (this.#phase !== OVER) this.#refuse(503);
    return false;
  }

  threw(): void {
    if (this.#phase !== OVER) this.#refuse(500);
  }

  leaving(): void {}

  gone(): void {
    this.#phase = OVER;
    this.#headers.release();
  }

  // ---- what a wsi reads: nothing came yet

  get isFirstFragment(): boolean {
    return false;
  }

  get isFinalFragment(): boolean {
    return false;
  }

  get remainingPacketPayload(): number {
    return 0;
  }

  get isBinary(): boolean {
    return false;
  }

  get reservedBits(): number {
    return 0;
  }

  get waitingBytes(): number {
    return 0;
  }

  get rttMs(): undefined {
    return undefined;
  }

  setExtensionOption(): boolean {
    return false;
  }

  rxResumed(): void {}

  failed(error: CodedError): void {
    if (this.#phase !== OVER) this.#refuse(503, error);
  }

  // ---- private

  #agreeOn(offers: readonly ExtensionElement[]): AgreedExtension | undefined {
    const { extensions } = wsOptionsOf(this.#host.vhost.options);
    return agreeOn(offers, extensions, (name) => this.#mayUse(name));
  }

  #mayUse(name: string): boolean {
    const { ws } = this.#handshake.protocol.spec;
    const verdict = atOnce<unknown>(ws?.confirmExtensionOkay?.(this.wsi, name));
    return verdict !== false && verdict !== -1;
  }

  #settled(status: number | undefined): void {
    if (status === undefined) {
      this.#phase = ACCEPTED;
      if (!this.#filtering) this.#host.forceService();
    } else if (this.#filtering) this.#refusedStatus = status;
    // core has reported a hold that took too long
    else this.#refuse(status, this.#refusedByProgram ? refusedByProgram : undefined);
  }

  #refuse(status: number, error?: CodedError): void {
    this.#phase = OVER;
    try {
      writeRefusal(this.#host, status, [], error);
    } finally {
      this.#headers.release();
    }
  }

  #mayEstablish(): boolean {
    return this.#phase === ACCEPTED && this.#host.open;
  }

  /** Writes the 101 and makes way for the open connection, which is undefined when there is none. */
  #establish(): WsState | undefined {
    if (!this.#mayEstablish()) return undefined;
    const { protocol, offers } = this.#handshake;
    const extension = offers.length === 0 ? undefined : this.#agreeOn(offers);
    // the program, asked for the extension, may have closed it
    if (!this.#mayEstablish()) return undefined;
    this.#phase = OVER;
    this.#host.vhost.counters.ws_upg++;
    writeSwitchingProtocols(this.#host, this.#handshake, extension);
    noteUpgraded(this.#host);
    const terms = termsOf('server', protocol, this.#host, this.#clock);
    const open = new WsState(this.#host, terms, this.wsi, extension);
    this.#host.become(() => open, noBytes);
    open.established();
    return open;
  }
}

const noBytes = new Uint8Array(0);
