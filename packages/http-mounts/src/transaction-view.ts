import type {
  CodedError,
  Held,
  HttpExchange,
  HttpFields,
  ServeFileOptions,
} from '@lws-ts/interface';
import type { MountBinding } from './mount-binding.ts';

/** A request as its wsi and its tx see it. */
export interface TransactionView {
  readonly exchange: HttpExchange;
  readonly binding: MountBinding;
  /** Nothing the program does has an effect any more. */
  readonly over: boolean;
  readonly answered: boolean;
  reply(status: number, fields: HttpFields, body?: Uint8Array | string): void;
  head(status: number, fields: HttpFields, length: number | undefined): void;
  body(bytes: Uint8Array): boolean;
  end(trailers: HttpFields): void;
  refuse(error: CodedError): void;
  serveFile(path: string, options: ServeFileOptions): void;
  requestWriteable(): void;
  hold(): Held;
  close(): void;
  abort(): void;
}
