/**
 * A frame reader whose calls are summed up, so that two readings of the same octets can be compared. A reader that
 * calls more often than its octets allow, or gives octets it was not given, is found out at once.
 */
import {
  FrameReader,
  type FrameSink,
  OPCODE,
  readClosePayload,
  type WsViolation,
} from '@lws-ts/ws-framing';
import type { Random } from '../framing/random.ts';

/** Frames read, calls made, and a sum of what they said. */
export interface Trace {
  frames: number;
  sum: number;
  broken: string;
}

export class TracedReader implements FrameSink {
  readonly trace: Trace = { frames: 0, sum: 17, broken: '' };
  readonly #reader: FrameReader;
  readonly #stops: Random | undefined;
  readonly #control = new Uint8Array(125);
  #controlLength = 0;
  #calls = 0;
  #pushed = 0;
  #given = 0;

  /** @param stops says when reading is stopped inside a call, to be taken up again */
  constructor(side: 'server' | 'client', allowRsv1: boolean, stops?: Random) {
    this.#stops = stops;
    this.#reader = new FrameReader(this, {
      side,
      allowRsv1,
      ...(stops === undefined ? undefined : { payloadLimit: stops.between(1, 64) }),
    });
  }

  /** Reads a piece, over stops, to its end. */
  push(piece: Uint8Array): void {
    this.#pushed += piece.length;
    let rest = piece;
    // a frame's end may be held back by a stop though its octets are all taken
    for (let again = this.#stops === undefined ? 1 : 3; again > 0; ) {
      const taken = this.#reader.push(rest);
      if (taken < 0 || taken > rest.length) throw new Error(`took ${taken} of ${rest.length}`);
      rest = rest.subarray(taken);
      if (rest.length === 0) again--;
    }
  }

  frameStart(): void {
    const { opcode, fin, rsv1, length } = this.#reader;
    this.trace.frames++;
    this.#controlLength = 0;
    this.#call(opcode * 4 + (fin ? 2 : 0) + (rsv1 ? 1 : 0));
    this.#add(length);
  }

  framePayload(chunk: Uint8Array, start: number, end: number): void {
    this.#calls++;
    this.#given += end - start;
    if (start >= end || end > chunk.length || this.#given > this.#pushed)
      throw new Error(`gave ${start} to ${end} of ${chunk.length}`);
    for (let at = start; at < end; at++) {
      this.#add(chunk[at] as number);
      if (this.#reader.opcode >= OPCODE.close)
        this.#control[this.#controlLength++] = chunk[at] as number;
    }
    this.#maybeStop();
  }

  frameEnd(): void {
    this.#call(0x100);
    if (this.#reader.opcode === OPCODE.close)
      this.#add(
        readClosePayload(this.#control.subarray(0, this.#controlLength)).code.toString().length,
      );
  }

  violation({ code, closeCode }: WsViolation): void {
    if (this.trace.broken !== '') throw new Error('broken twice');
    this.trace.broken = `${code} ${closeCode}`;
    this.#call(closeCode);
  }

  #call(value: number): void {
    this.#calls++;
    if (this.#calls > 2 * this.#pushed) throw new Error(`${this.#calls} calls`);
    this.#add(value);
    this.#maybeStop();
  }

  #add(value: number): void {
    this.trace.sum = (Math.imul(this.trace.sum, 31) + value) | 0;
  }

  #maybeStop(): void {
    if (this.#stops?.chance(20) === true) this.#reader.stop();
  }
}
