/** Between a transaction of a client and those that it serves: who asks, and who keeps the connections. */
import type {
  ClientTarget,
  CodedError,
  HttpFields,
  RoleHost,
  TimeoutReason,
  Transport,
  Wsi,
} from '@lws-ts/interface';
import type { ResponseHeadReader } from '../framing/index.ts';
import type { ClientAnswer } from './client-answer.ts';
import type { WaitingRequest } from './waiting-request.ts';

/** Connections that were used before, by where they lead, and who else goes there. */
export interface TransportSource {
  take(key: string): Transport | undefined;
  /** A request goes there, until {@link ends}. */
  begins(key: string): void;
  /** @param passedOn its connection is another request's already: none that waits has its turn by that */
  ends(key: string, passedOn: boolean): void;
  /** True: others go there, and `request` has its turn when one of them ended, or is sent behind one. */
  waits(key: string, request: WaitingRequest): boolean;
  /** Those that wait may be sent behind the request of `host`: it is served whenever there is one. */
  leads(key: string, host: RoleHost): void;
  /** The one that waits longest. */
  firstWaiting(key: string): WaitingRequest | undefined;
  /** It waits no more. */
  dropFirst(key: string): void;
  /** A reader that another request had, or a new one. */
  takeReader(): ResponseHeadReader;
  /** Nobody reads from it any more. */
  giveReader(reader: ResponseHeadReader): void;
}

/** Whose request it is, and who takes the answer. */
export interface ClientRequester {
  readonly name: string;
  readonly wsi: Wsi<unknown, unknown>;
  readonly method: string;
  /** Fields of the request besides Host, Origin and those of the options; of each hop anew. It may give up. */
  fields(target: ClientTarget): HttpFields;
  /**
   * The answer that counts: interim ones are passed over, redirects followed. The requester becomes another
   * role with `rest`, or fails.
   */
  answered(answer: ClientAnswer, rest: Uint8Array): void;
  /** The head of the request is written: its body may follow, and how long the answer takes is the requester's to say. */
  requested?(): void;
  /** More of the request's body can be sent, before there is an answer. */
  writeable?(): void;
  /** A deadline that the requester set passed before there was an answer. */
  timeout?(reason: TimeoutReason): void;
  /** A turn that was asked for, before there is an answer. */
  turn?(): void;
  /** Its connection was given up, for another one. */
  left?(): void;
  /** Others were sent behind it, by the connection that it has now. */
  precedes?(behind: readonly WaitingRequest[]): void;
  /** It is a head and nothing more; asked when its fields are known. */
  readonly bodyless?: boolean;
  /** A redirect is about to be followed: it may change what is asked. */
  redirected?(status: number): void;
  /** The Host field, in place of that of the options. */
  readonly authority?: string | undefined;
  /** Path and query, in place of those of the target, until a redirect. */
  readonly targetPath?: string | undefined;
  /** Field lines of the request besides, checked when they were made. */
  readonly tail?: Uint8Array | undefined;
  /** Whoever made it expects `requested` before the call that did returned. @defaultValue false: never */
  readonly atOnce?: boolean;
  /** Whether the request may be sent once more when it is not known what became of it. @defaultValue true */
  readonly repeatable?: boolean;
  /** It came to nothing, once; not after `answered` made another role of the connection. */
  failed(error: CodedError): void;
}
