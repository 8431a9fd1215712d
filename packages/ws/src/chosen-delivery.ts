/** Which way messages go to a program: whole or in chunks, by the handlers that its protocol has. */
import type { RoleHost, WsHandlers } from '@lws-ts/interface';
import type { FrameReader } from '@lws-ts/ws-framing';
import { ChunkDelivery, type Delivery, MessageDelivery, type MessageTaker } from './delivery.ts';
import type { Taking } from './inflated-delivery.ts';

/** The connection whose program is given the messages. */
export interface DataTaker extends MessageTaker {
  chunk(bytes: Uint8Array): void;
}

/** Of messages that no extension encoded; undefined of a protocol that takes nothing. */
export function plainDelivery(
  handlers: WsHandlers<unknown, unknown>,
  reader: FrameReader,
  maxMessageSize: number,
  host: RoleHost,
  taker: DataTaker,
): Delivery | undefined {
  if (handlers.receive !== undefined)
    return new ChunkDelivery(reader, (bytes) => taker.chunk(bytes));
  if (handlers.message === undefined) return undefined;
  return new MessageDelivery(reader, maxMessageSize, host, taker);
}

/** Of messages that an extension decodes; of a protocol that takes nothing, what comes is passed over. */
export function inflatedTaking(
  handlers: WsHandlers<unknown, unknown>,
  maxMessageSize: number,
  rxBufferSize: number,
  taker: DataTaker,
): Taking {
  if (handlers.receive !== undefined) return { chunk: (bytes) => taker.chunk(bytes), rxBufferSize };
  return { message: (data) => taker.message(data), maxMessageSize };
}
