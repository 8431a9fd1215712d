/**
 * What a peer sends on one open connection: frames, the messages they make up, pings and pongs, and the limits on how
 * fast and how slowly they may come. What follows from it is its owner's to do. Made for the first bytes that come, so
 * that who says nothing costs nothing of it.
 */
import type { CodedError, RoleHost } from '@lws-ts/interface';
import { FrameReader, type FrameSink, frameHeaderSize, OPCODE } from '@lws-ts/ws-framing';
import { type DataTaker, plainDelivery } from './chosen-delivery.ts';
import { ControlFrames } from './control-frames.ts';
import type { Delivery } from './delivery.ts';
import { FloodLimits } from './flood-limits.ts';
import type { FrameOutput } from './frame-output.ts';
import type { InflatedDelivery } from './inflated-delivery.ts';
import { releaseCopied } from './message-buffer.ts';
import { type StallOwner, StallWatch } from './stall-watch.ts';
import type { WsTerms } from './ws-terms.ts';

/** The connection whose peer it is. */
export interface IntakeOwner extends DataTaker, StallOwner {
  /** Frames that are written in answer. */
  readonly output: FrameOutput;
  /** An answer was written to something the program did not ask for. */
  answered(): void;
  closeArrived(payload: Uint8Array): void;
  /** It was answered, as far as there was room. */
  pingArrived(payload: Uint8Array): void;
  pongArrived(payload: Uint8Array): void;
}

export class FrameIntake implements FrameSink {
  readonly reader: FrameReader;
  readonly #owner: IntakeOwner;
  readonly #host: RoleHost;
  readonly #terms: WsTerms;
  /** Of messages that no extension encoded. */
  readonly #plain: Delivery | undefined;
  /** Of messages that the extension encoded. */
  #inflated: InflatedDelivery | undefined = undefined;
  /** Of the message last begun. */
  #delivery: Delivery | undefined;
  /** Bytes read of a frame that is not complete. */
  #begun = 0;
  /** What is kept of messages, as the host knows it. */
  #kept = 0;
  #flood: FloodLimits | undefined = undefined;
  #control: ControlFrames | undefined = undefined;
  #stall: StallWatch | undefined = undefined;

  /** @param allowRsv1 an extension encodes messages: {@link decodeBy} says how */
  constructor(owner: IntakeOwner, host: RoleHost, terms: WsTerms, allowRsv1: boolean) {
    const { side, handlers, rxBufferSize, options } = terms;
    this.#owner = owner;
    this.#host = host;
    this.#terms = terms;
    this.reader = new FrameReader(
      this,
      handlers.receive === undefined
        ? { side, allowRsv1 }
        : { side, allowRsv1, payloadLimit: rxBufferSize },
    );
    this.#plain = plainDelivery(handlers, this.reader, options.maxMessageSize, host, owner);
    this.#delivery = this.#plain;
    // what is given away of it is told of; a chunk is valid during the call
    host.lend(true);
  }

  /** Once, before the first frame: who takes the messages that an extension encoded. */
  decodeBy(inflated: InflatedDelivery): void {
    this.#inflated = inflated;
  }

  /** Reads on, and gives how many bytes it took. */
  read(bytes: Uint8Array, from: number): number {
    const taken = this.reader.push(bytes, from);
    this.#begun += taken;
    if (this.#begun > 0 || this.#stall?.armed === true || this.#inflated?.occupying === true)
      this.#stallWatch().read(this.#begun, taken === bytes.length - from);
    this.countKept();
    releaseCopied();
    return taken;
  }

  /** From inside a call of the owner's: no more is read for now. */
  stop(): void {
    this.reader.stop();
  }

  /** Forgets what came of a message: it is for nobody any more. */
  clear(): void {
    this.#plain?.clear();
    this.#inflated?.clear();
  }

  /** A frame was begun and is not complete, or its end was held back. */
  get inFrame(): boolean {
    return this.#begun > 0;
  }

  /** What messages take may have changed. */
  countKept(): void {
    const kept = (this.#plain?.kept ?? 0) + (this.#inflated?.kept ?? 0);
    if (kept === this.#kept) return;
    this.#host.holdsMore(kept - this.#kept);
    this.#kept = kept;
  }

  /** The deadline of a frame passed. @param held the program takes nothing now */
  stalled(held: boolean): void {
    this.#stall?.passed(this.#begun, held);
  }

  /** In `writeable`: the pong that found no room. */
  sendPong(): void {
    this.#control?.sendPong();
  }

  // ---- what a wsi reads

  get first(): boolean {
    return this.#delivery?.first ?? false;
  }

  get final(): boolean {
    return this.#delivery?.final ?? false;
  }

  get remaining(): number {
    return this.#delivery?.remaining ?? 0;
  }

  // ---- FrameSink

  frameStart(): void {
    const { opcode, length, fin, firstFrame } = this.reader;
    if (opcode >= OPCODE.close || !this.#owner.open) return;
    if (firstFrame) this.#delivery = this.reader.rsv1 ? this.#inflated : this.#plain;
    const whole = fin && firstFrame;
    const fault = whole ? undefined : this.#floodLimits().fragment(length, firstFrame);
    const tooFast = firstFrame ? this.#host.admission?.spend('message', 1) : undefined;
    const wrong = fault ?? tooFast ?? this.#delivery?.frameStart();
    if (wrong !== undefined) this.#owner.failed(wrong);
  }

  framePayload(chunk: Uint8Array, start: number, end: number): void {
    if (this.reader.opcode >= OPCODE.close) {
      this.#controlFrames().append(chunk, start, end);
    } else if (this.#owner.open) {
      const tooFast = this.#host.admission?.spend('byte', end - start);
      if (tooFast === undefined) this.#delivery?.framePayload(chunk, start, end);
      else this.#owner.failed(tooFast);
    }
  }

  frameEnd(): void {
    const { opcode, length } = this.reader;
    this.#begun -= frameHeaderSize(length, this.reader.masked) + length;
    if (opcode < OPCODE.close) {
      if (this.#owner.open) this.#delivery?.frameEnd();
      return;
    }
    const payload = this.#control?.take() ?? noBytes;
    if (opcode === OPCODE.close) this.#owner.closeArrived(payload);
    else if (this.#owner.open)
      if (opcode === OPCODE.ping) this.#pingArrived(payload);
      else this.#owner.pongArrived(payload);
  }

  violation(error: CodedError): void {
    this.#owner.failed(error);
  }

  // ---- private

  #pingArrived(payload: Uint8Array): void {
    const fault = this.#floodLimits().ping();
    if (fault !== undefined) {
      this.#owner.failed(fault);
      return;
    }
    if (this.#controlFrames().answer(payload)) this.#owner.answered();
    else this.reader.stop();
    if (this.#owner.open) this.#owner.pingArrived(payload);
  }

  #floodLimits(): FloodLimits {
    const { options, clock, handlers } = this.#terms;
    this.#flood ??= new FloodLimits(options, clock, handlers.message !== undefined);
    return this.#flood;
  }

  #controlFrames(): ControlFrames {
    this.#control ??= new ControlFrames(this.#host, this.#owner.output);
    return this.#control;
  }

  #stallWatch(): StallWatch {
    const { stalledSecs } = this.#terms.options;
    this.#stall ??= new StallWatch(this.#owner, this.#host, this.#inflated, stalledSecs);
    return this.#stall;
  }
}

const noBytes = new Uint8Array(0);
