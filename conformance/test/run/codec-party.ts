/**
 * The codec as a party: a frame reader, and the least that can be put on it to answer. It echoes messages, answers
 * pings and a close, and fails by what the reader says.
 */
import {
  FrameReader,
  type FrameSink,
  OPCODE,
  readClosePayload,
  type WsViolation,
} from '@lws-ts/ws-framing';
import { eventLine } from '../framing/outcome.ts';
import type { PeerSide } from '../peer/frame-image.ts';
import type { Party } from './party.ts';

export class CodecParty implements Party, FrameSink {
  readonly side: PeerSide;
  fault: { code: string; octet: number } | undefined = undefined;
  readonly #reader: FrameReader;
  #lines: string[] = [];
  #message: Uint8Array[] = [];
  #control: Uint8Array[] = [];
  #octets = 0;
  #over = false;

  /** @param side which one the reader is of */
  constructor(side: 'server' | 'client', payloadLimit?: number) {
    this.side = side === 'server' ? 'client' : 'server';
    this.#reader = new FrameReader(
      this,
      payloadLimit === undefined ? { side } : { side, payloadLimit },
    );
  }

  async say(parts: readonly Uint8Array[]): Promise<void> {
    for (const part of parts) {
      if (this.#over) return;
      this.#octets += part.length;
      this.#reader.push(part);
    }
  }

  async next(): Promise<string | undefined> {
    return this.#lines.shift();
  }

  frameStart(): void {}

  framePayload(chunk: Uint8Array, start: number, end: number): void {
    const part = chunk.slice(start, end);
    if (this.#reader.opcode >= OPCODE.close) this.#control.push(part);
    else this.#message.push(part);
  }

  frameEnd(): void {
    const { opcode, inMessage, messageOpcode } = this.#reader;
    if (opcode >= OPCODE.close) {
      const payload = Buffer.concat(this.#control);
      this.#control = [];
      if (opcode === OPCODE.close) this.#closed(payload);
      else if (opcode === OPCODE.ping) this.#lines.push(eventLine('pong', payload));
    } else if (!inMessage) {
      const payload = Buffer.concat(this.#message);
      this.#message = [];
      this.#lines.push(eventLine(messageOpcode === OPCODE.text ? 'text' : 'binary', payload));
    }
  }

  violation(error: WsViolation): void {
    this.#fails(error);
  }

  #closed(payload: Uint8Array): void {
    const status = readClosePayload(payload);
    if ('closeCode' in status) this.#fails(status);
    else this.#ends(status.code);
  }

  #fails({ code, closeCode }: WsViolation): void {
    this.fault = { code, octet: this.#octets };
    this.#ends(closeCode);
  }

  #ends(code: number): void {
    this.#over = true;
    this.#lines.push(`close ${code}`, 'end');
    this.#reader.stop();
  }
}
