/** From so many pieces on small ones are joined. */
const manyPieces = 16;
/** Pieces below this are small, in bytes. */
const smallBytes = 1024;

/**
 * Input that arrived and may not be delivered yet, in order. It stays in the pieces it came in: they are
 * joined only when a role wants to see more at once than the first of them holds, or when a peer sends so many
 * small ones that each would pin many times its size.
 */
export class ParkedInput {
  #pieces: Uint8Array[] | undefined = undefined;
  #length = 0;
  /** Bytes at the beginning of the first piece that were taken before. */
  #passed = 0;
  /** What the last piece stands at the beginning of, where that was joined. */
  #room: Uint8Array = noBytes;

  /** In bytes. */
  get length(): number {
    return this.#length;
  }

  /** Where in its first piece that begins which waits. */
  get passed(): number {
    return this.#passed;
  }

  /** Adds `bytes` behind what waits; `owned` says that the memory may be kept. */
  append(bytes: Uint8Array, owned: boolean): void {
    if (bytes.length === 0) return;
    this.#pieces ??= [];
    const pieces = this.#pieces;
    this.#length += bytes.length;
    const last = pieces.length - 1;
    const piece = pieces[last];
    if (piece !== undefined && last >= manyPieces && this.#mayJoin(piece, bytes))
      pieces[last] = this.#joined(piece, bytes);
    else pieces.push(keep(bytes, owned));
  }

  /** Puts `bytes` before what waits. */
  prepend(bytes: Uint8Array, owned: boolean): void {
    if (bytes.length === 0) return;
    this.#cutFirst();
    this.#pieces ??= [];
    const pieces = this.#pieces;
    // unshift and shift call into V8, push and pop do not
    if (pieces.length === 0) pieces.push(keep(bytes, owned));
    else pieces.unshift(keep(bytes, owned));
    this.#length += bytes.length;
  }

  /** Puts `bytes` from `passed` on before what waits, without a view being made of them where they may be kept. */
  putBack(bytes: Uint8Array, passed: number, owned: boolean): void {
    if (passed === 0 || !owned) {
      this.prepend(passed === 0 ? bytes : bytes.subarray(passed), owned);
      return;
    }
    if (passed === bytes.length) return;
    this.prepend(bytes, true);
    this.#passed = passed;
    this.#length -= passed;
  }

  /** Takes the first piece out, as it came: what waits of it begins at {@link passed}, to be read before. */
  takeWhole(): Uint8Array | undefined {
    const pieces = this.#pieces;
    const piece = pieces?.length === 1 ? pieces.pop() : pieces?.shift();
    if (piece === undefined) return undefined;
    this.#length -= piece.length - this.#passed;
    this.#passed = 0;
    return piece;
  }

  /** Takes the first piece out. */
  take(): Uint8Array | undefined {
    this.#cutFirst();
    return this.takeWhole();
  }

  /** Takes the last piece out. */
  takeLast(): Uint8Array | undefined {
    this.#cutFirst();
    const piece = this.#pieces?.pop();
    if (piece !== undefined) this.#length -= piece.length;
    this.#room = noBytes;
    return piece;
  }

  /** Takes all out, in one piece. */
  takeAll(): Uint8Array {
    while (this.joinFirst());
    return this.take() ?? noBytes;
  }

  /** Makes the first two pieces one; false when there are no two. */
  joinFirst(): boolean {
    this.#cutFirst();
    const pieces = this.#pieces;
    const first = pieces?.[0];
    const second = pieces?.[1];
    if (pieces === undefined || first === undefined || second === undefined) return false;
    const both = new Uint8Array(first.length + second.length);
    both.set(first);
    both.set(second, first.length);
    pieces.splice(0, 2, both);
    return true;
  }

  /** Forgets all. */
  clear(): void {
    this.#pieces = undefined;
    this.#length = 0;
    this.#passed = 0;
    this.#room = noBytes;
  }

  /** The first piece is what waits of it, and nothing else. */
  #cutFirst(): void {
    const first = this.#pieces?.[0];
    if (this.#passed === 0 || this.#pieces === undefined || first === undefined) return;
    this.#pieces[0] = first.subarray(this.#passed);
    this.#passed = 0;
  }

  #mayJoin(piece: Uint8Array, bytes: Uint8Array): boolean {
    const small = piece.length < smallBytes || piece.buffer === this.#room.buffer;
    return small && bytes.length < smallBytes;
  }

  /** In place where there is room; else in twice the memory, so that little is copied twice. */
  #joined(piece: Uint8Array, bytes: Uint8Array): Uint8Array {
    const length = piece.length + bytes.length;
    if (piece.buffer !== this.#room.buffer || length > this.#room.length) {
      this.#room = new Uint8Array(length * 2);
      this.#room.set(piece);
    }
    this.#room.set(bytes, piece.length);
    return this.#room.subarray(0, length);
  }
}

const noBytes = new Uint8Array(0);

function keep(bytes: Uint8Array, owned: boolean): Uint8Array {
  return owned ? bytes : new Uint8Array(bytes);
}
