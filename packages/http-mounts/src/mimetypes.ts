import { isRecord, LwsError, late } from '@lws-ts/interface';
import { mimes } from 'mrmime';
import { mountErrors } from './errors.ts';

/** A map, since an object would find `constructor`. Over the general table: what it lacks, or knows otherwise than lws. */
const types = late(
  (): ReadonlyMap<string, string> =>
    new Map([...Object.entries(mimes), ['ico', 'image/x-icon'], ['xml', 'application/xml']]),
);
const ANYTHING = 'application/octet-stream';
const SUFFIX = /^\.[^/\\\s]+$/;
const MEDIA_TYPE =
  /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:[ \t]*;[ \t]*[\w!#$&^.+-]+=(?:[\w!#$&^.+-]+|"[\x20\x21\x23-\x5b\x5d-\x7e]*"))*$/;

/** Media types by file suffix. A file whose suffix has none is not served, as in lws. */
export class MimeTable {
  /** Longest suffix first. */
  readonly #extra: readonly (readonly [suffix: string, type: string])[];
  readonly #other: string | undefined;

  /** @param extra suffix with its dot, or `*` for all others, to a type; empty: octet-stream */
  constructor(extra: Readonly<Record<string, string>>) {
    const rows = Object.entries(extra).map(
      ([suffix, type]) => [suffix.toLowerCase(), withCharset(type || ANYTHING)] as const,
    );
    this.#extra = rows
      .filter(([suffix]) => suffix !== '*')
      .sort(([one], [other]) => other.length - one.length);
    this.#other = rows.find(([suffix]) => suffix === '*')?.[1];
  }

  /** The content-type of a file of that name or path, or undefined. Suffixes are the same in either case. */
  typeOf(path: string): string | undefined {
    const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
    for (const [suffix, type] of this.#extra) if (name.endsWith(suffix)) return type;
    const dot = name.lastIndexOf('.');
    const type = dot > 0 ? types().get(name.slice(dot + 1)) : undefined;
    return type === undefined ? this.#other : withCharset(type);
  }
}

/** Reads the `extraMimetypes` of a mount. */
export function checkMimetypes(value: unknown, name: string): MimeTable {
  if (!isRecord(value))
    throw new LwsError(mountErrors.LWS_ERR_MOUNT_MIMETYPE, `${name} is not a record`);
  const rows: Record<string, string> = Object.create(null);
  for (const [suffix, type] of Object.entries(value)) {
    const given = `${JSON.stringify(suffix)}: ${JSON.stringify(type)}`;
    if (suffix !== '*' && !SUFFIX.test(suffix))
      throw new LwsError(mountErrors.LWS_ERR_MOUNT_MIMETYPE, `${given} names no suffix`);
    if (typeof type !== 'string' || (type !== '' && !MEDIA_TYPE.test(type)))
      throw new LwsError(mountErrors.LWS_ERR_MOUNT_MIMETYPE, `${given} gives no media type`);
    rows[suffix] = type;
  }
  return new MimeTable(rows);
}

function withCharset(type: string): string {
  return type.startsWith('text/') && !type.includes(';') ? `${type}; charset=utf-8` : type;
}
