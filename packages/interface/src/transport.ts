import type { CodedError } from './coded-error.ts';

/** Where a connection comes from or goes to. `address` and `port` are empty and 0 where there are none. */
export interface PeerAddress {
  readonly address: string;
  readonly port: number;
  readonly family: 'ipv4' | 'ipv6' | 'unix' | 'none';
  /** A trusted proxy said so: it is who is connected. */
  readonly proxy?: ProxyInfo;
}

/** The proxy that speaks for a peer. */
export interface ProxyInfo {
  readonly address: PeerAddress;
  /** What else a header of the PROXY protocol, version 2, said: values by type. */
  readonly tlvs?: ReadonlyMap<number, Uint8Array>;
}

/** What is known of a connection's TLS layer. */
export interface SecurityInfo {
  /** For example `TLSv1.3`. */
  readonly protocol: string;
  /** Name of the cipher suite, as OpenSSL has it. */
  readonly cipher?: string;
  readonly serverName?: string;
  readonly alpn?: string;
  /** DER; undefined when the peer showed none. */
  readonly peerCertificate?: Uint8Array | undefined;
  /** The certificate of the peer was checked and accepted. */
  readonly authorized?: boolean;
}

/** What a transport tells its owner. Never called inside a call of the owner's; `closed` comes last, once. */
export interface TransportSink {
  /**
   * Bytes read; the owner may change them. Where the transport says `givesMemory` the owner may keep
   * them too; otherwise the memory belongs to the transport again after return.
   */
  rx(bytes: Uint8Array): void;
  /** The peer sent its last byte (FIN). */
  peerEnded(): void;
  /** `bufferedBytes` went from more than 0 to 0. */
  drained(): void;
  /** Over, for whatever reason; `error` is set when it was not orderly. */
  closed(error: CodedError | undefined): void;
}

/** The only thing that touches a socket. `rx` starts off: call `read(true)`. */
export interface Transport {
  readonly kind: 'tcp' | 'tls' | 'unix' | 'pipe' | 'file' | 'duplex' | 'memory';
  readonly peer: PeerAddress;
  readonly local: PeerAddress;
  readonly security: SecurityInfo | undefined;
  /** Accepted and not yet with the kernel, in bytes. Choked means more than 0 after a flush. */
  readonly bufferedBytes: number;
  /**
   * With the kernel and not yet confirmed by the peer, in bytes, as far as the platform tells; it may be some
   * seconds old. Made for deadlines, too dear for anything that happens often.
   */
  unconfirmedBytes?(): number | undefined;
  /** True: what `rx` is given is never used again by the transport. */
  readonly givesMemory: boolean;
  /** True: nor is it by anybody else; where it is all of its memory, that may be given back when it was read. */
  readonly readsAlone?: boolean;
  attach(sink: TransportSink): void;
  /** Accepts all of `bytes`. True: copied or sent, the memory is free again; false: kept until drained. */
  write(bytes: Uint8Array): boolean;
  /** As `write` of one and then the other, in one system call. */
  writeBoth?(first: Uint8Array, second: Uint8Array): boolean;
  read(on: boolean): void;
  /** FIN after what is pending. */
  end(): void;
  /** RST where the platform can; pending output is dropped. */
  abort(): void;
  /** Whether the peer is still there, as far as a write of nothing can tell; false: `closed` follows. */
  probe(): boolean;
  /** From now on this is its `peer`: a proxy that is trusted speaks for it. */
  standsFor?(peer: PeerAddress): void;
  /** Gives bytes back that were just read, after `read(false)`: they are read again first. */
  unread?(bytes: Uint8Array): void;
  /** Gives up the Node stream below (a TLS layer needs the real net.Socket); this transport is dead then. */
  release(): object | undefined;
}

/** The outcome of securing a transport: the transport to go on with, or why there is none. */
export type Secured = (result: Transport | CodedError) => void;

/** A handshake that is under way. */
export interface Securing {
  /** It is given up, and the transport with it; `done` is not called any more. */
  cancel(): void;
}

/** The TLS layer of one vhost. */
export interface TransportSecurity {
  /** Connections that the vhost accepts are secured; false: only those that its clients make. */
  readonly serves: boolean;
  /** What does not speak TLS is let through: `done` may be given `plain` itself. Absent: it is not. */
  readonly takesPlain?: boolean;
  /** How long a peer has for its handshake, in seconds. */
  readonly acceptTimeoutSecs: number;
  /**
   * Takes over an accepted transport. `vhostFor` maps a server name to that vhost's security, or undefined for
   * none; `done` is called once, never before this returned, and may be given `plain` itself.
   */
  accept(
    plain: Transport,
    vhostFor: (serverName: string) => TransportSecurity | undefined,
    done: Secured,
  ): Securing;
  /** The same for a client. @param options of the `connect` call, resolved, those of modules included */
  connect(
    plain: Transport,
    serverName: string,
    options: Readonly<Record<string, unknown>>,
    done: Secured,
  ): void;
  /** New files or bytes; the old stay when the new are bad. */
  reload(): CodedError | undefined;
  destroy(): void;
}
