import type { CodedError, FopsFile, HttpAnswer, HttpExchange } from '@lws-ts/interface';
import { mountErrors } from './errors.ts';
import type { CachedFile } from './file-cache.ts';
import { FileTransfer } from './file-transfer.ts';
import { directoryLocation } from './location.ts';
import type { FileMount } from './mount.ts';
import { withMountHeaders } from './mount-headers.ts';
import type { MountServices } from './mount-services.ts';
import { evaluate } from './preconditions.ts';
import { refuse } from './refuse.ts';
import { Representation } from './representation.ts';
import { statusPage } from './status-page.ts';

/** Files up to this size are read whole and answered in one write. */
export const SMALL_FILE_BYTES = 64 * 1024;
/** How long a file must have been left alone before its time of modification is taken for its name. */
const SETTLED_MS = 1000;
/** What file operations say of a directory, whoever implements them. */
const IS_DIRECTORY = 'LWS_ERR_VFS_IS_DIRECTORY';
/** What they say when the process has no descriptor left. */
const NO_DESCRIPTORS = 'LWS_ERR_VFS_NO_DESCRIPTORS';

/** What a file was asked for by. */
export interface FileRequest {
  readonly mount: FileMount;
  /** Below the mount's root; empty for the root itself. */
  readonly virtualPath: string;
  readonly cacheKey: string;
  /** What the cache has for it, to be asked about again. */
  readonly cached: CachedFile | undefined;
}

/** Answers one request for a file that has to be opened; waits where the file operations have to wait. */
export class FileAnswer implements HttpAnswer {
  readonly kind = 'answer';
  readonly #exchange: HttpExchange;
  readonly #asked: FileRequest;
  readonly #services: MountServices;
  #transfer: FileTransfer | undefined;
  #over: boolean;

  constructor(exchange: HttpExchange, asked: FileRequest, services: MountServices) {
    this.#exchange = exchange;
    this.#asked = asked;
    this.#services = services;
    this.#transfer = undefined;
    this.#over = false;
  }

  start(): void {
    const { mount, virtualPath } = this.#asked;
    this.#services.fops.open(mount.root, virtualPath, mount.openFlags, (opened) => {
      if ('fops' in opened) this.#opened(opened);
      else if (!this.#over) this.#refused(opened);
    });
  }

  writeable(): void {
    this.#transfer?.writeable();
  }

  done(): void {
    this.#over = true;
    this.#transfer?.done();
  }

  #opened(file: FopsFile): void {
    if (this.#over) {
      file.fops.close(file);
      return;
    }
    const { mount, virtualPath, cached } = this.#asked;
    const { cache, clock } = this.#services;
    if (cached?.settled === true && cached.representation.describes(file)) {
      file.fops.close(file);
      cached.checkedAt = clock.now();
      answerWhole(this.#exchange, mount, cached.representation, cached.bytes, clock.wallNow());
      return;
    }
    cache.delete(this.#asked.cacheKey);
    const type = mount.mimetypes.typeOf(virtualPath === '' ? mount.root : virtualPath);
    if (type === undefined) {
      file.fops.close(file);
      this.#refuse(mountErrors.LWS_ERR_MOUNT_SUFFIX);
      return;
    }
    this.#serve(file, new Representation(file, type, mount, clock.wallNow()));
  }

  #serve(file: FopsFile, representation: Representation): void {
    const { request } = this.#exchange;
    const status = evaluate(request, representation, this.#services.clock.wallNow());
    if (status !== 200) {
      file.fops.close(file);
      answerCondition(this.#exchange, this.#asked.mount, representation, status);
    } else if (file.length <= SMALL_FILE_BYTES) {
      this.#readWhole(file, representation, new Uint8Array(file.length), 0);
    } else if (request.method === 'HEAD') {
      file.fops.close(file);
      this.#exchange.head(200, representation.fields, representation.length);
      this.#exchange.end();
    } else {
      this.#transfer = new FileTransfer(this.#exchange, file, this.#services.pieces);
      this.#exchange.head(200, representation.fields, representation.length);
      this.#exchange.requestWriteable();
    }
  }

  /** Reads on from `filled` until `bytes` is full. */
  #readWhole(
    file: FopsFile,
    representation: Representation,
    bytes: Uint8Array,
    filled: number,
  ): void {
    let at = filled;
    while (at < bytes.length) {
      const got = file.fops.read(file, bytes.subarray(at), (later) => {
        if (this.#over || typeof later !== 'number' || later === 0) this.#stopReading(file, later);
        else this.#readWhole(file, representation, bytes, at + later);
      });
      if (got === undefined) return;
      if (typeof got !== 'number' || got === 0) {
        this.#stopReading(file, got);
        return;
      }
      at += got;
    }
    file.fops.close(file);
    this.#keep(representation, bytes);
    this.#exchange.reply(200, representation.fields, bytes);
  }

  /** The peer has gone, the read failed, or the file ended too soon. */
  #stopReading(file: FopsFile, got: number | CodedError): void {
    file.fops.close(file);
    if (!this.#over)
      this.#refuse(typeof got === 'number' ? mountErrors.LWS_ERR_MOUNT_TRUNCATED : got);
  }

  #keep(representation: Representation, bytes: Uint8Array): void {
    const { cache, clock } = this.#services;
    // Without a time nothing could tell when to read it again.
    if (representation.modTime === undefined) return;
    const settled = Math.abs(clock.wallNow() - representation.modTime) >= SETTLED_MS;
    cache.set(this.#asked.cacheKey, { representation, bytes, settled, checkedAt: clock.now() });
  }

  #refused(error: CodedError): void {
    const { mount, cacheKey, cached } = this.#asked;
    const { path, query } = this.#exchange.request;
    if (cached !== undefined && error.code === NO_DESCRIPTORS) {
      // what was right a moment ago is better than nothing, and it costs no descriptor
      const { representation, bytes } = cached;
      answerWhole(this.#exchange, mount, representation, bytes, this.#services.clock.wallNow());
      return;
    }
    this.#services.cache.delete(cacheKey);
    if (error.code === IS_DIRECTORY && !path.endsWith('/'))
      this.#exchange.reply(
        301,
        withMountHeaders(
          [
            ['location', directoryLocation(path, query)],
            ['cache-control', mount.cacheControl],
            ['x-content-type-options', 'nosniff'],
          ],
          mount.headers,
        ),
      );
    else this.#refuse(error);
  }

  #refuse(error: CodedError): void {
    refuse(this.#exchange, error, this.#asked.mount.headers);
  }
}

/** Answers with the whole of a small file, or as its conditions want. @param now ms since 1970 */
export function answerWhole(
  exchange: HttpExchange,
  mount: FileMount,
  representation: Representation,
  bytes: Uint8Array,
  now: number,
): void {
  const status = evaluate(exchange.request, representation, now);
  if (status === 200) exchange.reply(200, representation.fields, bytes);
  else answerCondition(exchange, mount, representation, status);
}

function answerCondition(
  exchange: HttpExchange,
  mount: FileMount,
  representation: Representation,
  status: 304 | 412,
): void {
  if (status === 304) exchange.reply(304, representation.notModifiedFields);
  else {
    const page = statusPage(412);
    exchange.reply(412, withMountHeaders(page.fields, mount.headers), page.body);
  }
}
