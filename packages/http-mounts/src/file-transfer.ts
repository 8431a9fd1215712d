import type { CodedError, FopsFile, HttpExchange } from '@lws-ts/interface';
import { mountErrors } from './errors.ts';
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
 * The body of a large file: one piece at a time, read when the peer can take more, and read into again
 * only when the one before is out. No more than the announced length is sent, whatever the file becomes.
 */
export class FileTransfer {
  readonly #exchange: HttpExchange;
  readonly #file: FopsFile;
  readonly #pool: PiecePool;
  readonly #piece: Uint8Array;
  readonly #whenRead: (got: number | CodedError) => void;
  readonly #whenSent: () => void;
  #state: number;
  #unread: number;
  #ready: number;
  #over: boolean;
  #closed: boolean;

  /** Takes `file` over. */
  constructor(exchange: HttpExchange, file: FopsFile, pool: PiecePool) {
    this.#exchange = exchange;
    this.#file = file;
    this.#pool = pool;
    this.#piece = pool.take();
    this.#whenRead = (got) => this.#read(got);
    this.#whenSent = () => this.#sent();
    this.#state = FREE;
    this.#unread = file.length;
    this.#ready = 0;
    this.#over = false;
    this.#closed = false;
  }

  writeable(): void {
    if (this.#over) return;
    if (this.#state === FREE && this.#unread > 0) this.#readPiece();
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

  #readPiece(): void {
    const wanted = Math.min(this.#piece.length, this.#unread);
    const into = wanted === this.#piece.length ? this.#piece : this.#piece.subarray(0, wanted);
    this.#state = READING;
    const got = this.#file.fops.read(this.#file, into, this.#whenRead);
    if (got !== undefined) this.#take(got);
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
      this.#state = READY;
      this.#ready = got;
      this.#unread -= got;
      if (this.#unread === 0) this.#closeFile();
      return;
    }
    this.#state = FREE;
    this.#unread = 0;
    this.#exchange.abort(got === 0 ? mountErrors.LWS_ERR_MOUNT_TRUNCATED : (got as CodedError));
  }

  #sendPiece(): void {
    const last = this.#unread === 0;
    this.#state = SENDING;
    this.#exchange.body(this.#piece.subarray(0, this.#ready), this.#whenSent);
    if (last && !this.#over) this.#exchange.end();
  }

  #sent(): void {
    this.#state = FREE;
    if (this.#over) this.#pool.keepSpare(this.#piece);
    else if (this.#unread > 0) this.#exchange.requestWriteable();
  }

  #closeFile(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#file.fops.close(this.#file);
  }
}
