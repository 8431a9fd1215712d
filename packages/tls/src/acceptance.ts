/** One accepted connection until it is secured, let through without TLS, or refused. */
import {
  type CodedError,
  LwsError,
  type PeerAddress,
  type Secured,
  type Securing,
  type Transport,
} from '@lws-ts/interface';
import { beginsAsHttp, FirstBytesReader } from './client-hello.ts';
import { tlsErrors, tooMuch } from './errors.ts';
import type { ServingVhost, TlsServices } from './tls-services.ts';

export class Acceptance implements Securing {
  readonly #security: ServingVhost;
  readonly #services: TlsServices;
  readonly #plain: Transport;
  readonly #leave: () => void;
  #done: Secured | undefined;
  readonly #reader = new FirstBytesReader();
  /** What came so far stands at its beginning. */
  #first = new Uint8Array(0);
  #length = 0;
  #handshake: Securing | undefined = undefined;
  /** The server name of the first ClientHello, where it was looked at. */
  #asked = '';

  constructor(security: ServingVhost, services: TlsServices, plain: Transport, done: Secured) {
    this.#security = security;
    this.#services = services;
    this.#plain = plain;
    this.#done = done;
    // ciphers, application protocols and client certificates are those of the server that gets the socket
    const looks = security.takesPlain || security.refusesNames || services.serving.size > 1;
    this.#leave = services.gate.enter(() => {
      if (looks) this.#look();
      else services.run(() => this.#start(security));
    });
  }

  cancel(): void {
    this.#done = undefined;
    this.#leave();
    if (this.#handshake === undefined) this.#plain.abort();
    else this.#handshake.cancel();
  }

  /** Waits for as many bytes as tell what the peer speaks, and to whom. */
  #look(): void {
    const plain = this.#plain;
    plain.attach({
      rx: (bytes) => this.#received(bytes),
      peerEnded: () => plain.abort(),
      drained: () => undefined,
      closed: (error) =>
        this.#settle(error ?? new LwsError(tlsErrors.LWS_ERR_TLS_HANDSHAKE, 'closed')),
    });
    plain.read(true);
  }

  #received(bytes: Uint8Array): void {
    if (this.#done === undefined || this.#handshake !== undefined) return;
    const first = this.#keep(bytes);
    const what = this.#reader.read(first);
    // there is no redirect for what is no HTTP, and a raw protocol behind it was promised TLS
    const fits =
      what.kind === 'plain' && this.#security.takesHttpAlone ? beginsAsHttp(first) : true;
    if (what.kind === 'more' || fits === undefined) {
      const most = this.#security.mostHandshakeBytes;
      if (first.length > most) this.#refuse(tooMuch(most));
      return;
    }
    this.#plain.read(false);
    this.#plain.unread?.(first);
    if (what.kind === 'tls') {
      this.#asked = what.serverName;
      const vhost = this.#security.sibling(what.serverName, this.#plain);
      if (vhost === undefined)
        this.#refuse(
          new LwsError(
            tlsErrors.LWS_ERR_TLS_SERVER_NAME,
            JSON.stringify(what.serverName.slice(0, 256)),
          ),
        );
      else this.#services.run(() => this.#start(vhost));
    } else if (this.#security.takesPlain && fits) this.#settle(this.#plain);
    else this.#refuse(tlsErrors.LWS_ERR_TLS_PLAIN);
  }

  /** All that came so far. Its memory grows by doubling: however small the pieces are, little is copied twice. */
  #keep(bytes: Uint8Array): Uint8Array {
    const length = this.#length + bytes.length;
    if (length > this.#first.length) {
      const grown = new Uint8Array(Math.max(length, this.#first.length * 2));
      grown.set(this.#first.subarray(0, this.#length));
      this.#first = grown;
    }
    this.#first.set(bytes, this.#length);
    this.#length = length;
    return this.#first.subarray(0, length);
  }

  #start(security: ServingVhost): void {
    // given up before the program serviced it
    if (this.#done === undefined) return;
    const { peer } = this.#plain;
    if (!security.begins(peer)) {
      this.#refuse(new LwsError(tlsErrors.LWS_ERR_TLS_HANDSHAKE, 'tls.info ended it'));
      return;
    }
    this.#handshake = security.server.start(this.#plain, this.#asked, (result) =>
      this.#services.run(() => this.#ended(security, peer, result)),
    );
  }

  #ended(security: ServingVhost, peer: PeerAddress, result: Transport | CodedError): void {
    const other = 'code' in result ? undefined : this.#otherName(security, result);
    const wanted = this.#done !== undefined && security.ends(peer, other ?? result);
    if (wanted && other === undefined) this.#settle(result, !('code' in result));
    else {
      if (!('code' in result)) result.abort();
      this.#settle(other ?? new LwsError(tlsErrors.LWS_ERR_TLS_HANDSHAKE, 'tls.info ended it'));
    }
  }

  /**
   * OpenSSL has the last word on the server name, after what was looked at here: a second ClientHello may have
   * another one (RFC 8446 §4.1.4), and records can be cut so that nobody agrees on the first. Whoever was not judged
   * by the rules of the vhost that the name stands for does not get there.
   */
  #otherName(security: ServingVhost, secured: Transport): LwsError | undefined {
    const serverName = secured.security?.serverName ?? '';
    if (this.#security.sibling(serverName, secured) === security) return undefined;
    const detail = `${JSON.stringify(serverName.slice(0, 256))} in a handshake of vhost ${security.vhostName}`;
    return new LwsError(tlsErrors.LWS_ERR_TLS_SERVER_NAME, detail);
  }

  #refuse(error: CodedError): void {
    this.#settle(error);
    this.#plain.abort();
  }

  /** @param now it is told in a turn of its own already, as a handshake is that came off */
  #settle(result: Transport | CodedError, now = false): void {
    const done = this.#done;
    this.#done = undefined;
    if (done === undefined) return;
    const tell = (): void => {
      this.#leave();
      done(result);
    };
    // it may be over before the constructor is
    if (now) tell();
    else setImmediate(tell);
  }
}
