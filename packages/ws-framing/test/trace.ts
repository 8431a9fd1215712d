/** What a reader says about a wire image, as lines that do not depend on how the image was cut. */
import {
  FrameReader,
  type FrameReaderOptions,
  type FrameSink,
  OPCODE,
  type WsViolation,
} from '../src/index.ts';

export function hex(image: string): Uint8Array {
  return Uint8Array.from(Buffer.from(image.replaceAll(' ', ''), 'hex'));
}

export class TraceSink implements FrameSink {
  readonly lines: string[] = [];
  /** Payload of the frame so far. */
  bytes: number[] = [];
  /** Set by the test; asked after each call. */
  stopAfter: ((call: 'start' | 'payload' | 'end') => boolean) | undefined;
  reader: FrameReader;

  constructor(options: FrameReaderOptions) {
    this.reader = new FrameReader(this, options);
  }

  frameStart(): void {
    const { opcode, fin, rsv1, length } = this.reader;
    this.bytes = [];
    this.lines.push(
      `start ${opcode}${fin ? ' fin' : ''}${rsv1 ? ' rsv1' : ''}${length === 0 ? '' : ` of ${length}`}`,
    );
    this.#stop('start');
  }

  framePayload(chunk: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; at++) this.bytes.push(chunk[at] as number);
    this.#stop('payload');
  }

  frameEnd(): void {
    this.lines.push(`end ${this.#payload()}`);
    this.bytes = [];
    this.#stop('end');
  }

  violation(error: WsViolation): void {
    if (this.bytes.length > 0) this.lines.push(`cut ${this.#payload()}`);
    this.lines.push(error.code);
  }

  #stop(call: 'start' | 'payload' | 'end'): void {
    if (this.stopAfter?.(call) === true) this.reader.stop();
  }

  #payload(): string {
    const { messageOpcode, opcode } = this.reader;
    const bytes = Buffer.from(this.bytes);
    return messageOpcode === OPCODE.text && opcode < OPCODE.close
      ? `"${bytes.toString('latin1')}"`
      : bytes.toString('hex');
  }
}

/** The lines for `image` pushed in pieces of `size` bytes; each push has to take all of its piece. */
export function read(image: Uint8Array, options: FrameReaderOptions, size: number): string[] {
  const sink = new TraceSink(options);
  for (let at = 0; at < image.length; at += size) {
    const piece = image.slice(at, at + size);
    const took = sink.reader.push(piece);
    if (took !== piece.length) sink.lines.push(`took ${took} of ${piece.length}`);
  }
  return sink.lines;
}
