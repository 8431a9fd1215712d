/**
 * A form that comes in with a POST: its fields by name, its files to functions of the program, within limits.
 * Everything is told before `process` or `finalize` returns; nothing is waited for.
 */
import {
  type CodedError,
  type Done,
  interfaceErrors,
  isRecord,
  LwsError,
  resolvedBy,
  resolveOptions,
} from '@lws-ts/interface';
import { BoundedBytes } from './bounded-bytes.ts';
import { decodeUtf8 } from './decode-utf8.ts';
import { formErrors } from './form-errors.ts';
import { type FormLimits, formLimitRules } from './form-limits.ts';
import type { FormPart, FormPartSink } from './form-part.ts';
import { readFormType } from './form-type.ts';
import { keptFileError } from './kept-file-error.ts';
import * as lateReaders from './late-readers.ts';
import type { MultipartReader } from './multipart-reader.ts';
import type { UrlencodedReader } from './urlencoded-reader.ts';

/** A file of a form. The same object for all calls about one file. */
export interface FormFile {
  /** Of the file input. */
  readonly name: string;
  /** As the peer has it, without directories and control characters. Empty, with no content, when no file was chosen. */
  readonly filename: string;
  /** Media type that the peer says it has, unchecked; `text/plain` when it says nothing. */
  readonly type: string;
  /** Content given so far, in bytes. */
  readonly bytes: number;
}

/**
 * Who takes the files of a form. Each `start` has exactly one `end` or `cut`. -1 from any but `cut` refuses the form
 * with `LWS_ERR_FORM_REFUSED`; so does the error of a system call that one of them throws, with `LWS_ERR_FORM_NO_SPACE`,
 * `LWS_ERR_FORM_NO_DESCRIPTORS` or `LWS_ERR_FORM_IO`. What else they throw `process` throws. lws: lws_spa_fileupload_cb
 */
export interface FormFiles {
  /** lws: LWS_UFS_OPEN */
  start?(file: FormFile): Done;
  /** @param content valid during the call. lws: LWS_UFS_CONTENT */
  content?(file: FormFile, content: Uint8Array): Done;
  /** The file is complete; the form is not yet. lws: LWS_UFS_FINAL_CONTENT */
  end?(file: FormFile): Done;
  /** The form failed, or was destroyed, before the end of the file. lws: LWS_UFS_CLOSE */
  cut?(file: FormFile): void;
}

/** What is wanted of a form, and how much of it. */
export interface FormReaderOptions extends FormLimits {
  /**
   * Names of the fields and file inputs that are wanted; others are passed over. lws: param_names
   *
   * @defaultValue all
   * @throws `LWS_ERR_OPTION` for what is no list of strings
   */
  readonly names?: readonly string[];
  /** @defaultValue files are passed over */
  readonly files?: FormFiles;
  /** Whose form it is: what is kept of it counts for `maxInputBytesTotal` of the context. @defaultValue it is not counted */
  readonly wsi?: FormOwner;
}

/** The wsi of a request. */
export interface FormOwner {
  holdsMore(bytes: number): void;
}

type ResolvedLimits = { readonly [K in keyof FormLimits]-?: number };

class OpenFile implements FormFile {
  readonly name: string;
  readonly filename: string;
  readonly type: string;
  bytes: number;

  constructor(part: FormPart, filename: string) {
    this.name = part.name;
    this.filename = filename;
    this.type = part.type;
    this.bytes = 0;
  }
}

const FORM_OPEN = 0;
const FORM_COMPLETE = 1;
const FORM_OVER = 2;

/**
 * Reads one form, `application/x-www-form-urlencoded` or `multipart/form-data`. What a peer sends never makes it
 * throw: {@link error} says what is wrong with the form. lws: lws_spa
 */
export class FormReader {
  readonly #limits: ResolvedLimits;
  readonly #names: ReadonlySet<string> | undefined;
  readonly #files: FormFiles | undefined;
  readonly #owner: FormOwner | undefined;
  readonly #reader: UrlencodedReader | MultipartReader | undefined;
  readonly #values: Map<string, string[]>;
  /** Value of the field in hand. */
  readonly #value: BoundedBytes;
  #phase: number;
  #error: CodedError | undefined;
  /** Name of the field in hand that is wanted. */
  #field: string | undefined;
  /** The file in hand that is wanted. */
  #file: OpenFile | undefined;
  #bytes: number;
  #storage: number;
  #fieldCount: number;
  #fileCount: number;

