/**
 * One request answered by a script: its body goes to stdin and stdout to the peer, both as they come, and whoever
 * takes slowly holds back whoever gives. The peer never gets a whole answer of a script that was cut short.
 */
import {
  type CodedError,
  giveBack,
  type HttpAnswer,
  type HttpBodySink,
  type HttpExchange,
} from '@lws-ts/interface';
import { mountErrors } from '../errors.ts';
import type { CgiMount } from '../mount.ts';
import { withMountHeaders } from '../mount-headers.ts';
import { refuse } from '../refuse.ts';
import { cgiEnvironment } from './cgi-environment.ts';
import { CgiHeadReader } from './cgi-head.ts';
import type { CgiProcess } from './cgi-process.ts';
import { CgiReport } from './cgi-report.ts';
import type { CgiScripts } from './cgi-scripts.ts';
import type { LocalPlace } from './redirected-request.ts';
import { startError } from './start-error.ts';

const nothing = new Uint8Array(0);
/** From the end of stdout on, for it to be known that a signal ended the script, in ms. */
const signalMs = 1000;

/** What a script needs of the vhost. */
export interface CgiPlace {
  /** The file that a path of the URL space stands for. */
  translate(path: string): string | undefined;
  /** The script is gone, and whoever is at `to` has to answer. */
  leads(to: LocalPlace): void;
}

export class CgiExchange implements HttpAnswer {
  readonly kind = 'answer';
  readonly #exchange: HttpExchange;
  readonly #mount: CgiMount;
  readonly #scripts: CgiScripts;
  readonly #place: CgiPlace;
  /** Where the script leads, until it is gone. */
  #to: LocalPlace | undefined = undefined;
  #script: CgiProcess | undefined = undefined;
  #head: CgiHeadReader | undefined = new CgiHeadReader();
  /** A chunked body, until its length is known. */
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #bodyHeldBack = false;
  #begun = false;
  /** The exchange, or the script's part in it, is over. */
  #over = false;
  /** Read from stdout and not with the peer's kernel yet. */
  #piece: Uint8Array = nothing;
  #sending = false;
  /** Nothing more comes from stdout. */
  #ended = false;
  /** Since then it is waited for how the script ends. */
  #settling = false;
  /** What of an announced length is to come. */
  #left = Infinity;
  #report: CgiReport | undefined = undefined;
  /** When the script or its stdin last moved. */
  #moved = 0;
  #deadline = 0;
  #cancel: (() => void) | undefined = undefined;
  readonly #whenSent = (): void => this.#sent();

  constructor(exchange: HttpExchange, mount: CgiMount, scripts: CgiScripts, place: CgiPlace) {
    this.#exchange = exchange;
    this.#mount = mount;
    this.#scripts = scripts;
    this.#place = place;
  }

