import type { CodedError, FopsFile, HttpExchange } from '@lws-ts/interface';
import { closeFile, readError, seekTo } from './file-calls.ts';
import type { LargeFile, LargeFiles } from './large-files.ts';
import type { LateCalls } from './late-calls.ts';
import { PIECE_BYTES } from './piece-pool.ts';
import type { ByteRange } from './ranges.ts';

/**
 * The body of a large file, or of one range of it, out of the memory that all transfers of the file share. A piece that is
 * not there yet is read out of the transfer's own file, when the peer can take more, and is there for all from then on.
 */
export class SharedTransfer {
  readonly #exchange: HttpExchange;
  readonly #file: FopsFile;
  readonly #content: LargeFile;
  readonly #files: LargeFiles;
  readonly #late: LateCalls;
  readonly #end: number;
  /** Where the next byte stands in the file. */
  #at: number;
  #reading: boolean;
  #over: boolean;
  #closed: boolean;

  /** Takes `file` over, and the entrance to `content`. @param range what was announced; not empty */
  constructor(
    exchange: HttpExchange,
    file: FopsFile,
    range: ByteRange,
    content: LargeFile,
    files: LargeFiles,
    late: LateCalls,
  ) {
    this.#exchange = exchange;
    this.#file = file;
    this.#content = content;
    this.#files = files;
    this.#late = late;
    this.#at = range.start;
    this.#end = range.end;
    this.#reading = false;
    this.#over = false;
    this.#closed = false;
    if (content.complete) this.#closeFile();
  }

  writeable(): void {
    if (this.#over || this.#reading || this.#at === this.#end) return;
    const index = Math.floor(this.#at / PIECE_BYTES);
    const piece = this.#content.piece(index);
    if (piece !== undefined) this.#send(piece, index);
    else if (!this.#closed) {
      this.#reading = true;
      this.#read(index, Buffer.alloc(this.#content.lengthOf(index)), 0);
    }
  }

  /** Complete, cut, or peer gone. */
  done(): void {
    if (this.#over) return;
    this.#over = true;
    this.#closeFile();
    this.#files.leave(this.#content);
  }

  #send(piece: Uint8Array, index: number): void {
    const before = index * PIECE_BYTES;
    const end = Math.min(this.#end - before, piece.length);
    const bytes = piece.subarray(this.#at - before, end);
    this.#at = before + end;
    const last = this.#at === this.#end;
    if (last || this.#content.complete) this.#closeFile();
    this.#exchange.body(bytes, undefined, true);
    if (this.#over) return;
    if (last) this.#exchange.end();
    else this.#exchange.requestWriteable();
  }

  /** Reads on from `filled` until `bytes`, piece `index`, is full; then it can be sent. */
  #read(index: number, bytes: Uint8Array, filled: number): void {
    const { fops } = this.#file;
    let at = filled;
    const astray = seekTo(this.#file, index * PIECE_BYTES + filled);
    if (astray !== undefined) {
      this.#fail(astray);
      return;
    }
    while (at < bytes.length) {
      const got = fops.read(this.#file, at === 0 ? bytes : bytes.subarray(at), (later) => {
        if (this.#over) return;
        this.#late.run(() => {
          if (typeof later === 'number' && later > 0) this.#read(index, bytes, at + later);
          else this.#fail(readError(later));
        });
      });
      if (got === undefined) return;
      if (typeof got !== 'number' || !(got > 0)) {
        this.#fail(readError(got));
        return;
      }
      at += got;
    }
    this.#reading = false;
    this.#content.put(index, bytes);
    this.#exchange.requestWriteable();
  }

  #fail(error: CodedError): void {
    this.#reading = false;
    this.#at = this.#end;
    this.#closeFile();
    this.#exchange.abort(error);
  }

  #closeFile(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeFile(this.#file, this.#exchange.host);
  }
}
