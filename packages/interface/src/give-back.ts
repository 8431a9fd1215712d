/**
 * Memory that goes back to the system at once. What is read for nobody to keep would else lie around until V8 collects
 * garbage, which is after some 32 MiB of it, and each new read would have to touch memory that is cold.
 */
import { late } from './late.ts';

const workerThreads = late(() => process.getBuiltinModule('node:worker_threads'));

/** Less than this is not worth its while, in bytes. */
const leastBytes = 16 * 1024;

interface Transferable extends ArrayBuffer {
  /** ECMAScript 2024; Node.js has it from 22 on. */
  transfer?(length?: number): ArrayBuffer;
}

/**
 * Takes the memory of `bytes` away from whoever has it, `bytes` among them, which are empty from then on. Undefined,
 * and nothing happened, where it cannot be taken: memory that threads share, or of WebAssembly.
 */
export function takeOver(bytes: Uint8Array): Uint8Array | undefined {
  const memory = bytes.buffer as Transferable;
  const { byteOffset, length } = bytes;
  try {
    const own = memory.transfer?.() ?? structuredClone(memory, { transfer: [memory] });
    return new Uint8Array(own, byteOffset, length);
  } catch {
    return undefined;
  }
}

/** Gives the memory of `bytes` back if they are all of it, and it is large. Whatever looks at it sees nothing from then on. */
export function giveBack(bytes: Uint8Array): void {
  const { length } = bytes;
  // asked first: what is below costs as much as a short read does
  if (length < leastBytes) return;
  const memory = bytes.buffer as Transferable;
  if (length !== memory.byteLength) return;
  if (memory.transfer === undefined) nobody().postMessage(null, [memory]);
  else memory.transfer(0);
}

type Port = InstanceType<ReturnType<typeof workerThreads>['MessageChannel']>['port1'];
let deaf: Port | undefined;

/** A message to a closed port is dropped, and what was transferred with it too. */
function nobody(): Port {
  if (deaf === undefined) {
    const { MessageChannel } = workerThreads();
    deaf = new MessageChannel().port1;
    deaf.close();
  }
  return deaf;
}