  start(): void {
    const { hasBody, contentLength } = this.#exchange.request;
    if (!hasBody) this.#run(contentLength);
    else if (contentLength === undefined) this.#exchange.readBody(this.#holding());
    else if (this.#run(contentLength)) this.#exchange.readBody(this.#passing());
  }

  writeable(exchange: HttpExchange): void {
    if (this.#over || this.#sending || this.#piece.length === 0) return;
    const piece = this.#piece;
    if (piece.length > this.#left) {
      this.#cut(mountErrors.LWS_ERR_MOUNT_CGI_CUT);
      return;
    }
    this.#left -= piece.length;
    this.#sending = true;
    exchange.body(piece, this.#whenSent);
  }

  done(error: CodedError | undefined): void {
    if (this.#over && this.#to === undefined) return;
    this.#to = undefined;
    this.#finish();
    this.#script?.kill();
    this.#report?.answered(error);
  }

  // ---- the request's body

  /** RFC 3875 §4.1.2: a script is told the length of a body, so that one without a length has to be there first. */
  #holding(): HttpBodySink {
    return {
      chunk: (bytes) => {
        if (this.#over) return;
        this.#heldBytes += bytes.length;
        if (this.#heldBytes <= this.#mount.maxChunkedBody) this.#held.push(bytes.slice());
        else this.#cut(mountErrors.LWS_ERR_MOUNT_CGI_LENGTH);
      },
      complete: () => {
        if (this.#over) return;
        const held = this.#held;
        this.#held = [];
        // others may have come meanwhile
        const refusal = this.#scripts.refusal(this.#mount, this.#exchange.host.transport.peer);
        if (refusal !== undefined) this.#cut(refusal);
        else if (this.#run(this.#heldBytes)) this.#script?.stdin.end(Buffer.concat(held));
      },
    };
  }

  #passing(): HttpBodySink {
    const stdin = this.#script?.stdin;
    const goOn = (): void => {
      if (!this.#bodyHeldBack) return;
      this.#bodyHeldBack = false;
      this.#moved = this.#scripts.clock.now();
      this.#exchange.rxFlow(true);
    };
    stdin?.on('drain', goOn);
    stdin?.on('close', goOn);
    return {
      chunk: (bytes) => {
        if (this.#over || stdin === undefined || !stdin.writable) return;
        this.#moved = this.#scripts.clock.now();
        // the bytes are the connection's, the pipe takes them when it can
        const copy = bytes.slice();
        if (stdin.write(copy, () => giveBack(copy))) return;
        this.#bodyHeldBack = true;
        this.#exchange.rxFlow(false);
      },
      complete: () => void stdin?.end(),
    };
  }

  // ---- the script

  /** False: it was refused. */
  #run(bodyLength: number | undefined): boolean {
    const { clock } = this.#scripts;
    const mount = this.#mount;
    const env = cgiEnvironment(this.#exchange, mount, bodyLength, (path) =>
      this.#place.translate(path),
    );
    if (env === undefined) {
      this.#cut(mountErrors.LWS_ERR_MOUNT_CGI_ENVIRONMENT);
      return false;
    }
    try {
      this.#script = this.#scripts.run(mount, env, this.#exchange.host.transport.peer, {
        failed: (error) => this.#cut(startError(mount, error)),
        exited: () => this.#exited(),
      });
    } catch {
      this.#cut(mountErrors.LWS_ERR_MOUNT_CGI_BUSY);
      return false;
    }
    if (this.#script.pid === undefined) return false;
    this.#moved = clock.now();
    this.#deadline = this.#moved + mount.cgiDeadlineSecs * 1000;
    this.#watch();
    this.#hear(this.#script);
    this.#report = new CgiReport(this.#scripts, mount, this.#script);
    this.#report.begin(this.#exchange, this.#script.pid, (error) => this.#refused(error));
    if (this.#over) return false;
    if (!this.#exchange.request.hasBody) this.#script.stdin.end();
    return true;
  }

  #hear({ stdout }: CgiProcess): void {
    stdout.on('readable', () => this.#read());
    stdout.on('end', () => {
      this.#ended = true;
      this.#complete();
    });
  }

  /** A handler said no, or did not hold its contract. */
  #refused(error: CodedError): void {
    if (!this.#over) this.#cut(error);
    else this.#exchange.host.report(error);
  }

  #sent(): void {
    giveBack(this.#piece);
    this.#piece = nothing;
    this.#sending = false;
    this.#moved = this.#scripts.clock.now();
    this.#read();
  }

  /** One piece at a time: the next is read when the one before is out. */
  #read(): void {
    while (!this.#over && this.#piece.length === 0) {
      const bytes = this.#script?.stdout.read() as Uint8Array | null | undefined;
      if (bytes === null || bytes === undefined) {
        this.#complete();
        return;
      }
      this.#moved = this.#scripts.clock.now();
      this.#piece = this.#head === undefined ? bytes : this.#readHead(this.#head, bytes);
      if (this.#piece.length > 0 && !this.#over) this.#exchange.requestWriteable();
    }
  }

  /** Gives what lies behind the head. */
  #readHead(reader: CgiHeadReader, bytes: Uint8Array): Uint8Array {
    const end = reader.push(bytes);
    if (end === -1) return nothing;
    this.#head = undefined;
    const head = end < 0 ? undefined : reader.read();
    if (head === undefined) {
      this.#cut(mountErrors.LWS_ERR_MOUNT_CGI_HEAD);
      return nothing;
    }
    const { status, fields, length, local } = head;
    if (local !== undefined) {
      this.#lead(local);
      return nothing;
    }
    // RFC 9110 §8.6
    const bodyless = status === 204 || status === 304;
    const empty = bodyless || this.#exchange.request.method === 'HEAD';
    if (!empty && length !== undefined && bytes.length - end > length) {
      this.#cut(mountErrors.LWS_ERR_MOUNT_CGI_CUT);
      return nothing;
    }
    this.#begun = true;
    this.#exchange.head(
      status,
      withMountHeaders(fields, this.#mount.headers),
      bodyless ? undefined : length,
    );
    if (empty) {
      this.#end();
      return nothing;
    }
    if (length !== undefined) this.#left = length;
    return bytes.subarray(end);
  }

  /** One script at a time: the other is asked when this one is gone. */
  #lead(to: LocalPlace): void {
    this.#finish();
    this.#to = to;
    this.#script?.linger();
    this.#report?.answered(undefined);
    if (this.#script?.exited === true) this.#exited();
  }

  #exited(): void {
    this.#report?.settle();
    const to = this.#to;
    this.#to = undefined;
    if (to === undefined) this.#complete();
    else this.#place.leads(to);
  }

  /** Once stdout is at its end, and it is known how the script ended. */
  #complete(): void {
    if (this.#over || !this.#ended || (this.#piece.length > 0 && !this.#sending)) return;
    if (!this.#begun) this.#cut(mountErrors.LWS_ERR_MOUNT_CGI_HEAD);
    else if (this.#left !== Infinity && this.#left > 0)
      this.#cut(mountErrors.LWS_ERR_MOUNT_CGI_CUT);
    else if (this.#left === 0) this.#end();
    else if (this.#script?.signal !== undefined) this.#cut(mountErrors.LWS_ERR_MOUNT_CGI_CUT);
    else if (this.#script?.exited === true) this.#end();
    else this.#settle();
  }

  /** A script that lives on has closed stdout itself. */
  #settle(): void {
    if (this.#settling) return;
    this.#settling = true;
    this.#cancel?.();
    const { clock } = this.#scripts;
    this.#cancel = clock.wakeAt(clock.now() + signalMs, () => {
      if (!this.#over) this.#end();
    });
  }

  #end(): void {
    this.#finish();
    this.#script?.linger();
    this.#exchange.end();
    this.#report?.answered(undefined);
  }

  #cut(error: CodedError): void {
    if (this.#over) return;
    this.#finish();
    this.#script?.kill();
    if (this.#begun) this.#exchange.abort(error);
    else refuse(this.#exchange, error, this.#mount.headers);
    this.#report?.answered(error);
  }

  /** What is left of the request's body is the connection's. */
  #finish(): void {
    this.#over = true;
    this.#held = [];
    this.#cancel?.();
    if (!this.#bodyHeldBack) return;
    this.#bodyHeldBack = false;
    this.#exchange.rxFlow(true);
  }

  /** A script that waits for a slow peer is not idle. */
  #watch(): void {
    const { clock } = this.#scripts;
    if (this.#piece.length > 0) this.#moved = clock.now();
    const idleAt = this.#moved + this.#mount.cgiTimeout * 1000;
    this.#cancel = clock.wakeAt(Math.min(idleAt, this.#deadline), () => {
      if (this.#over) return;
      const now = clock.now();
      const waits = this.#piece.length > 0;
      const idle = !waits && now - this.#moved >= this.#mount.cgiTimeout * 1000;
      if (idle || now >= this.#deadline) this.#cut(mountErrors.LWS_ERR_MOUNT_CGI_TIMEOUT);
      else this.#watch();
    });
  }
}
