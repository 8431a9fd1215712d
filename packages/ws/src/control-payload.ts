/** The payload of the control frame being read: at most 125 bytes, which may come in pieces. RFC 6455 §5.5 */
export class ControlPayload {
  readonly #bytes = new Uint8Array(125);
  #length = 0;

  append(chunk: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; at++) this.#bytes[this.#length++] = chunk[at] as number;
  }

  /** What came since the last `take`; valid until the next `append`. */
  take(): Uint8Array {
    const payload = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return payload;
  }
}
