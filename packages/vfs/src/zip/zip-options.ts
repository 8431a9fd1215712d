import { interfaceErrors, LwsError, type OptionRules } from '@lws-ts/interface';

/** What {@link ZipFops} takes, and how much. */
export interface ZipOptions {
  /**
   * How the name of an archive ends, each with a slash behind it, in any case of letters.
   *
   * @defaultValue ['.zip/', '.jar/', '.war/']
   */
  readonly signatures?: readonly string[];
  /** Entries, and directories, of one archive; more is no archive. @defaultValue 65535 */
  readonly maxEntries?: number;
  /** Bytes of the directory of one archive. @defaultValue 12582912 */
  readonly maxDirectoryBytes?: number;
  /** Memory for the indexes of archives, in bytes; the least recently used go first. @defaultValue 33554432 */
  readonly maxIndexBytes?: number;
  /** Largest deflated archive in an archive; it is unpacked into memory. @defaultValue 8388608 */
  readonly maxNestedBytes?: number;
  /**
   * Entries up to so many bytes are checked as a whole before they are opened for the first time. Longer ones are
   * checked as they are read from begin to end, not in parts of them, and as gzip by the receiver alone.
   *
   * @defaultValue 16777216
   */
  readonly verifyBytes?: number;
  /**
   * Told of each entry that is refused: when an archive is read, and when an entry is found wrong at its first
   * opening. An entry whose name cannot be asked for is called by its number. What it throws, or its promise is
   * rejected with, is a line of the log of each context that uses the archive, one a second at most.
   *
   * @defaultValue nobody is told
   */
  readonly refused?: (archive: string, entry: string, why: string) => void;
}

const MIB = 1024 * 1024;
const SIGNATURE = /^\.[^/\\\p{Cc}]+\/$/u;

export const zipRules: OptionRules<ZipOptions> = {
  signatures: {
    kind: 'custom',
    fallback: ['.zip/', '.jar/', '.war/'],
    check(value, name) {
      const fits =
        Array.isArray(value) &&
        value.every((sig: unknown) => typeof sig === 'string' && SIGNATURE.test(sig));
      if (fits) return (value as string[]).map((sig) => sig.toLowerCase());
      throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `${name} is no list like ['.zip/']`);
    },
  },
  maxEntries: { kind: 'integer', fallback: 65_535, min: 1, max: 16 * MIB },
  maxDirectoryBytes: { kind: 'integer', fallback: 12 * MIB, min: 46, max: 1024 * MIB },
  maxIndexBytes: { kind: 'integer', fallback: 32 * MIB, min: 0, max: 1024 * MIB },
  maxNestedBytes: { kind: 'integer', fallback: 8 * MIB, min: 0, max: 1024 * MIB },
  verifyBytes: { kind: 'integer', fallback: 16 * MIB, min: 0, max: 2 ** 40 },
  refused: {
    kind: 'custom',
    fallback: () => undefined,
    check(value, name) {
      if (typeof value === 'function') return value;
      throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `${name} is no function`);
    },
  },
};
