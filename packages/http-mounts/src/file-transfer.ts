import type { CodedError, FopsFile, HttpExchange } from '@lws-ts/interface';
import { closeFile, readError, seekTo } from './file-calls.ts';
import type { LateCalls } from './late-calls.ts';
import type { BodyPart } from './partial-content.ts';
import type { PiecePool } from './piece-pool.ts';

/** What the one piece of a transfer is doing. */
const FREE = 0;
/** The file writes into it. */
const READING = 1;
/** It is full and waits for writeable. */
const READY = 2;
/** The transport reads from it. */
const SENDING = 3;

/**
 * The body of a large file, or of ranges of it: one piece at a time, read when the peer can take more, and read
 * into again only when the one before is out. No more than the announced length is sent, whatever the file becomes.
 */
export class FileTransfer {
  readonly #exchange: HttpExchange;
  readonly #file: FopsFile;
  readonly #pool: PiecePool;
  readonly #parts: readonly BodyPart[];
  readonly #piece: Uint8Array;
  readonly #whenRead: (got: number | CodedError) => void;
  readonly #whenSent: () => void;
  #state: number;
  /** The part that is sent, and what of the file is left of it. */
  #part: number;
  #unread: number;
  /** Bytes in the piece. */
  #filled: number;
  #over: boolean;
  #closed: boolean;

  /**
   * Takes `file` over.
   *
   * @param parts at least one; what they have in all was announced
   */
  constructor(
    exchange: HttpExchange,
    file: FopsFile,
    parts: readonly BodyPart[],
    pool: PiecePool,
    late: LateCalls,
  ) {
    this.#exchange = exchange;
    this.#file = file;
    this.#pool = pool;
    this.#parts = parts;
    this.#piece = pool.take();
    this.#whenRead = (got) => late.run(() => this.#read(got));
    this.#whenSent = () => this.#sent();
    this.#state = FREE;
    this.#part = -1;
    this.#unread = 0;
    this.#filled = 0;
    this.#over = false;
    this.#closed = false;
  }

  writeable(): void {
    if (this.#over) return;
    if (this.#state === FREE && !this.#atEnd()) this.#readPiece();
    if (this.#state === READY) this.#sendPiece();
  }

  /** Complete, cut, or peer gone. */
  done(): void {
    if (this.#over) return;
    this.#over = true;
    this.#closeFile();
    // A piece that is read into comes back by whenRead; one that is sent by whenSent, if it ever is.
    if (this.#state === FREE || this.#state === READY) this.#pool.keepSpare(this.#piece);
  }

  /** Everything is in a piece, or out. */
  #atEnd(): boolean {
    return this.#unread === 0 && this.#part + 1 === this.#parts.length;
  }

  #readPiece(): void {
    this.#filled = 0;
    if (this.#unread === 0 && !this.#nextPart()) return;
    if (this.#unread === 0) {
      this.#ready();
      return;
    }
    const room = this.#piece.length - this.#filled;
    const end = this.#filled + Math.min(room, this.#unread);
    const whole = this.#filled === 0 && end === this.#piece.length;
    const into = whole ? this.#piece : this.#piece.subarray(this.#filled, end);
    this.#state = READING;
    const got = this.#file.fops.read(this.#file, into, this.#whenRead);
    if (got !== undefined) this.#take(got);
  }

  /** Its own bytes come first. False: the file has no such place. */
  #nextPart(): boolean {
    const { before, range } = this.#parts[++this.#part] as BodyPart;
    this.#piece.set(before);
    this.#filled = before.length;
    this.#unread = range.end - range.start;
    const astray = this.#unread === 0 ? undefined : seekTo(this.#file, range.start);
    if (astray !== undefined) this.#fail(astray);
    return astray === undefined;
  }

  /** A read that was waited for is over. */
  #read(got: number | CodedError): void {
    if (this.#over) this.#pool.keepSpare(this.#piece);
    else {
      this.#take(got);
      if (this.#state === READY) this.#exchange.requestWriteable();
    }
  }

  #take(got: number | CodedError): void {
    if (typeof got === 'number' && got > 0) {
      this.#filled += got;
      this.#unread -= got;
      this.#ready();
    } else this.#fail(readError(got));
  }

  #ready(): void {
    this.#state = READY;
    if (this.#atEnd()) this.#closeFile();
  }

  #fail(error: CodedError): void {
    this.#state = FREE;
    this.#unread = 0;
    this.#part = this.#parts.length - 1;
    this.#exchange.abort(error);
  }

  #sendPiece(): void {
    const last = this.#atEnd();
    this.#state = SENDING;
    this.#exchange.body(this.#piece.subarray(0, this.#filled), this.#whenSent);
    if (last && !this.#over) this.#exchange.end();
  }

  #sent(): void {
    this.#state = FREE;
    if (this.#over) this.#pool.keepSpare(this.#piece);
    else if (!this.#atEnd()) this.#exchange.requestWriteable();
  }

  #closeFile(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeFile(this.#file, this.#exchange.host);
  }
}
