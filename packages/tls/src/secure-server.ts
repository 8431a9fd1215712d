/**
 * The handshakes of one vhost's connections: a `tls.Server` that never listens, which is given sockets. It is
 * how Node.js secures a socket that came another way with nothing lost of timeouts, tickets and ALPN.
 */
import type { Socket } from 'node:net';
import type { Server, TLSSocket, TlsOptions } from 'node:tls';
import {
  type CodedError,
  LwsError,
  type PeerAddress,
  type Secured,
  type Securing,
  type Transport,
} from '@lws-ts/interface';
import { reasonOf, tlsErrors, tooMuch } from './errors.ts';
import type { HandshakeBytes } from './handshake-bytes.ts';
import { tls } from './node-tls.ts';
import { TlsTransport } from './tls-transport.ts';

/** What a server asks of its vhost. */
export interface SecureServerOwner {
  /** Undefined lets a connection through whose handshake is done. */
  judge(socket: TLSSocket): CodedError | undefined;
  readonly vhostName: string;
  /** A connection was not let through: it ends. @param raw what `socket` was made from */
  refused(socket: TLSSocket, raw: Socket): void;
  /** A connection broke that was secured. */
  broke(peer: PeerAddress, error: Error): void;
}

const underWay = Symbol('handshake');

interface RawSocket extends Socket {
  /** Here and not in a Map, which would keep what came and went out of reach of collections of the young generation. */
  [underWay]?: Handshake | undefined;
}

/** A socket knows what it was made from; Node.js does not document it. */
type Wrapped = TLSSocket & { readonly _parent?: RawSocket | null };

export class SecureServer {
  readonly #server: Server;
  readonly #owner: SecureServerOwner;
  readonly #bytes: HandshakeBytes;
  readonly #mostBytes: number;

  /** @param mostBytes that a peer may send before its handshake is over */
  constructor(
    options: TlsOptions,
    owner: SecureServerOwner,
    bytes: HandshakeBytes,
    mostBytes: number,
  ) {
    this.#owner = owner;
    this.#bytes = bytes;
    this.#mostBytes = mostBytes;
    this.#server = tls().createServer({ ...options, handshakeTimeout: 0 });
    this.#server.on('secureConnection', (socket) => {
      socket.on('error', ignore);
      socket.allowHalfOpen = true;
      // at once: what came with the end of the handshake is answered with it, in one write
      this.#secured(socket);
    });
    this.#server.on('tlsClientError', (error, socket) => this.#failed(error, socket));
  }

  /** For connections that come from now on. */
  replace(options: TlsOptions): void {
    this.#server.setSecureContext(options);
  }

  /**
   * Takes the socket of `plain` over. `done` is called once, never before this returned, unless cancelled.
   *
   * @param asked the server name that the client asked for, as far as it is known
   */
  start(plain: Transport, asked: string, done: Secured): Securing {
    const raw = plain.release() as RawSocket | undefined;
    if (raw === undefined) {
      setImmediate(() => done(new LwsError(tlsErrors.LWS_ERR_TLS_TRANSPORT, plain.kind)));
      return { cancel: () => plain.abort() };
    }
    const handshake = new Handshake(raw, plain, asked, (result) => {
      forget();
      done(result);
    });
    raw[underWay] = handshake;
    const watched = this.#bytes.watch(raw, this.#mostBytes, () =>
      handshake.tooLong(this.#mostBytes),
    );
    const forget = (): void => {
      raw[underWay] = undefined;
      this.#bytes.forget(watched);
    };
    // a peer that ends in the middle of its handshake is gone; half open is what a secured connection may be
    raw.allowHalfOpen = false;
    if (raw.readableEnded) raw.destroy();
    else this.#server.emit('connection', raw);
    return {
      cancel: () => {
        forget();
        handshake.cancel();
      },
    };
  }

  #secured(socket: TLSSocket): void {
    const handshake = this.#handshakeOf(socket);
    if (handshake === undefined) {
      // given up meanwhile; OpenSSL is still at work below
      setImmediate(() => socket.destroy());
      return;
    }
    const refused = this.#owner.judge(socket);
    if (refused === undefined) handshake.secured(socket, this.#owner);
    else handshake.refused(socket, refused, this.#owner);
  }

  #failed(error: Error, socket: TLSSocket): void {
    socket.on('error', ignore);
    this.#handshakeOf(socket)?.failed(error);
    socket.destroy();
  }

  #handshakeOf(socket: Wrapped): Handshake | undefined {
    return socket._parent?.[underWay];
  }
}

class Handshake {
  readonly #raw: Socket;
  readonly #plain: Transport;
  readonly #asked: string;
  #done: Secured | undefined;
  readonly #onClose: () => void;

  constructor(raw: Socket, plain: Transport, asked: string, done: Secured) {
    this.#raw = raw;
    this.#plain = plain;
    this.#asked = asked;
    this.#done = done;
    this.#onClose = () => this.#settle(new LwsError(tlsErrors.LWS_ERR_TLS_HANDSHAKE, 'closed'));
    raw.on('error', ignore);
    raw.once('close', this.#onClose);
  }

  secured(socket: TLSSocket, owner: SecureServerOwner): void {
    const { peer } = this.#plain;
    socket.on('error', (error) => owner.broke(peer, error));
    const session = { vhostName: owner.vhostName, asked: this.#asked };
    this.#settle(new TlsTransport(socket, this.#raw, this.#plain, session));
  }

  refused(socket: TLSSocket, error: CodedError, owner: SecureServerOwner): void {
    owner.refused(socket, this.#raw);
    this.#settle(error);
  }

  failed(cause: Error): void {
    this.#settle(new LwsError(tlsErrors.LWS_ERR_TLS_HANDSHAKE, reasonOf(cause), { cause }));
  }

  tooLong(most: number): void {
    this.#settle(tooMuch(most));
    this.#cut();
  }

  cancel(): void {
    this.#done = undefined;
    this.#raw.off('close', this.#onClose);
    this.#cut();
  }

  #cut(): void {
    // a reset is for sockets of the network alone
    if (this.#plain.kind === 'tcp') this.#raw.resetAndDestroy();
    else this.#raw.destroy();
  }

  #settle(result: Transport | CodedError): void {
    const done = this.#done;
    this.#done = undefined;
    this.#raw.off('close', this.#onClose);
    done?.(result);
  }
}

function ignore(): void {
  // the transport, or the handshake's end, says it
}
