import type { CodedError } from '@lws-ts/interface';

/** One part of a form, whichever way it was sent. */
export interface FormPart {
  readonly name: string;
  /** Of a file, without directories and control characters; empty when no file was chosen. Undefined: a field. */
  readonly filename: string | undefined;
  /** Media type that the peer says it has; `text/plain` when it says nothing. */
  readonly type: string;
}

/**
 * Where readers of forms put what they read. Called in the order of the form, never re-entered. Each call returns
 * undefined to go on, or the error that the form is refused with: nothing is read after it.
 */
export interface FormPartSink {
  partStart(part: FormPart): CodedError | undefined;
  /** Content of the part, decoded, as soon as it arrives: `bytes[start..end)`, valid during the call. */
  partContent(bytes: Uint8Array, start: number, end: number): CodedError | undefined;
  partEnd(): CodedError | undefined;
}
