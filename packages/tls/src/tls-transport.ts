/**
 * A transport over a `tls.TLSSocket`. TLS writes are never done when `write` returns: a short one is copied, so that
 * what the caller has is free again at once, and the memory of a long one is free when the transport is drained.
 */
import { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type {
  CodedError,
  PeerAddress,
  SecurityInfo,
  Transport,
  TransportSink,
} from '@lws-ts/interface';
import { LwsError } from '@lws-ts/interface';
import { reasonOf, tlsErrors } from './errors.ts';

/**
 * Up to this a write is copied into memory of its size, in bytes: a short answer does not keep memory that many share.
 * A longer one is read from the caller's memory until it is sent, and that is used again then: memory of its own for
 * each would be a garbage collection for every few hundred of them.
 */
const copiedBytes = 4096;

export class TlsTransport implements Transport {
  readonly kind = 'tls';
  readonly givesMemory = true;
  readonly readsAlone = true;
  peer: PeerAddress;
  readonly security: SessionInfo;
  readonly #tls: TLSSocket;
  readonly #raw: Socket;
  readonly #plain: Pick<Transport, 'local' | 'unconfirmedBytes'>;
  #local: PeerAddress | undefined = undefined;
  /** What is below can be reset: a socket of the network. */
  readonly #resets: boolean;
  readonly #wrote: () => void;
  #sink: TransportSink | undefined = undefined;
  #waiting = 0;
  #flowing = false;
  #wanted = false;
  /** Perhaps still within the last call of its handshake: OpenSSL is at work below. */
  #fresh = true;
  #aborting = false;
  #error: CodedError | undefined = undefined;

  /**
   * @param tls whose handshake is over, be it within the call that says so
   * @param raw what it was made from: a reset has to go there
   */
  constructor(
    tls: TLSSocket,
    raw: Socket,
    plain: Pick<Transport, 'peer' | 'local' | 'unconfirmedBytes'>,
    served: ServedSession = notServed,
  ) {
    this.#tls = tls;
    this.#raw = raw;
    this.peer = plain.peer;
    this.#plain = plain;
    this.security = new SessionInfo(tls, served);
    this.#resets = plain.peer.family === 'ipv4' || plain.peer.family === 'ipv6';
    this.#wrote = () => this.#sent();
    tls.on('error', (error: NodeJS.ErrnoException) => {
      if (!this.#aborting) this.#error = sessionError(error);
    });
    tls.on('close', () => {
      // a reset below is noticed at once
      if (this.#aborting) queueMicrotask(() => this.#closed());
      else this.#closed();
    });
  }

  /** Asked of the system when somebody wants it. */
  get local(): PeerAddress {
    this.#local ??= this.#plain.local;
    return this.#local;
  }

  get bufferedBytes(): number {
    return this.#waiting > 0 ? Math.max(1, this.#tls.writableLength) : 0;
  }

  /** Of the socket below. */
  unconfirmedBytes(): number | undefined {
    return this.#plain.unconfirmedBytes?.();
  }

  standsFor(peer: PeerAddress): void {
    this.peer = peer;
  }

  attach(sink: TransportSink): void {
    const first = this.#sink === undefined;
    this.#sink = sink;
    if (!first) return;
    this.#tls.on('end', () => this.#sink?.peerEnded());
    // ended, or closed, before anybody could be told
    if (this.#tls.readableEnded && !this.#tls.destroyed)
      setImmediate(() => this.#sink?.peerEnded());
    if (this.#tls.destroyed) setImmediate(() => this.#closed());
  }

  write(bytes: Uint8Array): boolean {
    const tls = this.#tls;
    if (tls.destroyed || tls.writableEnded) return true;
    this.#waiting++;
    const copied = bytes.length <= copiedBytes;
    tls.write(copied ? exactCopy(bytes) : bytes, this.#wrote);
    return copied;
  }

  read(on: boolean): void {
    const tls = this.#tls;
    this.#wanted = on;
    if (!on) {
      tls.pause();
      return;
    }
    if (!this.#flowing) {
      this.#flowing = true;
      tls.on('data', (chunk: Buffer) => this.#received(chunk));
      // called by the socket with what it read: what is taken at once is neither queued nor made an event
      tls.push = (chunk, encoding) =>
        this.#takes(chunk) || Socket.prototype.push.call(tls, chunk, encoding);
    }
    tls.resume();
  }

  end(): void {
    this.#tls.end();
  }

  abort(): void {
    this.#aborting = true;
    // a reset would take the socket away under OpenSSL's feet
    if (this.#fresh) setImmediate(() => this.#cut());
    else this.#cut();
  }

  probe(): boolean {
    const tls = this.#tls;
    if (tls.destroyed || tls.errored !== null) return false;
    if (tls.writableEnded || this.#waiting > 0) return true;
    this.#raw.write(nothing);
    return this.#raw.errored === null;
  }

  release(): undefined {
    return undefined;
  }

  #cut(): void {
    const raw = this.#raw;
    const tls = this.#tls;
    // all is with the kernel: a reset would take it back, and refused beside a FIN that is under way it leaves the socket open
    const ended = tls.writableEnded && tls.writableLength === 0;
    if (this.#resets && !ended && !raw.destroyed) raw.resetAndDestroy();
    tls.destroy();
    raw.destroy();
  }

  #takes(chunk: unknown): boolean {
    if (!this.#wanted || !(chunk instanceof Buffer) || this.#tls.readableLength > 0) return false;
    this.#received(chunk);
    return true;
  }

  #received(chunk: Buffer): void {
    this.#fresh = false;
    this.#sink?.rx(new Uint8Array(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.length));
  }

  #sent(): void {
    if (--this.#waiting === 0 && !this.#tls.destroyed) this.#sink?.drained();
  }

  #closed(): void {
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.closed(this.#error);
  }
}

/** What a server knows of a session by itself. */
export interface ServedSession {
  readonly vhostName: string;
  /** The server name in the client's first words, where they were looked at. */
  readonly asked: string;
}

const notServed: ServedSession = Object.freeze({ vhostName: '', asked: '' });

/** What is known of a session; a peer's certificate is looked at when somebody asks. */
export class SessionInfo implements SecurityInfo {
  /** Of a server: the vhost that the handshake was for, however its transport is wrapped. */
  readonly vhostName: string;
  readonly protocol: string;
  readonly cipher: string;
  readonly serverName?: string;
  readonly alpn?: string;
  readonly authorized: boolean;
  readonly #tls: TLSSocket;

  constructor(tls: TLSSocket, served: ServedSession) {
    const { vhostName, asked } = served;
    this.vhostName = vhostName;
    this.#tls = tls;
    this.protocol = tls.getProtocol() ?? '';
    this.cipher = tls.getCipher()?.name ?? '';
    const { servername, alpnProtocol } = tls as { servername?: string | false | null } & TLSSocket;
    // of a session that is resumed before TLS 1.3 OpenSSL tells none, SSL_get_servername(3)
    const hidden = this.protocol === 'TLSv1.2' && tls.isSessionReused() ? asked : '';
    const name = typeof servername === 'string' && servername !== '' ? servername : hidden;
    if (name !== '') this.serverName = name;
    if (typeof alpnProtocol === 'string') this.alpn = alpnProtocol;
    this.authorized = tls.authorized && (served === notServed || showsCertificate(tls));
  }

  get peerCertificate(): Uint8Array | undefined {
    // getPeerX509Certificate takes it away from a client's socket: there it can be asked once
    const raw = this.#tls.getPeerCertificate()?.raw as Buffer | undefined;
    return raw === undefined ? undefined : new Uint8Array(raw);
  }
}

/** Whether a client showed one: Node.js takes a session of TLS 1.3 that is resumed for authorized without it too. */
export function showsCertificate(tls: TLSSocket): boolean {
  return tls.getPeerX509Certificate() !== undefined;
}

function exactCopy(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

const nothing = new Uint8Array(0);
const reset: CodedError = Object.freeze({
  code: 'LWS_ERR_TRANSPORT_RESET',
  message: 'the peer reset the connection',
  hint: 'Nothing to do: peers may disconnect at any time.',
});

function sessionError(error: NodeJS.ErrnoException): CodedError {
  const goes = error.code === 'ECONNRESET' || error.code === 'EPIPE' || error.code === 'ETIMEDOUT';
  if (goes) return reset;
  return new LwsError(tlsErrors.LWS_ERR_TLS_SESSION, reasonOf(error), { cause: error });
}
