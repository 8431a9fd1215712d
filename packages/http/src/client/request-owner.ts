import type { ClientTarget, CodedError, HttpFields, Wsi } from '@lws-ts/interface';
import type { ClientAnswer } from './client-answer.ts';

/** Whose request it is. Nothing of it is called before the call that made the request returned. */
export interface RequestOwner {
  readonly wsi: Wsi<unknown, unknown>;
  /** The Host field, in place of that of the options. */
  readonly authority?: string | undefined;
  /** Path and query, in place of those of the target. */
  readonly targetPath?: string | undefined;
  /** Field lines besides, as `writeFields` made them. */
  readonly tail?: Uint8Array | undefined;
  /** It expects to be called before the call that made the request returned. @defaultValue false */
  readonly atOnce?: boolean;
  /** Fields besides those of framing, of each hop anew; it may announce a body, or abort. */
  fields(target: ClientTarget): HttpFields;
  /** More of the announced body can be sent; may be spurious. */
  writeable(): void;
  /** The head of the answer that counts, before it is agreed on: it may give the connection up. */
  judge(answer: ClientAnswer): void;
  /**
   * The answer is agreed on, and its body follows; `whole` says that all of it is there: `data`, with all of it, and
   * `complete` are called next, before anything else.
   */
  answered(whole: boolean): void;
  /** Body, in `bytes[start..end)`: returns up to where it was taken. The rest comes again after `resume`. */
  data(bytes: Uint8Array, start: number, end: number): number;
  /** Some of what was taken waits to be read: the answer is not complete before `resume`. */
  readonly unread: boolean;
  /** It would take no more: the server is not read from until `resume`. @defaultValue false */
  readonly full?: boolean;
  /** A turn that `OutgoingRequest.offerAgain` asked for. */
  offer?(): void;
  complete(trailers: HttpFields): void;
  timer(): void;
  /** Over, once; with why, when the answer is not complete, or there is none. */
  gone(error: CodedError | undefined): void;
}
