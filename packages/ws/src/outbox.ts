/** What waits for one peer, with a bound and a policy for the peer that is too slow. */
import {
  LwsError,
  type OptionRules,
  resolveOptions,
  type WsTx,
  type WsWsi,
} from '@lws-ts/interface';
import { wsErrors } from './errors.ts';
import { MessageQueue, sizeOf, type WholeMessage } from './message-queue.ts';
import { EncodedMessage } from './prepared-message.ts';
import { WebSocketWsi } from './ws-wsi.ts';

/** How an outbox is. */
export interface OutboxOptions {
  /**
   * Most payload bytes that wait.
   *
   * @defaultValue 1048576
   * @throws `LWS_ERR_OPTION` unless an integer from 1 to 1 GiB
   */
  readonly maxBytes?: number;
  /**
   * Most messages that wait.
   *
   * @defaultValue 1024
   * @throws `LWS_ERR_OPTION` unless an integer from 1 to 2^31 - 1
   */
  readonly maxMessages?: number;
  /**
   * What a message does for which there is no room: `'close'` ends the connection with 1013 and
   * `LWS_ERR_WS_SLOW_PEER`; `'drop-oldest'` drops what has waited longest until it fits, each counted as
   * `LWS_ERR_WS_DROPPED`, so that a peer misses something and has the latest.
   *
   * @defaultValue 'close'
   * @throws `LWS_ERR_OPTION` for anything else
   */
  readonly whenFull?: 'close' | 'drop-oldest';
}

/** How each of {@link OutboxOptions} is read. */
export const outboxRules: OptionRules<OutboxOptions> = {
  maxBytes: { kind: 'integer', fallback: 1048576, min: 1, max: 2 ** 30 },
  maxMessages: { kind: 'integer', fallback: 1024, min: 1, max: 2 ** 31 - 1 },
  whenFull: { kind: 'choice', fallback: 'close', choices: ['close', 'drop-oldest'] },
};

/**
 * Messages for one connection: `add` from anywhere, `sendTo` in its `writeable`. Make one in `session` of a
 * protocol, so that each of its connections has its own and all the same policy.
 */
export class Outbox {
  readonly #queue = new MessageQueue();
  readonly #maxBytes: number;
  readonly #maxMessages: number;
  readonly #dropsOldest: boolean;
  #dropped = 0;

  /** @throws `LWS_ERR_OPTION`, `LWS_ERR_OPTION_UNKNOWN` */
  constructor(options: OutboxOptions = {}) {
    const read = resolveOptions(outboxRules, options as Record<string, unknown>, 'the outbox');
    this.#maxBytes = read['maxBytes'] as number;
    this.#maxMessages = read['maxMessages'] as number;
    this.#dropsOldest = read['whenFull'] === 'drop-oldest';
  }

  /** Payload bytes that wait. */
  get bytes(): number {
    return this.#queue.bytes;
  }

  /** Messages that wait. */
  get length(): number {
    return this.#queue.length;
  }

  /** Messages that were dropped since it was made. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Puts a message behind those that wait, and asks for `writeable`. Bytes are not copied: they stay as they are
   * until they are sent.
   *
   * @param wsi the connection whose outbox this is
   * @returns false when the message, or one before it, will not be sent
   * @throws `LWS_ERR_WS_DATA` for what is no message, or no connection of this package
   */
  add(wsi: WsWsi<unknown, unknown>, data: WholeMessage): boolean {
    if (!(wsi instanceof WebSocketWsi)) throw new LwsError(wsErrors.LWS_ERR_WS_DATA, 'no wsi');
    if (!isMessage(data)) throw new LwsError(wsErrors.LWS_ERR_WS_DATA, typeof data);
    if (!wsi.open) return false;
    const before = this.#queue.ownBytes;
    const complete = this.#makeRoom(wsi, sizeOf(data));
    if (wsi.open) this.#queue.add(data);
    wsi.keepsMore(this.#queue.ownBytes - before);
    wsi.requestWriteable();
    return complete && wsi.open;
  }

  /** Sends what the peer takes now, and asks for `writeable` again when more waits. Call it in `writeable`. */
  sendTo(wsi: WsWsi<unknown, unknown>, tx: WsTx): void {
    const before = this.#queue.ownBytes;
    let more = false;
    try {
      more = this.#queue.sendTo(tx);
    } finally {
      if (wsi instanceof WebSocketWsi) wsi.keepsMore(this.#queue.ownBytes - before);
    }
    if (more) wsi.requestWriteable();
  }

  #makeRoom(wsi: WebSocketWsi, bytes: number): boolean {
    const queue = this.#queue;
    let complete = true;
    while (queue.length > 0 && !this.#fits(bytes)) {
      complete = false;
      if (!this.#dropsOldest) {
        wsi.refuse(wsErrors.LWS_ERR_WS_SLOW_PEER);
        queue.clear();
        return false;
      }
      queue.dropOldest();
      this.#dropped++;
      wsi.report(wsErrors.LWS_ERR_WS_DROPPED);
    }
    return complete;
  }

  #fits(bytes: number): boolean {
    const { bytes: waiting, length } = this.#queue;
    return waiting + bytes <= this.#maxBytes && length < this.#maxMessages;
  }
}

function isMessage(data: unknown): data is WholeMessage {
  return typeof data === 'string' || data instanceof Uint8Array || data instanceof EncodedMessage;
}
