import { resolve } from 'node:path';
import { type FopsFlags, LwsError, type OptionRules, resolveOptions } from '@lws-ts/interface';
import { cacheControl } from './cache-control.ts';
import { mountErrors } from './errors.ts';
import { checkMimetypes, MimeTable } from './mimetypes.ts';

/** Puts something at an area of a vhost's URL space. lws: struct lws_http_mount */
export interface Mount {
  /** Where it is in URL space: `/`, or `/one/two` without a slash at its end. lws: mountpoint */
  readonly mountpoint: string;
  /**
   * What is there: `file://./www` below the working directory, `file:///srv/www` anywhere; a directory, or one
   * file. lws: origin, origin_protocol
   *
   * @throws `LWS_ERR_MOUNT_ORIGIN` for any other kind
   */
  readonly origin: string;
  /** The file that stands for its directory. lws: def @defaultValue 'index.html' */
  readonly def?: string;
  /**
   * Media types of suffixes that have none: `{ '.md': 'text/markdown' }`. `'*'` is for all that are left; an
   * empty type is application/octet-stream. A file whose suffix has no type is answered 404. lws: extra_mimetypes
   *
   * @throws `LWS_ERR_MOUNT_MIMETYPE`
   */
  readonly extraMimetypes?: Readonly<Record<string, string>>;
  /** Seconds a copy stays fresh; 0: no copy is kept. lws: cache_max_age @defaultValue 0 */
  readonly cacheMaxAge?: number;
  /** Copies may be kept and used again. lws: cache_reusable @defaultValue false */
  readonly cacheReusable?: boolean;
  /** A copy is used unasked while fresh; without this it is never used unasked. lws: cache_revalidate @defaultValue false */
  readonly cacheRevalidate?: boolean;
  /** Shared caches may keep copies too. lws: cache_intermediaries @defaultValue false */
  readonly cacheIntermediaries?: boolean;
  /** Symlinks may lead out of the origin; otherwise such a file is answered 403. @defaultValue false */
  readonly follow?: boolean;
  /** Names that begin with a dot are served; otherwise they are answered 404, but for `/.well-known/`. @defaultValue false */
  readonly dotFiles?: boolean;
}

/** A mount, read and checked. */
export interface FileMount {
  /** Tells the cached files of mounts apart; ends where no path can go on. */
  readonly id: string;
  readonly mountpoint: string;
  /** Absolute. */
  readonly root: string;
  readonly def: string;
  readonly mimetypes: MimeTable;
  readonly cacheControl: string;
  readonly dotFiles: boolean;
  readonly openFlags: FopsFlags;
}

const LONGEST_AGE = 0x7fff_ffff;
const ORIGIN_KIND = /^(?:>?[a-z][a-z0-9+.-]*:\/\/|)/i;

const RULES: OptionRules<Mount> = {
  // Normalised already: segments that are no dots, no doubled slash, nothing that ends a path.
  mountpoint: {
    kind: 'string',
    fallback: undefined,
    pattern: /^(?:\/|(?:\/(?!\.\.?(?:\/|$))[^/\\?#%\p{Cc}]+)+)$/u,
  },
  // Read by readOrigin, which knows what mount it is of.
  origin: { kind: 'custom', fallback: undefined, check: (value) => value },
  def: { kind: 'string', fallback: 'index.html', pattern: /^(?!\.\.?$)[^/\\\p{Cc}]+$/u },
  extraMimetypes: { kind: 'custom', fallback: new MimeTable({}), check: checkMimetypes },
  cacheMaxAge: { kind: 'integer', fallback: 0, min: 0, max: LONGEST_AGE },
  cacheReusable: { kind: 'boolean', fallback: false },
  cacheRevalidate: { kind: 'boolean', fallback: false },
  cacheIntermediaries: { kind: 'boolean', fallback: false },
  follow: { kind: 'boolean', fallback: false },
  dotFiles: { kind: 'boolean', fallback: false },
};

/**
 * Reads one mount.
 *
 * @param of names it in messages
 * @param id unique among the mounts of a context
 * @throws `LWS_ERR_OPTION`, `LWS_ERR_OPTION_UNKNOWN`, `LWS_ERR_MOUNT_ORIGIN`, `LWS_ERR_MOUNT_MIMETYPE`
 */
export function readMount(
  given: Readonly<Record<string, unknown>>,
  of: string,
  id: number,
): FileMount {
  // Absent is as wrong as unfit for these two.
  const required = {
    mountpoint: given['mountpoint'] ?? null,
    origin: given['origin'] ?? null,
  };
  const root = readOrigin(required.origin, of);
  const options = resolveOptions(RULES, { ...given, ...required }, of);
  return Object.freeze({
    id: `${id}:`,
    mountpoint: options['mountpoint'] as string,
    root,
    def: options['def'] as string,
    mimetypes: options['extraMimetypes'] as MimeTable,
    cacheControl: cacheControl({
      maxAge: options['cacheMaxAge'] as number,
      reusable: options['cacheReusable'] as boolean,
      revalidate: options['cacheRevalidate'] as boolean,
      intermediaries: options['cacheIntermediaries'] as boolean,
    }),
    dotFiles: options['dotFiles'] as boolean,
    openFlags: Object.freeze({
      write: false,
      acceptGzip: false,
      follow: options['follow'] as boolean,
    }),
  });
}

function readOrigin(value: unknown, of: string): string {
  if (typeof value === 'string') {
    const kind = ORIGIN_KIND.exec(value)?.[0] ?? '';
    const path = value.slice(kind.length);
    if (kind === 'file://' && path !== '' && !path.includes('\0')) return resolve(filePath(path));
  }
  throw new LwsError(
    mountErrors.LWS_ERR_MOUNT_ORIGIN,
    `origin of ${of} is ${JSON.stringify(value)}; there is only file:// now`,
  );
}

/** `/C:/www` is `C:/www` where drives have letters. */
function filePath(path: string): string {
  return process.platform === 'win32' && /^\/[A-Za-z]:/.test(path) ? path.slice(1) : path;
}
