/**
 * What an extension of the protocol is (RFC 6455 §9): how it is agreed on, and what it does with the messages
 * of a connection whose first frame has RSV1. One extension is agreed on for a connection.
 */
import type { CodedError } from '@lws-ts/interface';
import type { ExtensionElement } from './extension-list.ts';

/** An extension as a vhost or a client lists it. lws: struct lws_extension */
export interface WsExtension {
  /** As it stands in Sec-WebSocket-Extensions. */
  readonly name: string;
  /** What a client offers, what it likes best first. */
  offers(): readonly ExtensionElement[];
  /** Server: judges one offer of that name; undefined declines it. Does not throw. */
  accept(offer: ExtensionElement): AgreedExtension | undefined;
  /**
   * Client: judges the answer; a string says what is wrong with it. Does not throw.
   *
   * @param offered what was offered of that name: what {@link offers} gave then, which may be another now
   */
  confirm(
    answer: ExtensionElement,
    offered?: readonly ExtensionElement[],
  ): AgreedExtension | string;
}

/** What both sides agreed on. */
export interface AgreedExtension {
  readonly name: string;
  /** As it stands in the answer. */
  readonly element: ExtensionElement;
  /** For one connection. */
  open(sink: DecodedSink): ExtensionSession;
}

/** Where a session puts the messages it decodes. Called in order, never after `close`. */
export interface DecodedSink {
  /** Payload of the message; the memory is the sink's. */
  decoded(bytes: Uint8Array): void;
  /** The message is whole. */
  decodedEnd(): void;
  /** The session takes more, after it had `working`: called by itself, outside of `decode`. */
  decodeReady(): void;
  /** The peer broke a rule. Nothing more is decoded. */
  decodeFailed(error: CodedError): void;
}

/** An extension on one connection. lws: an active extension */
export interface ExtensionSession {
  readonly name: string;
  /** Most bytes of one message; set before it begins. A message beyond is `overlong`. */
  maxMessageSize: number;
  /** Payload of a message with RSV1 as it came, which belongs to the caller again on return. */
  decode(chunk: Uint8Array, start: number, end: number): void;
  /** The message has no more payload. */
  decodeEnd(): void;
  /** What it keeps of encoded payload, in bytes: of a message that is not whole, or that it has not decoded. */
  readonly kept: number;
  /** It is busy with what it was given: nothing more until `decodeReady`. */
  readonly working: boolean;
  /** A message that is not over takes up something there is only so much of in the process. */
  readonly occupying: boolean;
  /** Others wait for what is taken up so. */
  readonly contended: boolean;
  /** The sink has enough for now, or takes more again. */
  hold(on: boolean): void;
  /** The most bytes that the program wants at once; a power of two. lws: rx_buf_size */
  readonly rxChunk: number;

  /** Whether a message of `bytes` is to be encoded. */
  encodes(bytes: number): boolean;
  /** One piece of a message, at most {@link encodePiece} bytes: what goes on the wire, until any session is called. */
  encode(piece: Uint8Array, first: boolean, final: boolean): Uint8Array;
  /** What encodes a whole message alike for several connections has the same key; undefined: nobody does. */
  readonly shareKey: string | undefined;
  /** The most payload bytes of one frame it makes. lws: tx_buf_size */
  readonly txChunk: number;

  /** By lws's names and values: false for an unknown option or a value out of range. lws: lws_set_extension_option */
  setOption(name: string, value: string): boolean;
  /** The connection is over. */
  close(): void;
}

/** Most bytes of one piece given to `encode`. */
export const encodePiece: number = 64 * 1024;
