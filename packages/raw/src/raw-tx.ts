/** What `writeable` of a raw connection gets to send with. */
import { coreErrors } from '@lws-ts/core';
import { LwsError, type RawTx, type RoleHost } from '@lws-ts/interface';
import { rawErrors } from './errors.ts';

/** What is collected at once of a long write, in bytes. */
const sliceBytes = 64 * 1024;
/** Strings up to this may be given room for their longest encoding, in characters. */
const shortText = 4096;
const encoder = new TextEncoder();

/** One per connection, made at its first `writeable`; live only while one runs. */
export class RawOutput implements RawTx {
  /** Bytes written over all. */
  written = 0;
  readonly #host: RoleHost;
  #live = false;
  /** A method returned false. */
  #stopped = false;
  #ended = false;

  constructor(host: RoleHost) {
    this.#host = host;
  }

  /** A `writeable` begins. */
  begin(): void {
    this.#live = true;
    this.#stopped = false;
  }

  /** The `writeable` is over. */
  expire(): void {
    this.#live = false;
  }

  get choked(): boolean {
    return this.#stopped || !this.#host.room;
  }

  write(data: Uint8Array | string): boolean {
    const host = this.#host;
    if (!this.#live) throw new LwsError(coreErrors.LWS_ERR_TX_EXPIRED);
    if (this.#stopped) throw new LwsError(coreErrors.LWS_ERR_TX_CHOKED);
    if (this.#ended) throw new LwsError(rawErrors.LWS_ERR_RAW_DATA, 'end() was called');
    if (!host.open) return false;
    if (typeof data === 'string') this.#text(data);
    else if (data instanceof Uint8Array) this.#bytes(data);
    else throw new LwsError(rawErrors.LWS_ERR_RAW_DATA, typeof data);
    this.#stopped = !host.room;
    return !this.#stopped;
  }

  end(): void {
    if (!this.#live) throw new LwsError(coreErrors.LWS_ERR_TX_EXPIRED);
    if (this.#ended) return;
    this.#ended = true;
    this.#host.endOutput();
  }

  #text(data: string): void {
    if (data.length > shortText) {
      this.#bytes(encoder.encode(data));
      return;
    }
    const room = this.#host.reserve(data.length * 3);
    const at = this.#host.reservedAt;
    const { written } = encoder.encodeInto(data, room.subarray(at, at + data.length * 3));
    this.#host.commit(written);
    this.written += written;
  }

  #bytes(data: Uint8Array): void {
    const { length } = data;
    for (let at = 0; at < length; at += sliceBytes) {
      const size = Math.min(length - at, sliceBytes);
      const room = this.#host.reserve(size);
      room.set(size === length ? data : data.subarray(at, at + size), this.#host.reservedAt);
      this.#host.commit(size);
    }
    this.written += length;
  }
}
