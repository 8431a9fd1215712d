/** A transport over a regular file: read and written where its position is, one piece after the other. */
import { close, read, write } from 'node:fs';
import type { CodedError, PeerAddress, Transport, TransportSink } from '@lws-ts/interface';
import { transportError } from './socket-transport.ts';

const nowhere: PeerAddress = Object.freeze({ address: '', port: 0, family: 'none' });
/** What is read at once, in bytes. */
const pieceBytes = 64 * 1024;

export class FileTransport implements Transport {
  readonly kind = 'file';
  readonly givesMemory = true;
  readonly security = undefined;
  readonly peer = nowhere;
  readonly local = nowhere;

  readonly #fd: number;
  #sink: TransportSink | undefined = undefined;
  #reading = false;
  /** A read, or a write, is under way. */
  #busyReading = false;
  #busyWriting = false;
  /** Read after it was told to stop; empty: the end of the file. */
  #early: Uint8Array | undefined = undefined;
  /** It was not opened for reading, or all of it was read. */
  #readAll = false;
  readonly #queue: Uint8Array[] = [];
  #buffered = 0;
  #ending = false;
  #over = false;
  #closing = false;
  #error: CodedError | undefined = undefined;

  /** @param fd closed when the transport is */
  constructor(fd: number) {
    this.#fd = fd;
  }

  get bufferedBytes(): number {
    return this.#buffered;
  }

  attach(sink: TransportSink): void {
    this.#sink = sink;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#ending || this.#over || bytes.length === 0) return true;
    this.#queue.push(Uint8Array.from(bytes));
    this.#buffered += bytes.length;
    this.#put();
    return true;
  }

  read(on: boolean): void {
    this.#reading = on;
    if (on && this.#early !== undefined) queueMicrotask(() => this.#give());
    else if (on) this.#get();
  }

  end(): void {
    this.#ending = true;
    this.#closeWhenDone();
  }

  abort(): void {
    this.#over = true;
    this.#queue.length = 0;
    this.#buffered = 0;
    this.#closeWhenDone();
  }

  probe(): boolean {
    return !this.#over;
  }

  release(): object | undefined {
    return undefined;
  }

  #get(): void {
    if (this.#busyReading || this.#readAll || this.#over || this.#ending) return;
    this.#busyReading = true;
    const into = new Uint8Array(pieceBytes);
    read(this.#fd, into, 0, pieceBytes, null, (error, length) => {
      this.#busyReading = false;
      if (this.#over || this.#ending) this.#closeWhenDone();
      // one that may only be written to has nothing to say
      else if (error?.code === 'EBADF') this.#readAll = true;
      else if (error !== null) this.#fail(error);
      else {
        this.#early = into.subarray(0, length);
        this.#give();
      }
    });
  }

  #give(): void {
    const bytes = this.#early;
    if (!this.#reading || bytes === undefined || this.#over) return;
    this.#early = undefined;
    if (bytes.length > 0) {
      this.#sink?.rx(bytes);
      if (this.#reading) this.#get();
    } else {
      this.#readAll = true;
      this.#sink?.peerEnded();
    }
  }

  #put(): void {
    const bytes = this.#queue[0];
    if (this.#busyWriting || bytes === undefined) return;
    this.#busyWriting = true;
    write(this.#fd, bytes, 0, bytes.length, null, (error, length) => {
      this.#busyWriting = false;
      if (this.#over) this.#closeWhenDone();
      else if (error !== null) this.#fail(error);
      else this.#wrote(bytes, length);
    });
  }

  #wrote(bytes: Uint8Array, length: number): void {
    this.#buffered -= length;
    if (length < bytes.length) this.#queue[0] = bytes.subarray(length);
    else this.#queue.shift();
    if (this.#queue.length > 0) this.#put();
    else if (this.#ending) this.#closeWhenDone();
    else this.#sink?.drained();
  }

  #fail(error: NodeJS.ErrnoException): void {
    this.#error = transportError(error);
    this.abort();
  }

  #closeWhenDone(): void {
    const busy = this.#busyReading || this.#busyWriting || this.#queue.length > 0;
    if (busy || this.#closing) return;
    this.#closing = true;
    this.#over = true;
    close(this.#fd, () => {
      const sink = this.#sink;
      this.#sink = undefined;
      sink?.closed(this.#error);
    });
  }
}
