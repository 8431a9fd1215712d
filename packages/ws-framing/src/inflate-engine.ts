/**
 * Engines of zlib that inflate on its threads, lent for one message each and kept for the next. There are so
 * many in the whole process and no more: who comes too late waits in order.
 */
import type { InflateRaw } from 'node:zlib';
import { zlib } from './node-zlib.ts';

/** What an engine is lent to. */
export interface EngineUser {
  /** What its message may refer to. */
  readonly dictionary: Uint8Array | undefined;
  /** It is the user's until it is given back. */
  lent(engine: InflateRaw): void;
}

const keptEngines = 8;
const chunkBytes = 16 * 1024;

let maxEngines = 64;
let lentEngines = 0;
const free: InflateRaw[] = [];
const waiting = new Set<EngineUser>();

/** How many engines the process may have at work, from 1; of others, the users wait. */
export function setMaxEngines(count: number): void {
  maxEngines = count;
}

/** Engines at work now. */
export function enginesAtWork(): number {
  return lentEngines;
}

/** Somebody waits for one. */
export function engineWanted(): boolean {
  return waiting.size > 0;
}

/** Lends an engine at once, or when one comes back. */
export function borrowEngine(user: EngineUser): void {
  if (lentEngines >= maxEngines) waiting.add(user);
  else lend(user);
}

/** Who waits does so no longer. */
export function forgetWaiting(user: EngineUser): void {
  waiting.delete(user);
}

/** Takes an engine back. @param clean its message was whole and had no dictionary: it can be used again */
export function returnEngine(engine: InflateRaw, clean: boolean): void {
  lentEngines--;
  engine.removeAllListeners();
  if (clean && free.length < keptEngines) {
    engine.reset();
    free.push(engine);
  } else {
    engine.on('error', ignore);
    engine.close();
  }
  for (const user of waiting) {
    waiting.delete(user);
    lend(user);
    return;
  }
}

function lend(user: EngineUser): void {
  lentEngines++;
  const { dictionary } = user;
  const kept = dictionary === undefined ? free.pop() : undefined;
  user.lent(
    kept ??
      zlib().createInflateRaw({
        flush: zlib().constants.Z_SYNC_FLUSH,
        chunkSize: chunkBytes,
        ...(dictionary === undefined ? undefined : { dictionary }),
      }),
  );
}

function ignore(): void {}
