import {
  FrameReader,
  type FrameSink,
  frameHeaderSize,
  maskInto,
  OPCODE,
  readClosePayload,
  type WsViolation,
  writeFrameHeader,
} from '@lws-ts/ws-framing';
import { eventLine, newOutcome, type Outcome } from './outcome.ts';

/** A frame to be written. */
export interface WireFrame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly payload: Uint8Array;
  /** The masking key of a client's frame. */
  readonly mask: Uint8Array | undefined;
}

/** The frame as our writer puts it. */
export function ourFrame({ opcode, fin, payload, mask }: WireFrame): Uint8Array {
  const { length } = payload;
  const image = new Uint8Array(frameHeaderSize(length, mask !== undefined) + length);
  const at = writeFrameHeader(image, 0, opcode, fin, false, length, mask);
  if (mask === undefined) image.set(payload, at);
  else maskInto(image, at, payload, mask);
  return image;
}

/** Assembles messages as a WebSocket role does, and stops at a close. */
class Assembler implements FrameSink {
  readonly outcome: Outcome = newOutcome();
  readonly reader: FrameReader;
  closed = false;
  #message: Uint8Array[] = [];
  #control: Uint8Array[] = [];

  constructor(side: 'server' | 'client') {
    this.reader = new FrameReader(this, { side });
  }

  frameStart(): void {
    this.outcome.frames++;
  }

  framePayload(chunk: Uint8Array, start: number, end: number): void {
    const part = chunk.slice(start, end);
    if (this.reader.opcode >= OPCODE.close) this.#control.push(part);
    else this.#message.push(part);
  }

  frameEnd(): void {
    const { opcode, inMessage, messageOpcode } = this.reader;
    if (opcode >= OPCODE.close) {
      const payload = Buffer.concat(this.#control);
      this.#control = [];
      if (opcode === OPCODE.close) this.#close(payload);
      else this.outcome.events.push(eventLine(opcode === OPCODE.ping ? 'ping' : 'pong', payload));
    } else if (!inMessage) {
      const kind = messageOpcode === OPCODE.text ? 'text' : 'binary';
      this.outcome.events.push(eventLine(kind, Buffer.concat(this.#message)));
      this.#message = [];
    }
  }

  violation({ code, closeCode }: WsViolation): void {
    if (code !== 'LWS_ERR_WS_UTF8' && code !== 'LWS_ERR_WS_UTF8_INCOMPLETE') this.outcome.frames++;
    this.outcome.broken = { code, closeCode };
  }

  #close(payload: Uint8Array): void {
    const status = readClosePayload(payload);
    if ('closeCode' in status)
      this.outcome.broken = { code: status.code, closeCode: status.closeCode };
    else this.outcome.events.push(`close ${status.code} ${status.reason}`);
    this.closed = true;
    this.reader.stop();
  }
}

/** Reads `pieces`, unmasking them where they are. */
export function ourOutcome(side: 'server' | 'client', pieces: readonly Uint8Array[]): Outcome {
  const assembler = new Assembler(side);
  for (const piece of pieces) {
    if (assembler.closed) break;
    assembler.reader.push(piece);
  }
  return assembler.outcome;
}
