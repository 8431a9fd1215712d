/** What is read at once, at most; larger reads are fewer, but what waits has to be copied out of them. */
const bufferBytes = 64 * 1024;

let shared: Uint8Array | undefined;

/** What all sockets read into that have no memory of their own for each read: it is used again when `rx` returned. */
export function sharedReadBuffer(): Uint8Array {
  shared ??= Buffer.allocUnsafeSlow(bufferBytes);
  return shared;
}
