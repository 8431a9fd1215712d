/** Archives, right ones and others: every field can be given another value than the right one. */
import { crc32, deflateRawSync } from 'node:zlib';

export interface MadeEntry {
  readonly name: string | Uint8Array;
  readonly content?: Uint8Array | string;
  readonly method?: number;
  /** What lies in the archive, instead of what the method makes. */
  readonly data?: Uint8Array;
  readonly flags?: number;
  readonly mode?: number;
  readonly dosTime?: number;
  readonly extra?: Uint8Array;
  readonly localExtra?: Uint8Array;
  readonly crc?: number;
  readonly packed?: number;
  readonly unpacked?: number;
  readonly offset?: number;
  readonly local?: Partial<{
    name: string | Uint8Array;
    method: number;
    flags: number;
    crc: number;
    packed: number;
    unpacked: number;
    signature: number;
    extraBytes: number;
  }>;
}

export interface MadeEnd {
  readonly comment?: Uint8Array;
  readonly prefix?: Uint8Array;
  readonly suffix?: Uint8Array;
  readonly count?: number;
  readonly countHere?: number;
  readonly disk?: number;
  readonly startDisk?: number;
  readonly bytes?: number;
  readonly start?: number;
  readonly commentBytes?: number;
  readonly zip64?: Partial<{
    count: bigint;
    countHere: bigint;
    disk: number;
    startDisk: number;
    bytes: bigint;
    start: bigint;
    at: bigint;
    size: bigint;
  }>;
}

export const DOS_TIME = ((2020 - 1980) << 25) | (2 << 21) | (3 << 16) | (4 << 11) | (5 << 5) | 3;

function bytesOf(text: string | Uint8Array): Uint8Array {
  return typeof text === 'string' ? new TextEncoder().encode(text) : text;
}

export function fields(
  ...values: readonly (readonly [size: number, value: number | bigint])[]
): Uint8Array {
  const out = Buffer.alloc(values.reduce((sum, [size]) => sum + size, 0));
  let at = 0;
  for (const [size, value] of values) {
    if (size === 8) out.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), at);
    else if (size === 4) out.writeUInt32LE(Number(value) >>> 0, at);
    else out.writeUInt16LE(Number(value) & 0xffff, at);
    at += size;
  }
  return out;
}

export function makeZip(entries: readonly MadeEntry[], end: MadeEnd = {}): Uint8Array {
  const parts: Uint8Array[] = [];
  const records: Uint8Array[] = [];
  let at = 0;
  const add = (...more: Uint8Array[]): void => {
    for (const part of more) {
      parts.push(part);
      at += part.length;
    }
  };
  for (const entry of entries) {
    const content = bytesOf(entry.content ?? '');
    const method = entry.method ?? 8;
    const data = entry.data ?? (method === 8 ? deflateRawSync(content) : content);
    const name = bytesOf(entry.name);
    const utf8 = typeof entry.name === 'string' && /[^\0-\x7f]/.test(entry.name) ? 0x800 : 0;
    const flags = entry.flags ?? utf8;
    const crc = entry.crc ?? crc32(content);
    const packed = entry.packed ?? data.length;
    const unpacked = entry.unpacked ?? content.length;
    const dos = entry.dosTime ?? DOS_TIME;
    const extra = entry.extra ?? new Uint8Array(0);
    const localExtra = entry.localExtra ?? new Uint8Array(0);
    const local = entry.local ?? {};
    const localName = bytesOf(local.name ?? name);
    records.push(
      fields([4, 0x02014b50], [2, 0x314], [2, 20], [2, flags], [2, method], [4, dos], [4, crc]),
      fields(
        [4, packed],
        [4, unpacked],
        [2, name.length],
        [2, extra.length],
        [2, 0],
        [2, 0],
        [2, 0],
      ),
      fields([4, (entry.mode ?? 0o100644) * 0x10000], [4, entry.offset ?? at]),
      name,
      extra,
    );
    add(
      fields([4, local.signature ?? 0x04034b50], [2, 20], [2, local.flags ?? flags]),
      fields([2, local.method ?? method], [4, dos], [4, local.crc ?? crc]),
      fields([4, local.packed ?? packed], [4, local.unpacked ?? unpacked]),
      fields([2, localName.length], [2, local.extraBytes ?? localExtra.length]),
      localName,
      localExtra,
      data,
    );
  }
  const start = at;
  for (const record of records) add(record);
  const bytes = at - start;
  const { zip64 } = end;
  if (zip64 !== undefined) {
    const wideAt = at;
    const count = zip64.count ?? BigInt(entries.length);
    add(
      fields([4, 0x06064b50], [8, zip64.size ?? 44n], [2, 45], [2, 45]),
      fields([4, zip64.disk ?? 0], [4, zip64.startDisk ?? 0]),
      fields(
        [8, zip64.countHere ?? count],
        [8, count],
        [8, zip64.bytes ?? bytes],
        [8, zip64.start ?? start],
      ),
      fields([4, 0x07064b50], [4, 0], [8, zip64.at ?? wideAt], [4, 1]),
    );
  }
  const count = end.count ?? (zip64 === undefined ? entries.length : 0xffff);
  const comment = end.comment ?? new Uint8Array(0);
  add(
    fields(
      [4, 0x06054b50],
      [2, end.disk ?? 0],
      [2, end.startDisk ?? 0],
      [2, end.countHere ?? count],
      [2, count],
    ),
    fields(
      [4, end.bytes ?? bytes],
      [4, end.start ?? start],
      [2, end.commentBytes ?? comment.length],
    ),
    comment,
    end.suffix ?? new Uint8Array(0),
  );
  return new Uint8Array(Buffer.concat([end.prefix ?? new Uint8Array(0), ...parts]));
}