  /**
   * lws: lws_spa_create
   *
   * @param contentType that of the request: `wsi.header('content-type')`
   * @throws `LWS_ERR_OPTION`, `LWS_ERR_OPTION_UNKNOWN`
   */
  constructor(contentType: string | undefined, options: FormReaderOptions = {}) {
    const { names, files, wsi, ...limits } = options;
    const read = resolveOptions(formLimitRules, { ...limits }, 'a FormReader');
    this.#limits = resolvedBy<ResolvedLimits>(formLimitRules, read);
    this.#names = readNames(names);
    checkFunctions('files', files, ['start', 'content', 'end', 'cut']);
    checkFunctions('wsi', wsi, ['holdsMore']);
    this.#files = files;
    this.#owner = wsi;
    this.#values = new Map();
    this.#value = new BoundedBytes(this.#limits.maxFieldBytes);
    this.#phase = FORM_OPEN;
    this.#field = undefined;
    this.#file = undefined;
    this.#bytes = 0;
    this.#storage = 0;
    this.#fieldCount = 0;
    this.#fileCount = 0;
    const type = readFormType(contentType);
    this.#error = 'code' in type ? type : undefined;
    this.#reader = 'code' in type ? undefined : this.#readerOf(type.boundary);
  }

  /** Why the form is refused; undefined while nothing is wrong with it. Its `status` is the one to answer. */
  get error(): CodedError | undefined {
    return this.#error;
  }

  /** Reads on: what `http.body` was given. False: the form is refused. lws: lws_spa_process */
  process(chunk: Uint8Array): boolean {
    if (this.#phase !== FORM_OPEN || this.#reader === undefined) return false;
    const left = this.#limits.maxFormBytes - this.#bytes;
    const fits = chunk.length <= left;
    this.#bytes += chunk.length;
    try {
      const error =
        this.#reader.push(fits ? chunk : chunk.subarray(0, left)) ??
        (fits ? undefined : formErrors.LWS_ERR_FORM_BYTES);
      return error === undefined || this.#fail(error);
    } catch (thrown) {
      return this.#failed(thrown);
    }
  }

  /** The body is complete: in `http.bodyCompletion`. False: the form is refused. lws: lws_spa_finalize */
  finalize(): boolean {
    if (this.#phase !== FORM_OPEN || this.#reader === undefined)
      return this.#phase === FORM_COMPLETE;
    const error = this.#reader.end();
    if (error !== undefined) return this.#fail(error);
    this.#phase = FORM_COMPLETE;
    return true;
  }

  /** Ends it whatever has come so far, in `http.dropProtocol`: a file in hand is cut. lws: lws_spa_destroy */
  destroy(): void {
    this.#phase = FORM_OVER;
    this.#values.clear();
    this.#owner?.holdsMore(-this.#storage);
    this.#storage = 0;
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) this.#files?.cut?.(file);
  }

  /** First value of a field; undefined when it was not sent or not wanted. lws: lws_spa_get_string, lws_spa_get_length */
  get(name: string): string | undefined {
    return this.#values.get(name)?.[0];
  }

  /** Each value of a field, in the order they came. */
  getAll(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** Every value that was kept, name by name. */
  each(visit: (name: string, value: string) => void): void {
    for (const [name, values] of this.#values) for (const value of values) visit(name, value);
  }

  #readerOf(boundary: string | undefined): UrlencodedReader | MultipartReader {
    const sink: FormPartSink = {
      partStart: (part) => this.#partStart(part),
      partContent: (bytes, start, end) => this.#partContent(bytes, start, end),
      partEnd: () => this.#partEnd(),
    };
    const { maxFieldNameBytes, maxPartHeaderBytes } = this.#limits;
    return boundary === undefined
      ? new lateReaders.UrlencodedReader(sink, maxFieldNameBytes)
      : new lateReaders.MultipartReader(sink, boundary, maxPartHeaderBytes);
  }

  #fail(error: CodedError): false {
    this.#error ??= error;
    this.destroy();
    return false;
  }

  /** A function of the program threw. */
  #failed(thrown: unknown): false {
    const error = keptFileError(thrown);
    if (error !== undefined) return this.#fail(error);
    this.destroy();
    throw thrown;
  }

