/**
 * The codec of compression as a party: a frame reader and the session of permessage-deflate, which echoes each
 * message compressed. What it writes goes through the peer's ears, as from a socket.
 */
import {
  type AgreedExtension,
  type DecodedSink,
  type ExtensionSession,
  encodePiece,
  FrameReader,
  type FrameSink,
  frameHeaderSize,
  maskInto,
  OPCODE,
  type WsViolation,
  writeFrameHeader,
} from '@lws-ts/ws-framing';
import type { PeerSide } from '../peer/frame-image.ts';
import { HeardLines } from '../peer/heard-lines.ts';
import type { PeerDeflate } from '../peer/peer-deflate.ts';
import type { Party } from './party.ts';

export class DeflateCodecParty implements Party, FrameSink, DecodedSink {
  readonly side: PeerSide;
  readonly heard: HeardLines;
  readonly #reader: FrameReader;
  readonly #session: ExtensionSession;
  /** Said, and not read yet: the session was busy. */
  #waiting: Uint8Array[] = [];
  #message: Uint8Array[] = [];

  /** @param side which one the codec is of */
  constructor(side: 'server' | 'client', agreed: AgreedExtension, deflate: PeerDeflate) {
    this.side = side === 'server' ? 'client' : 'server';
    this.heard = new HeardLines(this.side, deflate);
    this.#reader = new FrameReader(this, { side, allowRsv1: true });
    this.#session = agreed.open(this);
  }

  get compressed(): number {
    return this.heard.compressed;
  }

  async say(parts: readonly Uint8Array[]): Promise<void> {
    this.#waiting.push(...parts);
    this.#read();
  }

  next(withinMs: number): Promise<string | undefined> {
    return this.heard.next(withinMs);
  }

  frameStart(): void {}

  framePayload(chunk: Uint8Array, start: number, end: number): void {
    if (this.#reader.opcode < OPCODE.close) this.#session.decode(chunk, start, end);
    if (this.#session.working) this.#reader.stop();
  }

  frameEnd(): void {
    const { opcode, fin } = this.#reader;
    if (opcode === OPCODE.close) {
      this.#write(OPCODE.close, true, false, Uint8Array.of(0x03, 0xe8));
      this.heard.end();
      this.#session.close();
    } else if (fin) this.#session.decodeEnd();
    if (this.#session.working) this.#reader.stop();
  }

  violation(error: WsViolation): void {
    this.heard.add(error.code);
  }

  decoded(bytes: Uint8Array): void {
    this.#message.push(bytes);
  }

  decodedEnd(): void {
    const message = Buffer.concat(this.#message);
    this.#message = [];
    for (let at = 0; at === 0 || at < message.length; at += encodePiece) {
      const first = at === 0;
      const final = at + encodePiece >= message.length;
      const piece = this.#session.encode(message.subarray(at, at + encodePiece), first, final);
      this.#write(first ? this.#reader.messageOpcode : OPCODE.continuation, final, first, piece);
    }
  }

  decodeReady(): void {
    this.#read();
  }

  decodeFailed(error: { readonly code: string }): void {
    this.heard.add(error.code);
  }

  #read(): void {
    for (;;) {
      const next = this.#waiting[0];
      if (next === undefined || this.#session.working) return;
      const taken = this.#reader.push(next);
      if (taken === next.length && !this.#session.working) this.#waiting.shift();
      else this.#waiting[0] = next.subarray(taken);
    }
  }

  #write(opcode: number, fin: boolean, rsv1: boolean, payload: Uint8Array): void {
    const { length } = payload;
    const key = this.side === 'server' ? Uint8Array.of(1, 2, 3, 4) : undefined;
    const image = new Uint8Array(frameHeaderSize(length, key !== undefined) + length);
    const body = writeFrameHeader(image, 0, opcode, fin, rsv1, length, key);
    if (key === undefined) image.set(payload, body);
    else maskInto(image, body, payload, key);
    this.heard.push(image);
  }
}
