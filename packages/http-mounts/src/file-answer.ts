import { coreErrors } from '@lws-ts/core';
import { PAGE_POLICY } from '@lws-ts/http';
import type { CodedError, FopsFile, HttpAnswer, HttpExchange, HttpFields } from '@lws-ts/interface';
import { dropPromise } from '@lws-ts/interface';
import { answerCondition, answerContent, refuseRange, SMALL_FILE_BYTES } from './content-answer.ts';
import { type ContentCoding, identity } from './content-coding.ts';
import { directoryPage, mostEntries } from './directory-page.ts';
import { mountErrors } from './errors.ts';
import { type CachedFile, isTrusted, TRUSTED_MS } from './file-cache.ts';
import { closeFile, readError } from './file-calls.ts';
import { type FileRequest, fileKey } from './file-request.ts';
import { FileTransfer } from './file-transfer.ts';
import { LateCalls } from './late-calls.ts';
import { directoryLocation } from './location.ts';
import type { FileMount } from './mount.ts';
import { withMountHeaders } from './mount-headers.ts';
import type { MountServices } from './mount-services.ts';
import { pathBelow } from './mounted-path.ts';
import { isNavigation, navigationFields } from './navigation.ts';
import { type BodyPart, partialContent, wholeContent } from './partial-content.ts';
import { evaluate } from './preconditions.ts';
import { requestedRanges } from './range-request.ts';
import { refuse } from './refuse.ts';
import { Representation } from './representation.ts';
import { SharedTransfer } from './shared-transfer.ts';

/** How long a file must have been left alone before its times are taken for its name. */
const SETTLED_MS = 1000;
/** What file operations say of a directory, whoever implements them. */
const IS_DIRECTORY = 'LWS_ERR_VFS_IS_DIRECTORY';
const NOT_FOUND = 'LWS_ERR_VFS_NOT_FOUND';
/** What they say when the process has no descriptor left. */
const NO_DESCRIPTORS = 'LWS_ERR_VFS_NO_DESCRIPTORS';

/** Answers one request for a file that has to be opened; waits where the file operations have to wait. */
export class FileAnswer implements HttpAnswer {
  readonly kind = 'answer';
  readonly #exchange: HttpExchange;
  readonly #services: MountServices;
  #asked: FileRequest;
  /** The encoding that is looked for, among those asked for. */
  #at: number;
  #key: string;
  /** What the cache has for it, to be asked about again. */
  #cached: CachedFile | undefined;
  #transfer: FileTransfer | SharedTransfer | undefined;
  /** What answers in place of this: a protocol rewrites the file. */
  #other: HttpAnswer | undefined;
  readonly #late: LateCalls;
  #over: boolean;

  constructor(exchange: HttpExchange, asked: FileRequest, services: MountServices) {
    this.#exchange = exchange;
    this.#services = services;
    this.#asked = asked;
    this.#at = 0;
    this.#key = '';
    this.#cached = undefined;
    this.#transfer = undefined;
    this.#other = undefined;
    this.#late = new LateCalls(exchange);
    this.#over = false;
  }

  start(): void {
    this.#openFrom(0);
  }

  /** In place of {@link start}: whoever asked for the first of the encodings was told that. */
  startRefused(error: CodedError): void {
    this.#selectCoding(0);
    this.#openFailed(error);
  }

  writeable(): void {
    this.#late.check();
    if (this.#other !== undefined) this.#other.writeable(this.#exchange);
    else this.#transfer?.writeable();
  }

  done(error?: CodedError): void {
    this.#over = true;
    this.#late.done();
    this.#other?.done(error);
    this.#transfer?.done();
  }

  #coding(): ContentCoding {
    return this.#asked.codings[this.#at] ?? identity;
  }

  /** Opens the first of the encodings, from `at` on, that is not known to be missing. */
  #openFrom(at: number): void {
    const { cache, absent, clock, fops } = this.#services;
    const { mount, virtualPath } = this.#asked;
    const now = clock.now();
    this.#selectCoding(at);
    while (this.#coding().suffix !== '' && absent.has(this.#key, now, TRUSTED_MS))
      this.#selectCoding(this.#at + 1);
    this.#cached = cache.get(this.#key);
    if (this.#cached !== undefined && isTrusted(this.#cached, now)) {
      this.#answerCached(this.#cached);
      return;
    }
    const { suffix, passesGzip } = this.#coding();
    const flags = passesGzip ? { ...mount.openFlags, acceptGzip: true } : mount.openFlags;
    const isRoot = virtualPath === '';
    const path = isRoot ? mount.root + suffix : mount.root;
    const below = isRoot ? '' : virtualPath + suffix;
    this.#late.open(fops, path, below, flags, (result) => this.#openEnded(result));
  }

