import { ConnectionWsi, coreErrors } from '@lws-ts/core';
import {
  type BoundProtocol,
  type CodedError,
  type Held,
  type Holdable,
  LwsError,
  type RoleHost,
  showValue,
  type WsWsi,
} from '@lws-ts/interface';
import { isSendableCloseCode } from '@lws-ts/ws-framing';
import { wsErrors } from './errors.ts';
import { goneHeaders, type HandshakeHeaders } from './handshake-headers.ts';

/** What a wsi asks of its connection's state. */
export interface WsWsiState {
  readonly isFirstFragment: boolean;
  readonly isFinalFragment: boolean;
  readonly remainingPacketPayload: number;
  readonly isBinary: boolean;
  readonly reservedBits: number;
  readonly rttMs: number | undefined;
  /** Written by the program and not encoded yet. */
  readonly waitingBytes: number;
  setExtensionOption(extension: string, option: string, value: string): boolean;
  /** The program takes input again. */
  rxResumed(): void;
  /** @throws `LWS_ERR_HOLD` outside filterProtocolConnection */
  hold(): Held;
  /** Closes with what the error says. */
  failed(error: CodedError): void;
}

/** Of a client that is not open yet. */
export const idleState: WsWsiState = Object.freeze({
  isFirstFragment: false,
  isFinalFragment: false,
  remainingPacketPayload: 0,
  isBinary: false,
  reservedBits: 0,
  rttMs: undefined,
  waitingBytes: 0,
  setExtensionOption: () => false,
  rxResumed: () => undefined,
  hold: () => {
    throw new LwsError(coreErrors.LWS_ERR_HOLD, 'not inside filterProtocolConnection');
  },
  failed: () => undefined,
});

/** The program's side of a WebSocket connection. */
export class WebSocketWsi
  extends ConnectionWsi<unknown, unknown>
  implements WsWsi<unknown, unknown>, Holdable
{
  #state: WsWsiState;
  #headers: HandshakeHeaders;

  constructor(
    host: RoleHost,
    protocol: BoundProtocol,
    state: WsWsiState,
    headers: HandshakeHeaders,
  ) {
    super(host, protocol);
    this.#state = state;
    this.#headers = headers;
  }

  /** Owned by the role: from now on every read of them throws. */
  releaseHeaders(): void {
    this.#headers.release();
    this.#headers = goneHeaders;
  }

  override get open(): boolean {
    return this.#state !== idleState && super.open;
  }

  /** Owned by the role: the handshake chose a protocol. */
  bind(protocol: BoundProtocol): void {
    this.rebind(protocol);
  }

  /** Owned by the outbox: the connection goes on without something. */
  report(error: CodedError): void {
    this.host.report(error);
  }

  /** Owned by the outbox: so much more, or less, waits in it. */
  keepsMore(bytes: number): void {
    this.host.keepsMore(bytes);
  }

  /** Owned by the outbox: the connection ends for that. */
  refuse(error: CodedError): void {
    this.#state.failed(error);
  }

  /** Owned by the role: the handshake is over. */
  opened(state: WsWsiState): void {
    this.#state = state;
  }

  get isFirstFragment(): boolean {
    return this.#state.isFirstFragment;
  }

  get isFinalFragment(): boolean {
    return this.#state.isFinalFragment;
  }

  get remainingPacketPayload(): number {
    return this.#state.remainingPacketPayload;
  }

  get isBinary(): boolean {
    return this.#state.isBinary;
  }

  get reservedBits(): number {
    return this.#state.reservedBits;
  }

  get rttMs(): number | undefined {
    return this.#state.rttMs;
  }

  get bufferedAmount(): number {
    return this.#state === idleState ? 0 : this.host.pendingBytes + this.#state.waitingBytes;
  }

  setExtensionOption(extension: string, option: string, value: string): boolean {
    return this.#state.setExtensionOption(extension, option, value);
  }

  override rxFlowControl(on: boolean): void {
    super.rxFlowControl(on);
    if (on) this.#state.rxResumed();
  }

  get path(): string {
    return this.#headers.view.path;
  }

  get query(): string {
    return this.#headers.view.query;
  }

  header(name: string): string | undefined {
    return this.#headers.view.field(name.toLowerCase());
  }

  eachHeader(visit: (name: string, value: string) => void): void {
    this.#headers.view.each(visit);
  }

  urlArg(name: string): string | undefined {
    return this.#headers.urlArg(name);
  }

  hold(): Held {
    return this.#state.hold();
  }

  /** @throws `LWS_ERR_WS_CLOSE_ARGUMENTS` for a code that may not be sent, or a reason without a code */
  override close(code?: number, reason = ''): void {
    if (this.#state === idleState) this.abort();
    if (!this.host.open) return;
    const sendable = code === undefined ? reason === '' : isSendableCloseCode(code);
    if (!sendable || typeof reason !== 'string')
      throw new LwsError(
        wsErrors.LWS_ERR_WS_CLOSE_ARGUMENTS,
        reason === '' ? `close(${String(code)})` : `close(${String(code)}, ${showValue(reason)})`,
      );
    super.close(code, reason);
  }
}
