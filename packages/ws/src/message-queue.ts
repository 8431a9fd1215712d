/** Messages that wait, in order, until their connection can take them. */
import type { PreparedMessage, WsTx } from '@lws-ts/interface';

/** What `tx` sends as one message. */
export type WholeMessage = string | Uint8Array | PreparedMessage;

interface Waiting {
  /** Undefined while it is still being read. */
  data: WholeMessage | undefined;
  readonly bytes: number;
}

/** Passed entries at the front of the list, above which they are cut off. */
const passedEntries = 32;

export class MessageQueue {
  #waiting: (Waiting | undefined)[] = [];
  /** Where the oldest stands. */
  #first = 0;
  #bytes = 0;
  #ownBytes = 0;

  /** Payload bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Of those, what no other queue has too. */
  get ownBytes(): number {
    return this.#ownBytes;
  }

  /** Messages that wait. */
  get length(): number {
    return this.#waiting.length - this.#first;
  }

  add(data: WholeMessage): void {
    this.#add({ data, bytes: sizeOf(data) });
  }

  /** Keeps the place of a message of `bytes` that is still being read; the result fills it. */
  place(bytes: number): (data: WholeMessage) => void {
    const entry: Waiting = { data: undefined, bytes };
    this.#add(entry);
    return (data) => {
      entry.data = data;
    };
  }

  /** The message that waits longest goes unsent. */
  dropOldest(): void {
    this.#shift();
  }

  /** Sends what it can; true when there is more that could go at once, once there is room. */
  sendTo(tx: WsTx): boolean {
    for (;;) {
      const data = this.#waiting[this.#first]?.data;
      if (data === undefined) return false;
      // what it throws for waits on
      const room = sendOne(tx, data);
      this.#shift();
      if (!room) return this.#waiting[this.#first]?.data !== undefined;
    }
  }

  clear(): void {
    this.#waiting = [];
    this.#first = 0;
    this.#bytes = 0;
    this.#ownBytes = 0;
  }

  #add(entry: Waiting): void {
    this.#waiting.push(entry);
    this.#bytes += entry.bytes;
    this.#ownBytes += ownOf(entry);
  }

  #shift(): void {
    const waiting = this.#waiting;
    const passed = waiting[this.#first];
    if (passed === undefined) return;
    this.#bytes -= passed.bytes;
    this.#ownBytes -= ownOf(passed);
    waiting[this.#first] = undefined;
    this.#first++;
    if (this.#first === waiting.length) this.clear();
    else if (this.#first > passedEntries && this.#first * 2 > waiting.length) {
      waiting.splice(0, this.#first);
      this.#first = 0;
    }
  }
}

/** A prepared message is the same one in every queue. */
function ownOf({ data, bytes }: Waiting): number {
  return data === undefined || typeof data === 'string' || data instanceof Uint8Array ? bytes : 0;
}

/** Payload bytes of a message. */
export function sizeOf(data: WholeMessage): number {
  if (typeof data === 'string') return Buffer.byteLength(data, 'utf8');
  return data instanceof Uint8Array ? data.length : data.bytes;
}

function sendOne(tx: WsTx, data: WholeMessage): boolean {
  if (typeof data === 'string') return tx.text(data);
  return data instanceof Uint8Array ? tx.binary(data) : tx.prepared(data);
}