  #partStart(part: FormPart): CodedError | undefined {
    const { maxFieldNameBytes, maxFields, maxFiles } = this.#limits;
    const nameBytes = Buffer.byteLength(part.name);
    if (nameBytes > maxFieldNameBytes) return formErrors.LWS_ERR_FORM_NAME_BYTES;
    const wanted = this.#names === undefined || this.#names.has(part.name);
    if (part.filename === undefined) {
      if (++this.#fieldCount > maxFields) return formErrors.LWS_ERR_FORM_FIELDS;
      if (!wanted) return undefined;
      this.#field = part.name;
      return this.#store(nameBytes);
    }
    if (++this.#fileCount > maxFiles) return formErrors.LWS_ERR_FORM_FILES;
    if (!wanted || this.#files === undefined) return undefined;
    this.#file = new OpenFile(part, part.filename);
    return this.#answered(this.#files.start?.(this.#file));
  }

  #partContent(bytes: Uint8Array, start: number, end: number): CodedError | undefined {
    if (this.#file !== undefined) return this.#fileContent(this.#file, bytes, start, end);
    if (this.#field === undefined) return undefined;
    const { maxFieldBytes, maxStorage } = this.#limits;
    const length = end - start;
    const left = maxFieldBytes - this.#value.length;
    // whichever its bytes come to first, however they were cut into chunks
    if (length > left && left <= maxStorage - this.#storage)
      return formErrors.LWS_ERR_FORM_FIELD_BYTES;
    return this.#store(length) ?? this.#keep(bytes, start, end);
  }

  #keep(bytes: Uint8Array, start: number, end: number): undefined {
    this.#value.add(bytes, start, end);
  }

  #fileContent(
    file: OpenFile,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): CodedError | undefined {
    const length = Math.min(end - start, this.#limits.maxFileBytes - file.bytes);
    file.bytes += length;
    const error =
      length === 0
        ? undefined
        : this.#answered(
            this.#files?.content?.(
              file,
              new Uint8Array(bytes.buffer, bytes.byteOffset + start, length),
            ),
          );
    return error ?? (length < end - start ? formErrors.LWS_ERR_FORM_FILE_BYTES : undefined);
  }

  #partEnd(): CodedError | undefined {
    const file = this.#file;
    if (file !== undefined) {
      this.#file = undefined;
      return this.#answered(this.#files?.end?.(file));
    }
    const name = this.#field;
    if (name === undefined) return undefined;
    this.#field = undefined;
    const value = decodeUtf8(this.#value.view());
    this.#value.clear();
    if (value === undefined) return formErrors.LWS_ERR_FORM_UTF8;
    const values = this.#values.get(name);
    if (values === undefined) this.#values.set(name, [value]);
    else values.push(value);
    return undefined;
  }

  /** Counts what is kept. */
  #store(bytes: number): CodedError | undefined {
    this.#storage += bytes;
    this.#owner?.holdsMore(bytes);
    return this.#storage > this.#limits.maxStorage ? formErrors.LWS_ERR_FORM_STORAGE : undefined;
  }

  /** What a function of the program says, which may have destroyed the form too. */
  #answered(done: Done): CodedError | undefined {
    return done === -1 || this.#phase === FORM_OVER ? formErrors.LWS_ERR_FORM_REFUSED : undefined;
  }
}

/** Those of `names` that it has are functions. */
function checkFunctions(option: string, given: object | undefined, names: readonly string[]): void {
  if (given === undefined) return;
  const members = isRecord(given) ? names.map((name) => given[name]) : [null];
  if (members.some((one) => one !== undefined && typeof one !== 'function'))
    throw new LwsError(
      interfaceErrors.LWS_ERR_OPTION,
      `${option} of a FormReader is no object of functions: ${names.join(', ')}`,
    );
}

function readNames(names: unknown): ReadonlySet<string> | undefined {
  if (names === undefined) return undefined;
  if (Array.isArray(names) && names.every((name) => typeof name === 'string'))
    return new Set(names as readonly string[]);
  throw new LwsError(interfaceErrors.LWS_ERR_OPTION, 'names of a FormReader is no list of strings');
}
