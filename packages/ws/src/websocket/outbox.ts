/** What a WebSocket was given to send and has not sent, in order. Blobs are read while they wait. */
import type { WsTx } from '@lws-ts/interface';

interface Entry {
  /** Undefined while a blob is being read. */
  data: string | Uint8Array | undefined;
  readonly bytes: number;
}

export class Outbox {
  #entries: Entry[] = [];
  #bytes = 0;

  /** Payload bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  get empty(): boolean {
    return this.#entries.length === 0;
  }

  add(data: string | Uint8Array): void {
    const bytes = typeof data === 'string' ? Buffer.byteLength(data, 'utf8') : data.length;
    this.#entries.push({ data, bytes });
    this.#bytes += bytes;
  }

  /** @param ready called when it is read; one that cannot be read is sent empty */
  addBlob(blob: Blob, ready: () => void): void {
    const entry: Entry = { data: undefined, bytes: blob.size };
    this.#entries.push(entry);
    this.#bytes += blob.size;
    const settle = (data: Uint8Array): void => {
      entry.data = data;
      ready();
    };
    blob.arrayBuffer().then(
      (buffer) => settle(new Uint8Array(buffer)),
      () => settle(new Uint8Array(0)),
    );
  }

  /** Sends what it can; true when there is more that could go at once, once there is room. */
  sendTo(tx: WsTx): boolean {
    for (;;) {
      const [entry] = this.#entries;
      if (entry?.data === undefined) return false;
      this.#entries.shift();
      this.#bytes -= entry.bytes;
      const { data } = entry;
      const room = typeof data === 'string' ? tx.text(data) : tx.binary(data);
      if (!room) return this.#entries[0]?.data !== undefined;
    }
  }

  clear(): void {
    this.#entries = [];
  }
}