  #openEnded(result: FopsFile | CodedError): void {
    if ('fops' in result) this.#opened(result);
    else if (!this.#over) this.#openFailed(result);
  }

  /** The encoding that is looked for from now on; nothing is opened yet. */
  #selectCoding(at: number): void {
    this.#at = at;
    this.#key = fileKey(this.#asked.mount, this.#asked.virtualPath, this.#coding());
  }

  #opened(file: FopsFile): void {
    if (this.#over) {
      closeFile(file, this.#exchange.host);
      return;
    }
    const { mount, virtualPath, vary } = this.#asked;
    const { cache, clock } = this.#services;
    const cached = this.#cached;
    if (cached?.settled === true && cached.representation.describes(file)) {
      closeFile(file, this.#exchange.host);
      cached.checkedAt = clock.now();
      this.#answerCached(cached);
      return;
    }
    cache.delete(this.#key);
    const type = mount.mimetypes.typeOf(virtualPath === '' ? mount.root : virtualPath);
    if (type === undefined) {
      closeFile(file, this.#exchange.host);
      this.#refuse(mountErrors.LWS_ERR_MOUNT_SUFFIX);
      return;
    }
    // A file system of its own kind may have the file in more than one encoding.
    const varies =
      !file.virtual || vary.includes('accept-encoding')
        ? vary
        : ['accept-encoding', vary].filter((names) => names !== '').join(', ');
    this.#serve(
      file,
      new Representation(file, type, mount, this.#coding(), varies, clock.wallNow()),
    );
  }

  #serve(file: FopsFile, representation: Representation): void {
    const { request } = this.#exchange;
    const { mount } = this.#asked;
    const { clock } = this.#services;
    const status = evaluate(request, representation, clock);
    if (status === 200 && file.length <= SMALL_FILE_BYTES) {
      this.#readWhole(file, representation, Buffer.alloc(file.length), 0);
      return;
    }
    const ranges =
      status === 200 ? requestedRanges(request, representation, file.length, clock) : 'whole';
    if (status === 200 && ranges !== 'unsatisfiable' && request.method !== 'HEAD') {
      this.#send(file, representation, ranges);
      return;
    }
    closeFile(file, this.#exchange.host);
    if (status !== 200) answerCondition(this.#exchange, mount, representation, status);
    else if (ranges === 'unsatisfiable') refuseRange(this.#exchange, mount, representation);
    else {
      this.#exchange.head(200, representation.fields, representation.length);
      this.#exchange.end();
    }
  }

  #send(
    file: FopsFile,
    representation: Representation,
    ranges: Exclude<ReturnType<typeof requestedRanges>, 'unsatisfiable'>,
  ): void {
    if (ranges === 'whole') {
      this.#stream(file, representation, wholeContent(file.length));
      this.#exchange.head(200, representation.fields, representation.length);
    } else {
      const { fields, parts, length } = partialContent(representation, ranges);
      this.#stream(file, representation, parts);
      this.#exchange.head(206, fields, length);
    }
    this.#exchange.requestWriteable();
  }

  #stream(file: FopsFile, representation: Representation, parts: readonly BodyPart[]): void {
    const { large, clock } = this.#services;
    const [first] = parts;
    // what is not on a disk is in memory already, or is made by being read in order
    if (first !== undefined && parts.length === 1 && !file.virtual) {
      const settled = isSettled(representation, clock.wallNow());
      const content = large.enter(this.#key, representation, settled, clock.now());
      if (content !== undefined) {
        this.#transfer = new SharedTransfer(
          this.#exchange,
          file,
          first.range,
          content,
          large,
          this.#late,
        );
        return;
      }
    }
    this.#transfer = new FileTransfer(
      this.#exchange,
      file,
      parts,
      this.#services.pieces,
      this.#late,
    );
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
      let got: number | CodedError | undefined;
      try {
        got = file.fops.read(file, bytes.subarray(at), (later) => {
          this.#late.run(() => {
            if (this.#over || typeof later !== 'number' || !(later > 0))
              this.#stopReading(file, later);
            else this.#readWhole(file, representation, bytes, at + later);
          });
        });
      } catch (error) {
        closeFile(file, this.#exchange.host);
        throw error;
      }
      if (got === undefined) return;
      if (typeof got !== 'number' || !(got > 0)) {
        this.#stopReading(file, got);
        return;
      }
      at += got;
    }
    closeFile(file, this.#exchange.host);
    const { clock } = this.#services;
    this.#keep(representation, bytes);
    answerContent(this.#exchange, this.#asked.mount, representation, bytes, clock);
  }

  /** The peer has gone, the read failed, or the file ended too soon. */
  #stopReading(file: FopsFile, got: number | CodedError): void {
    closeFile(file, this.#exchange.host);
    const error = readError(got);
    if (!this.#over) this.#refuse(error);
  }

  #keep(representation: Representation, bytes: Uint8Array): void {
    const { cache, clock } = this.#services;
    // Without a time nothing could tell when to read it again.
    if (representation.modTime === undefined) return;
    const settled = isSettled(representation, clock.wallNow());
    cache.set(this.#key, { representation, bytes, settled, checkedAt: clock.now(), used: false });
  }

  #answerCached({ representation, bytes }: CachedFile): void {
    const { clock } = this.#services;
    answerContent(this.#exchange, this.#asked.mount, representation, bytes, clock);
  }

  /** There is no such file, or it cannot be had: something else may answer in its place. */
  #openFailed(error: CodedError): void {
    const { cache, absent, clock } = this.#services;
    if (this.#cached !== undefined && error.code === NO_DESCRIPTORS) {
      // what was right a moment ago is better than nothing, and it costs no descriptor
      this.#answerCached(this.#cached);
      return;
    }
    cache.delete(this.#key);
    if (this.#coding().suffix !== '') {
      if (error.code !== NO_DESCRIPTORS) absent.add(this.#key, clock.now());
      this.#openFrom(this.#at + 1);
    } else if (error.code === IS_DIRECTORY) this.#isDirectory(error);
    else if (error.code === NOT_FOUND) this.#notFound(error);
    else this.#refuse(error);
  }

  #isDirectory(error: CodedError): void {
    const { mount, virtualPath } = this.#asked;
    const { path, query } = this.#exchange.request;
    if (path.endsWith('/')) this.#notFound(error);
    else if (mount.exactMatch && virtualPath === '') this.#askFor(`/${mount.def}`);
    else
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
  }

  #notFound(error: CodedError): void {
    const { mount } = this.#asked;
    const { request } = this.#exchange;
    if (mount.listing && request.path.endsWith('/') && this.#list()) return;
    if (mount.fallback === undefined || !isNavigation(request)) this.#refuse(error);
    else this.#fallBack(mount.fallback);
  }

  /** A page of the program itself says what is there, or that nothing is: the URL is its own. */
  #fallBack(file: string): void {
    const { mount, vary } = this.#asked;
    // kept apart from the same file under its own name, whose answers depend on less; there is no further one
    const apart = { ...mount, id: `${mount.id}fallback:`, fallback: undefined };
    const varies = vary === '' ? navigationFields : `${vary}, ${navigationFields}`;
    this.#asked = { ...this.#asked, mount: apart, vary: varies };
    this.#askFor(`/${file}`);
  }

  /** False: there is no such directory, or its names cannot be told. */
  #list(): boolean {
    const { mount } = this.#asked;
    const { path } = this.#exchange.request;
    const below = pathBelow(mount, path).replace(/\/$/, '');
    const { fops } = this.#services;
    const entries = fops.list?.(mount.root, below, mount.openFlags, mostEntries);
    if (entries === undefined || 'code' in entries) return false;
    if (dropPromise(entries)) {
      this.#refuse(coreErrors.LWS_ERR_HANDLER_ASYNC);
      return true;
    }
    const shown = entries.filter(({ name }) => mount.dotFiles || !name.startsWith('.'));
    const page = directoryPage(path, shown, below !== '');
    this.#exchange.reply(200, withMountHeaders(pageFields(mount), mount.headers), page);
    return true;
  }

  #askFor(virtualPath: string): void {
    this.#asked = { ...this.#asked, virtualPath };
    this.#other = this.#asked.interpret?.(this.#asked.mount, virtualPath);
    if (this.#other === undefined) this.#openFrom(0);
  }

  #refuse(error: CodedError): void {
    refuse(this.#exchange, error, this.#asked.mount.headers);
  }
}

/** Whether the file was left alone for a while before it was opened. @param now ms since 1970 */
function isSettled({ modTime, changeTime }: Representation, now: number): boolean {
  if (modTime === undefined) return false;
  return (
    Math.abs(now - modTime) >= SETTLED_MS && Math.abs(now - (changeTime ?? modTime)) >= SETTLED_MS
  );
}

/** Of a page that lists a directory. */
function pageFields(mount: FileMount): HttpFields {
  return [
    ['content-type', 'text/html; charset=utf-8'],
    PAGE_POLICY,
    ['cache-control', mount.cacheControl],
    ['x-content-type-options', 'nosniff'],
  ];
}
