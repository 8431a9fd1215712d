import type { FileOps } from '@lws-ts/interface';
import { vfsErrors } from './errors.ts';
import { type Transferred, VirtualFile } from './virtual-file.ts';

/** What lies behind one name: replaced as a whole, so that open files keep theirs. */
export class MemoryNode {
  bytes: Uint8Array;
  readonly modTime: number | undefined;
  readonly gzip: Uint8Array | undefined;
  readonly contentTag: string | undefined;

  constructor(
    bytes: Uint8Array,
    modTime: number | undefined,
    gzip: Uint8Array | undefined,
    contentTag?: string,
  ) {
    this.contentTag = contentTag;
    this.bytes = bytes;
    this.modTime = modTime;
    this.gzip = gzip;
  }
}

/** An open file whose bytes are in memory. */
export class MemoryFile extends VirtualFile {
  readonly #node: MemoryNode;
  readonly #writable: boolean;

  /** @param acceptGzip give the gzip stream, where there is one */
  constructor(fops: FileOps, node: MemoryNode, acceptGzip: boolean, writable: boolean) {
    const gzip = acceptGzip ? node.gzip : undefined;
    const bytes = gzip ?? node.bytes;
    super(fops, {
      length: bytes.length,
      gzip: gzip !== undefined,
      modTime: node.modTime,
      contentTag: node.contentTag,
    });
    this.#node =
      gzip === undefined && writable ? node : new MemoryNode(bytes, undefined, undefined);
    this.#writable = writable;
  }

  protected fill(into: Uint8Array, done: Transferred): void {
    const { position } = this;
    const piece = this.#node.bytes.subarray(position, position + into.length);
    into.set(piece);
    done(piece.length);
  }

  protected override put(from: Uint8Array, done: Transferred): void {
    if (!this.#writable) {
      done(vfsErrors.LWS_ERR_VFS_READ_ONLY);
      return;
    }
    const end = this.position + from.length;
    if (end > this.#node.bytes.length) {
      const longer = new Uint8Array(end);
      longer.set(this.#node.bytes);
      this.#node.bytes = longer;
    }
    this.#node.bytes.set(from, this.position);
    done(from.length);
  }

  protected release(): void {
    // The memory goes with the object.
  }
}
