/**
 * What the kernel holds of a TCP connection's output: Linux tells it in tables of all sockets below /proc/net.
 * They are read for peers that seem to take nothing, and never so often that it could be felt.
 */
import { readFileSync, readlinkSync } from 'node:fs';

const tables = ['/proc/net/tcp', '/proc/net/tcp6'];
/** Number, local and remote address, state, the queue for sending and that for receiving; further on the inode. */
const row =
  /^ *\d+: [\dA-F]+:[\dA-F]{4} [\dA-F]+:[\dA-F]{4} [\dA-F]{2} ([\dA-F]{8}):[\dA-F]{8} [\dA-F]{2}:[\dA-F]+ [\dA-F]+ +\d+ +\d+ (\d+)/gm;

/** How long what was read counts, in ms. */
const freshMs = 1000;
/** Reading takes at most one in so many ms. */
const costShare = 50;

let queues: ReadonlyMap<string, number> | undefined;
let freshUntil = Number.NEGATIVE_INFINITY;

/**
 * Bytes that were sent by the socket `fd` and not confirmed by its peer, up to a second old and older where
 * there are very many sockets; undefined where the platform does not tell.
 */
export function unconfirmedBytes(fd: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const inode = inodeOf(fd);
  if (inode === undefined) return undefined;
  const before = performance.now();
  if (before >= freshUntil) {
    queues = readQueues();
    const after = performance.now();
    freshUntil = after + Math.max(freshMs, costShare * (after - before));
  }
  return queues === undefined ? undefined : (queues.get(inode) ?? 0);
}

function inodeOf(fd: number): string | undefined {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1];
  } catch {
    return undefined;
  }
}

/** The queues that hold something, by inode. */
function readQueues(): ReadonlyMap<string, number> | undefined {
  const found = new Map<string, number>();
  try {
    for (const table of tables)
      for (const [, queued = '', inode = ''] of readFileSync(table, 'latin1').matchAll(row))
        if (queued !== '00000000') found.set(inode, Number.parseInt(queued, 16));
    return found;
  } catch {
    // No /proc here, as in some sandboxes.
    return undefined;
  }
}
