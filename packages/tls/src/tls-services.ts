/** What the vhosts of a context share, and what each of them is to the others. */
import type { Clock, CodedError, LogLevel, PeerAddress, Transport } from '@lws-ts/interface';
import type { HandshakeBytes } from './handshake-bytes.ts';
import type { HandshakeGate } from './handshake-gate.ts';
import type { RefusedSockets } from './refused-sockets.ts';
import type { SecureServer } from './secure-server.ts';

export interface TlsServices {
  readonly clock: Clock;
  readonly gate: HandshakeGate;
  readonly bytes: HandshakeBytes;
  readonly refused: RefusedSockets;
  /** Runs what calls handlers. */
  run(job: () => void): void;
  log(level: LogLevel, line: string): void;
  /** All of the context that serve. */
  readonly serving: Set<ServingVhost>;
}

/** A vhost as a handshake sees it. */
export interface ServingVhost {
  readonly vhostName: string;
  /** Its certificate files, those that there are. */
  readonly files: readonly string[];
  /** Clients are asked for a certificate. */
  readonly asksForCertificate: boolean;
  /** Its port takes what is no TLS too. */
  readonly takesPlain: boolean;
  /** Of what is no TLS its port takes HTTP alone, to redirect it. */
  readonly takesHttpAlone: boolean;
  /** Server names that no vhost of the port has are refused. */
  readonly refusesNames: boolean;
  /** What a peer may send before its handshake is over, in bytes. */
  readonly mostHandshakeBytes: number;
  /** Where its handshakes are made. */
  readonly server: SecureServer;
  /**
   * The vhost of the same port for that name, or without a name for the local address of `transport`; undefined: none, and
   * such clients are refused.
   */
  sibling(serverName: string, transport: Transport): ServingVhost | undefined;
  /** A handshake begins. False: the program does not want it. */
  begins(peer: PeerAddress): boolean;
  /** A handshake is over. False: the program does not want what it came to. */
  ends(peer: PeerAddress, result: Transport | CodedError): boolean;
  /** Reads its files again; what is wrong with them. @param known the message of what is counted already */
  reload(known?: string): CodedError | undefined;
}
