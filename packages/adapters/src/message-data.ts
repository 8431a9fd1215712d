import { types } from 'node:util';

/** The data as it is now: its owner may change it afterwards. */
export function copyOf(data: unknown): string | Uint8Array {
  if (typeof data === 'string') return data;
  // the length of an array is no message
  if (typeof data === 'number') return String(data);
  // as `ws` has it
  if (data === undefined || data === null) return new Uint8Array(0);
  if (Array.isArray(data))
    return data.every((one) => typeof one === 'number')
      ? Uint8Array.from(data)
      : new Uint8Array(Buffer.concat(data as Uint8Array[]));
  if (ArrayBuffer.isView(data))
    return new Uint8Array(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  if (types.isAnyArrayBuffer(data)) return new Uint8Array(data).slice();
  throw new TypeError(`${Object.prototype.toString.call(data)} is no data of a message`);
}
