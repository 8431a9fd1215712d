/** A file that a protocol rewrites while it is sent: piece by piece, of a length that nobody knows before. */
import { coreErrors } from '@lws-ts/core';
import {
  type CodedError,
  dropPromise,
  type FopsFile,
  type HtmlProcessor,
  type HttpAnswer,
  type HttpExchange,
} from '@lws-ts/interface';
import { plainOnly } from './content-coding.ts';
import { mountErrors } from './errors.ts';
import { FileAnswer } from './file-answer.ts';
import { closeFile, readError } from './file-calls.ts';
import type { Interpreting } from './file-request.ts';
import { LateCalls } from './late-calls.ts';
import type { FileMount } from './mount.ts';
import { withMountHeaders } from './mount-headers.ts';
import type { MountServices } from './mount-services.ts';
import { refuse } from './refuse.ts';

const pieceBytes = 16 * 1024;

/**
 * The protocol that interprets a file of that path, if one does. Its suffix is read in either case, as that of its media
 * type is: the file system may find `a.shtml` by `a.SHTML`, and what it has is for nobody as it is. In lws case matters
 * for both, so that such a name is not served at all.
 */
export function interpreterOf({ interpret }: FileMount, path: string): string | undefined {
  const name = path.toLowerCase();
  for (const [suffix, protocol] of interpret) if (name.endsWith(suffix)) return protocol;
  return undefined;
}

interface PieceRead {
  readonly into: Uint8Array;
  readonly got: number | CodedError;
}

export class InterpretedAnswer implements HttpAnswer {
  readonly kind = 'answer';
  readonly #exchange: HttpExchange;
  readonly #mount: FileMount;
  readonly #virtualPath: string;
  readonly #services: MountServices;
  readonly #interpret: Interpreting;
  readonly #processor: HtmlProcessor;
  #file: FopsFile | undefined = undefined;
  /** What answers in place of this: there is no such file. */
  #other: FileAnswer | undefined = undefined;
  readonly #late: LateCalls;
  #left = 0;
  #reading = false;
  /** What was read meanwhile. */
  #waiting: PieceRead | undefined = undefined;
  #over = false;

  constructor(
    exchange: HttpExchange,
    mount: FileMount,
    virtualPath: string,
    processor: HtmlProcessor,
    services: MountServices,
    interpret: Interpreting,
  ) {
    this.#exchange = exchange;
    this.#mount = mount;
    this.#virtualPath = virtualPath;
    this.#processor = processor;
    this.#services = services;
    this.#interpret = interpret;
    this.#late = new LateCalls(exchange);
  }

  start(): void {
    const { root, openFlags } = this.#mount;
    const { fops } = this.#services;
    this.#late.open(fops, root, this.#virtualPath, openFlags, (result) => this.#took(result));
  }

  writeable(exchange: HttpExchange): void {
    this.#late.check();
    if (this.#other !== undefined) this.#other.writeable();
    else if (this.#file !== undefined && !this.#reading) this.#sendFrom(this.#file, exchange);
  }

  done(): void {
    this.#over = true;
    this.#late.done();
    this.#other?.done();
    // the thread pool may still read into memory of its own
    if (!this.#reading) this.#close();
  }

  #took(result: FopsFile | CodedError): void {
    if (!('fops' in result)) this.#leave(result);
    else if (this.#over) closeFile(result, this.#exchange.host);
    else this.#opened(result);
  }

  #opened(file: FopsFile): void {
    const { mimetypes, headers, root } = this.#mount;
    const type = mimetypes.typeOf(this.#virtualPath === '' ? root : this.#virtualPath);
    if (type === undefined) {
      closeFile(file, this.#exchange.host);
      refuse(this.#exchange, mountErrors.LWS_ERR_MOUNT_SUFFIX, headers);
      return;
    }
    this.#file = file;
    this.#left = file.length;
    // it may be another for everybody, and each time
    const fields = [
      ['content-type', type],
      ['cache-control', 'no-store'],
      ['x-content-type-options', 'nosniff'],
    ] as const;
    this.#exchange.head(200, withMountHeaders(fields, headers));
    if (this.#exchange.request.method === 'HEAD') this.#exchange.end();
    else this.#exchange.requestWriteable();
  }

  /**
   * Whatever a mount of files says of what is not there, or may not be opened. It is not opened again: it could be there
   * by now, and would be sent as it is.
   */
  #leave(error: CodedError): void {
    if (this.#over) return;
    const asked = {
      mount: this.#mount,
      virtualPath: this.#virtualPath,
      codings: plainOnly,
      vary: '',
      interpret: this.#interpret,
    };
    this.#other = new FileAnswer(this.#exchange, asked, this.#services);
    this.#other.startRefused(error);
  }

  #sendFrom(file: FopsFile, exchange: HttpExchange): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined && !this.#send(waiting, exchange)) return;
    if (this.#left === 0) {
      this.#process(new Uint8Array(0), exchange);
      return;
    }
    for (;;) {
      const into = new Uint8Array(Math.min(pieceBytes, this.#left));
      const got = file.fops.read(file, into, (later) =>
        this.#late.run(() => this.#read(into, later)),
      );
      if (got === undefined) {
        this.#reading = true;
        return;
      }
      if (!this.#send({ into, got }, exchange)) return;
    }
  }

  /** A read that was waited for is over: what it gave is sent in the next writeable. */
  #read(into: Uint8Array, got: number | CodedError): void {
    this.#reading = false;
    if (this.#over) this.#close();
    else {
      this.#waiting = { into, got };
      this.#exchange.requestWriteable();
    }
  }

  /** False: no more now. */
  #send({ into, got }: PieceRead, exchange: HttpExchange): boolean {
    if (typeof got !== 'number' || !(got > 0)) {
      exchange.abort(readError(got));
      return false;
    }
    this.#left -= got;
    return this.#process(into.subarray(0, got), exchange);
  }

  #process(piece: Uint8Array, exchange: HttpExchange): boolean {
    const final = this.#left === 0;
    const made = this.#processor.process(piece, final);
    if (dropPromise(made)) {
      exchange.abort(coreErrors.LWS_ERR_HANDLER_ASYNC);
      return false;
    }
    const room = exchange.body(typeof made === 'string' ? encoder.encode(made) : made);
    if (final) {
      this.#close();
      exchange.end();
    } else if (!room) exchange.requestWriteable();
    return room && !final;
  }

  #close(): void {
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) closeFile(file, this.#exchange.host);
  }
}

const encoder = new TextEncoder();
