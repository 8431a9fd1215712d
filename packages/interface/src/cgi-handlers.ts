/** The handlers of a protocol that a mount of a script names, and what they are given. */
import type { CodedError } from './coded-error.ts';
import type { PeerAddress } from './transport.ts';
import type { Done } from './ws-handlers.ts';

/** One run of a script, for one request. */
export interface CgiScript<V> {
  /** Of the process, and of the process group that it leads. */
  readonly pid: number;
  readonly peer: PeerAddress;
  readonly mountpoint: string;
  /** Of the request, in capitals. */
  readonly method: string;
  /** Of the request, decoded, with the mountpoint. */
  readonly path: string;
  readonly vhostData: V;
}

/** How a run ended. */
export interface CgiEnd {
  /** Undefined: by a signal. */
  readonly code: number | undefined;
  /** For example `SIGTERM`. */
  readonly signal: string | undefined;
  /** Why the answer did not get through: the script failed, was too slow, or the peer was gone. */
  readonly error: CodedError | undefined;
}

/**
 * Told of each run of a script; its stdin and stdout are the mount's. A handler that throws, or says -1, ends the
 * script: the request is answered 500, or 403, and cut when its answer has begun.
 */
export interface CgiHandlers<V> {
  /** It runs: the place to put its process group under a limit of the system. lws: CGI_PROCESS_ATTACH */
  processAttach?(script: CgiScript<V>): Done;
  /** A line of its stderr, of at most 256 bytes, in place of a line of the log; as it came, and as often. lws: CGI, LWS_STDERR */
  stderr?(script: CgiScript<V>, line: string): Done;
  /** It is gone and said its last, once for each `processAttach`, unless the context is closed first. lws: CGI_TERMINATED */
  terminated?(script: CgiScript<V>, end: CgiEnd): Done;
}
