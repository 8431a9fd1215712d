import type { CodedError } from './coded-error.ts';

/** Where a connection comes from or goes to. `address` and `port` are empty and 0 where there are none. */
export interface PeerAddress {
  readonly address: string;
  readonly port: number;
  readonly family: 'ipv4' | 'ipv6' | 'unix' | 'none';
}

/** What is known of a connection's TLS layer. */
export interface SecurityInfo {
  /** For example `TLSv1.3`. */
  readonly protocol: string;
  readonly serverName?: string;
  readonly alpn?: string;
  /** DER. */
  readonly peerCertificate?: Uint8Array;
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
  readonly kind: 'tcp' | 'tls' | 'unix' | 'pipe' | 'duplex' | 'memory';
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
  attach(sink: TransportSink): void;
  /** Accepts all of `bytes`. True: copied or sent, the memory is free again; false: kept until drained. */
  write(bytes: Uint8Array): boolean;
  read(on: boolean): void;
  /** FIN after what is pending. */
  end(): void;
  /** RST where the platform can; pending output is dropped. */
  abort(): void;
  /** Whether the peer is still there, as far as a write of nothing can tell; false: `closed` follows. */
  probe(): boolean;
  /** Gives up the Node stream below (a TLS layer needs the real net.Socket); this transport is dead then. */
  release(): object | undefined;
}

/** The outcome of securing a transport: the transport to go on with, or why there is none. */
export type Secured = (result: Transport | CodedError) => void;

/** `vhostFor` maps a server name to that vhost's security, or undefined for none. `done` is called once. */
export interface TransportSecurity {
  accept(
    plain: Transport,
    vhostFor: (serverName: string) => TransportSecurity | undefined,
    done: Secured,
  ): void;
  connect(plain: Transport, serverName: string, done: Secured): void;
  /** New files or bytes; the old stay when the new are bad. */
  reload(): CodedError | undefined;
  destroy(): void;
}
