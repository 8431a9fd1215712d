/** The goodbye of a connection (RFC 6455 §7.1): what was said, what the peer said, and how long each may take. */
import type { RoleHost } from '@lws-ts/interface';
import { type CloseStatus, encodeClosePayload, OPCODE } from '@lws-ts/ws-framing';
import type { FrameOutput } from './frame-output.ts';
import type { ResolvedWsOptions } from './options.ts';

/** What the end is called when no close frame came (§7.1.5). */
export const noCloseCode = 1006;

/** The connection that says goodbye. */
export interface ClosingOwner {
  /** Written by the program and not encoded yet. */
  readonly waitingBytes: number;
}

export class ClosingHandshake {
  /** What the peer's close frame said. */
  peerCode = noCloseCode;
  peerReason = '';
  /** The peer's close frame came. */
  peerClosed = false;
  readonly #owner: ClosingOwner;
  readonly #host: RoleHost;
  readonly #output: FrameOutput;
  readonly #options: ResolvedWsOptions;
  /** What is to be said behind a long message that is on its way. */
  #owed: { readonly code: number | undefined; readonly reason: string } | undefined = undefined;
  /** Bytes that stood before the close frame when its deadline was set. */
  #unsent = 0;

  constructor(
    owner: ClosingOwner,
    host: RoleHost,
    output: FrameOutput,
    options: ResolvedWsOptions,
  ) {
    this.#owner = owner;
    this.#host = host;
    this.#output = output;
    this.#options = options;
  }

  /** The peer's close frame. */
  heard({ code, reason }: CloseStatus): void {
    this.peerClosed = true;
    this.peerCode = code;
    this.peerReason = reason;
  }

  /** Writes a close frame; one that is no answer waits for the peer's. */
  say(code: number | undefined, reason: string): void {
    this.#output.bytes(OPCODE.close, true, encodeClosePayload(code, reason));
    if (this.peerClosed) return;
    if (this.#host.transport.bufferedBytes > 0) this.#waitForSend();
    else this.sent();
  }

  /** A close frame was promised and is not written yet. */
  get owes(): boolean {
    return this.#owed !== undefined;
  }

  /** A close frame is to follow what is on its way. */
  owe(code: number | undefined, reason: string): void {
    this.#owed = { code, reason };
    this.#waitForSend();
  }

  /** What was on its way is out, or is not wanted any more. */
  sayOwed(): void {
    const owed = this.#owed;
    this.#owed = undefined;
    if (owed !== undefined) this.say(owed.code, owed.reason);
  }

  /** The close frame left. */
  sent(): void {
    this.#host.setTimeout('close-ack', this.#options.closeAckSecs);
  }

  /** The time to send it in is over: what stands before it leaves at the peer's pace, as long as it makes any. */
  get progresses(): boolean {
    if (this.#before() >= this.#unsent) return false;
    this.#waitForSend();
    return true;
  }

  /** Bytes that leave before it. */
  #before(): number {
    return this.#host.transport.bufferedBytes + this.#owner.waitingBytes;
  }

  #waitForSend(): void {
    this.#unsent = this.#before();
    this.#host.setTimeout('close-send', this.#options.closeSendSecs);
  }
}
