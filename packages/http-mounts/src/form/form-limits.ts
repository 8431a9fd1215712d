import type { OptionRules } from '@lws-ts/interface';

/** What a form may have; over a limit it is refused, with a code for each. */
export interface FormLimits {
  /**
   * Most fields, those that nobody asked for too; one more is answered 413.
   *
   * @defaultValue 1000
   * @throws `LWS_ERR_OPTION` unless an integer from 0 to 1,000,000
   */
  readonly maxFields?: number;
  /**
   * Longest name of a field or a file input, in bytes; a longer one is answered 413.
   *
   * @defaultValue 100
   * @throws `LWS_ERR_OPTION` unless an integer from 1 to 64 KiB
   */
  readonly maxFieldNameBytes?: number;
  /**
   * Longest value of a field that is kept, in bytes after decoding; a longer one is answered 413.
   *
   * @defaultValue 65536
   * @throws `LWS_ERR_OPTION` unless an integer from 0 to 1 GiB
   */
  readonly maxFieldBytes?: number;
  /**
   * Names and values that are kept, together, in bytes; more is answered 413. lws: max_storage
   *
   * @defaultValue 262144
   * @throws `LWS_ERR_OPTION` unless an integer from 0 to 1 GiB
   */
  readonly maxStorage?: number;
  /**
   * Most files, those that nobody asked for too; one more is answered 413.
   *
   * @defaultValue 16
   * @throws `LWS_ERR_OPTION` unless an integer from 0 to 1,000,000
   */
  readonly maxFiles?: number;
  /**
   * Largest file that is taken, in bytes; a larger one is cut there and answered 413.
   *
   * @defaultValue 1048576
   * @throws `LWS_ERR_OPTION` unless an integer from 0 to 2^53 - 1
   */
  readonly maxFileBytes?: number;
  /**
   * Longest header of a part, in bytes with its line ends; a longer one is answered 413.
   *
   * @defaultValue 4096
   * @throws `LWS_ERR_OPTION` unless an integer from 64 to 64 KiB
   */
  readonly maxPartHeaderBytes?: number;
  /**
   * Largest form, in bytes of its body; a larger one is answered 413. The body limit of the vhost stands before it.
   *
   * @defaultValue 16777216
   * @throws `LWS_ERR_OPTION` unless an integer from 0 to 2^53 - 1
   */
  readonly maxFormBytes?: number;
}

const mostParts = 1_000_000;
const longestText = 65_536;
const gibibyte = 2 ** 30;

/** How each limit is read. */
export const formLimitRules: OptionRules<FormLimits> = {
  maxFields: { kind: 'integer', fallback: 1000, min: 0, max: mostParts },
  maxFieldNameBytes: { kind: 'integer', fallback: 100, min: 1, max: longestText },
  maxFieldBytes: { kind: 'integer', fallback: 65_536, min: 0, max: gibibyte },
  maxStorage: { kind: 'integer', fallback: 262_144, min: 0, max: gibibyte },
  maxFiles: { kind: 'integer', fallback: 16, min: 0, max: mostParts },
  maxFileBytes: { kind: 'integer', fallback: 1_048_576, min: 0, max: Number.MAX_SAFE_INTEGER },
  maxPartHeaderBytes: { kind: 'integer', fallback: 4096, min: 64, max: longestText },
  maxFormBytes: { kind: 'integer', fallback: 16_777_216, min: 0, max: Number.MAX_SAFE_INTEGER },
};
