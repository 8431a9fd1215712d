/**
 * Large memory that a message left behind, for the next one of its size. To get as much from the system costs more than
 * to copy the message: each page of it faults, and is cleared, when it is touched first. V8 may collect what is kept
 * here as it does other garbage, so nothing has to be given back.
 */
import { giveBack } from '@lws-ts/interface';

/** Less than this is not worth its while, in bytes. */
const leastBytes = 64 * 1024;
/** What is kept of all sizes together, in bytes. */
const keptBytes = 8 * 1024 * 1024;

interface Kept {
  readonly length: number;
  readonly memory: WeakRef<Uint8Array>;
}

/** What was used last is at the end: the caches may still have it. */
const kept: Kept[] = [];
let bytes = 0;

/** Memory of exactly that length; undefined where none is kept. What stands in it is anything. */
export function usedMemory(length: number): Uint8Array | undefined {
  if (length < leastBytes) return undefined;
  for (let at = kept.length - 1; at >= 0; at--) {
    const one = kept[at] as Kept;
    if (one.length !== length) continue;
    kept.splice(at, 1);
    bytes -= length;
    const memory = one.memory.deref();
    if (memory !== undefined) return memory;
  }
  return undefined;
}

/** Nobody looks at `memory` any more, which is all of an `ArrayBuffer`. */
export function leaveMemory(memory: Uint8Array): void {
  const { length } = memory;
  if (length < leastBytes || length > keptBytes) {
    giveBack(memory);
    return;
  }
  kept.push({ length, memory: new WeakRef(memory) });
  bytes += length;
  while (bytes > keptBytes) dropOldest();
}

function dropOldest(): void {
  const oldest = kept.shift();
  if (oldest === undefined) return;
  bytes -= oldest.length;
  const memory = oldest.memory.deref();
  if (memory !== undefined) giveBack(memory);
}
