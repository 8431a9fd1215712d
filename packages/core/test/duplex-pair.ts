import { Duplex } from 'node:stream';

/** One end of a pair: what is written here is read there. */
class DuplexEnd extends Duplex {
  other: DuplexEnd | undefined = undefined;
  #taken: (() => void) | undefined = undefined;

  override _read(): void {
    const taken = this.#taken;
    this.#taken = undefined;
    taken?.();
  }

  /** Called by the other end: gives bytes to its reader at once, inside the writer's call. */
  hear(chunk: Uint8Array, taken: () => void): void {
    this.#taken = taken;
    if (this.push(chunk)) this._read();
  }

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    this.other?.hear(chunk, done);
  }

  override _final(done: () => void): void {
    this.other?.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const { other } = this;
    if (other !== undefined && !other.destroyed && !this.writableFinished)
      setImmediate(() => other.destroy());
    done(error);
  }
}

/** Two joined streams, like a child's stdio seen from both sides. */
export function duplexPair(): readonly [DuplexEnd, DuplexEnd] {
  const a = new DuplexEnd();
  const b = new DuplexEnd();
  a.other = b;
  b.other = a;
  return [a, b];
}
