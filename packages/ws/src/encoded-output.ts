/**
 * Messages that an extension encodes on their way out: short ones at once, long ones a piece a turn, so that
 * none holds the loop. Until a long one is out nothing else of the connection's messages is.
 */
import type { RoleHost } from '@lws-ts/interface';
import { type ExtensionSession, encodePiece, OPCODE } from '@lws-ts/ws-framing';
import { wsErrors } from './errors.ts';
import type { FrameOutput } from './frame-output.ts';

/** Room for what does not get smaller and for frame headers: an eighth of a piece, and so many bytes. */
const spareRoom = 128;
/** Texts that are no longer as UTF-8 pass through memory that all connections share. */
const textBytes = 16 * 1024;
let textRoom: Uint8Array | undefined;
const encoder = new TextEncoder();

/** What is left of a long fragment. */
interface LongFragment {
  readonly bytes: Uint8Array;
  at: number;
  opcode: number;
  readonly final: boolean;
}

export class EncodedOutput {
  readonly #host: RoleHost;
  readonly #output: FrameOutput;
  readonly #session: ExtensionSession;
  readonly #maxOutputBytes: number;
  #long: LongFragment | undefined = undefined;

  /** @param maxOutputBytes what is kept for a peer that does not take it; more fails the connection */
  constructor(
    host: RoleHost,
    output: FrameOutput,
    session: ExtensionSession,
    maxOutputBytes: number,
  ) {
    this.#host = host;
    this.#output = output;
    this.#session = session;
    this.#maxOutputBytes = maxOutputBytes;
  }

  /** A long fragment is on its way: nothing else may be written but control frames. */
  get busy(): boolean {
    return this.#long !== undefined;
  }

  /** What of a long fragment is not encoded yet, in bytes. */
  get waitingBytes(): number {
    return this.#long === undefined ? 0 : this.#long.bytes.length - this.#long.at;
  }

  get session(): ExtensionSession {
    return this.#session;
  }

  /** @param opcode continuation for a fragment that begins no message */
  write(opcode: number, final: boolean, data: string | Uint8Array): void {
    const bytes = typeof data === 'string' ? this.#utf8(data) : data;
    if (bytes.length > encodePiece) {
      this.#long = { bytes: new Uint8Array(bytes), at: 0, opcode, final };
      this.#host.keepsMore(bytes.length);
      this.#host.forceService();
      return;
    }
    const wire = this.#encode(bytes, opcode !== OPCODE.continuation, final);
    // a whole message that got no smaller, and that no later one refers to, goes as it is
    const whole = final && opcode !== OPCODE.continuation;
    if (whole && wire.length >= bytes.length && this.#session.shareKey !== undefined)
      this.#output.bytes(opcode, true, bytes);
    else this.#frames(opcode, final, wire);
  }

  /** The next piece of a long fragment, if there is room; true when more could go at once. */
  step(): boolean {
    const long = this.#long;
    if (long === undefined) return false;
    // what else fills the turn is written first; a transport that keeps some of it says when it is drained
    if (!this.#host.room && !this.#host.flush()) return false;
    const end = Math.min(long.bytes.length, long.at + encodePiece);
    const last = end === long.bytes.length;
    const piece = long.bytes.subarray(long.at, end);
    const first = long.opcode !== OPCODE.continuation;
    this.#frames(long.opcode, long.final && last, this.#encode(piece, first, long.final && last));
    long.opcode = OPCODE.continuation;
    this.#host.keepsMore(long.at - end);
    long.at = end;
    if (last) this.#long = undefined;
    else this.#limit();
    return this.#long !== undefined && this.#host.room;
  }

  /** The rest of a long fragment is sent no more. */
  drop(): void {
    this.#host.keepsMore(-this.waitingBytes);
    this.#long = undefined;
  }

  /** The rest of a long fragment counts once the peer takes no more. */
  #limit(): void {
    if (this.#host.room) return;
    this.#host.flush();
    const buffered = this.#host.transport.bufferedBytes;
    const left = buffered + this.waitingBytes;
    if (buffered === 0 || left <= this.#maxOutputBytes) return;
    this.drop();
    // a close frame behind half a message would tell the peer that it has all of it
    this.#host.fail(wsErrors.LWS_ERR_WS_OUTPUT, `${left} bytes`);
  }

  /** What it gives is good until this or {@link #encode} is called for any connection. */
  #utf8(text: string): Uint8Array {
    const most = 3 * text.length;
    if (most > textBytes) return encoder.encode(text);
    this.#makeRoom(most);
    textRoom ??= new Uint8Array(textBytes);
    return textRoom.subarray(0, encoder.encodeInto(text, textRoom).written);
  }

  /** What it gives is good until any session is called. */
  #encode(bytes: Uint8Array, first: boolean, final: boolean): Uint8Array {
    this.#makeRoom(bytes.length);
    return this.#session.encode(bytes, first, final);
  }

  /** So that nothing has to be written, by which others may come in, until so many bytes are encoded and in frames. */
  #makeRoom(bytes: number): void {
    this.#host.reserve(bytes + (bytes >> 3) + spareRoom);
  }

  /** RSV1 stands on the first frame of a message alone (RFC 7692 §6.1). */
  #frames(opcode: number, final: boolean, wire: Uint8Array): void {
    const most = this.#session.txChunk;
    let at = 0;
    do {
      const end = Math.min(wire.length, at + most);
      const last = end === wire.length;
      const own = at === 0 ? opcode : OPCODE.continuation;
      this.#output.bytes(own, final && last, wire.subarray(at, end), own !== OPCODE.continuation);
      at = end;
    } while (at < wire.length);
  }
}
