/** Cuts what a script says on stderr into lines of the log, none longer than {@link mostLineBytes}. */

export const mostLineBytes = 256;

const LF = 0x0a;

export class StderrLines {
  readonly #line = new Uint8Array(mostLineBytes);
  readonly #tell: (line: string) => void;
  #filled = 0;

  constructor(tell: (line: string) => void) {
    this.#tell = tell;
  }

  /** What a line has beyond its most is dropped. */
  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (byte === LF) this.end();
      else if (this.#filled < mostLineBytes) this.#line[this.#filled++] = byte;
    }
  }

  /** A last line may have no end. */
  end(): void {
    if (this.#filled === 0) return;
    const text = Buffer.from(this.#line.buffer, 0, this.#filled).toString('utf8');
    this.#filled = 0;
    this.#tell(text.replace(/\r$/, ''));
  }
}
