import { accessSync, closeSync, constants, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type FormFile, type FormFiles, FormReader } from '@lws-ts/http-mounts';
import {
  escapeHtml,
  type HttpWsi,
  interfaceErrors,
  LwsError,
  type Protocol,
  protocol,
} from '@lws-ts/interface';
import { crypto } from './node-crypto.ts';

const names = ['text', 'send', 'file', 'upload'];
const mostFiles = 4;
/** Of a value, and of what is said of a file: the page fits in one reply whatever is in them. lws: max_storage */
const longestText = 1024;
/** What a form has beside its files, in bytes. */
const aroundFiles = 65_536;

interface Settings {
  readonly uploadDir: string | undefined;
  readonly maxFileBytes: number;
  readonly stylesheet: string | undefined;
}

/** A file of the form, and where it is kept. */
interface Received {
  readonly file: FormFile;
  readonly path: string | undefined;
}

/** One form while it comes in. Its files are counted, and written where there is a directory for them. */
class Post implements FormFiles {
  readonly form: FormReader;
  readonly received: Received[] = [];
  readonly #uploadDir: string | undefined;
  #descriptor: number | undefined;

  /** @param wsi undefined: of nobody's request */
  constructor(wsi: Wsi | undefined, { uploadDir, maxFileBytes }: Settings) {
    this.#uploadDir = uploadDir;
    this.form = new FormReader(wsi?.header('content-type'), {
      ...(wsi === undefined ? undefined : { wsi }),
      names,
      files: this,
      maxFieldBytes: longestText,
      maxStorage: 2 * names.length * longestText,
      maxPartHeaderBytes: longestText,
      maxFiles: mostFiles,
      maxFileBytes,
      maxFormBytes: mostFiles * maxFileBytes + aroundFiles,
    });
  }

  start(file: FormFile): void {
    if (this.#uploadDir === undefined || file.filename === '') {
      this.received.push({ file, path: undefined });
      return;
    }
    // the name is ours and new: what the peer calls the file leads nowhere
    const path = join(this.#uploadDir, `post-${crypto().randomUUID()}`);
    this.#descriptor = openSync(path, 'wx', 0o600);
    this.received.push({ file, path });
  }

  content(_file: FormFile, bytes: Uint8Array): void {
    if (this.#descriptor === undefined) return;
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#descriptor, bytes, at);
  }

  end(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor !== undefined) closeSync(descriptor);
  }

  cut(): void {
    this.end();
  }

  /** Nothing is left of a form that did not come in whole. */
  discard(): void {
    this.form.destroy();
    for (const { path } of this.received.splice(0))
      if (path !== undefined) rmSync(path, { force: true });
  }
}

interface Session {
  post: Post | undefined;
}

type Wsi = HttpWsi<Session, Settings>;

function refuse(wsi: Wsi, { form }: Post): void {
  discard(wsi);
  if (form.error !== undefined) wsi.refuse(form.error);
}

function discard({ session }: Pick<Wsi, 'session'>): void {
  session.post?.discard();
  session.post = undefined;
}

function page({ form, received }: Post, stylesheet: string | undefined): string {
  const link =
    stylesheet === undefined ? '' : `<link rel="stylesheet" href="${escapeHtml(stylesheet)}">`;
  const asFile = new Set(received.flatMap(({ file }) => (file.filename === '' ? [] : file.name)));
  const values = names.map((name) => {
    const value = form.get(name);
    const absent = asFile.has(name) ? 'a file, see below' : 'not sent';
    const [length, shown] =
      value === undefined ? ['–', `<em>${absent}</em>`] : [value.length, escapeHtml(value)];
    return `<tr><th scope="row">${name}</th><td>${shown}</td><td>${length}</td></tr>`;
  });
  const files = received.map(({ file, path }) => {
    const named = file.filename === '' ? '<em>no file chosen</em>' : escapeHtml(file.filename);
    const kept = path === undefined ? '' : `<br><small>kept as ${escapeHtml(path)}</small>`;
    return `<tr><th scope="row">${escapeHtml(file.name)}</th><td>${named}<br><small>${escapeHtml(file.type)}</small>${kept}</td><td>${file.bytes}</td></tr>`;
  });
  const table = (title: string, what: string, size: string, rows: readonly string[]): string =>
    `<section class="card"><h2>${title}</h2><table><thead><tr><th scope="col">Name</th><th scope="col">${what}</th>` +
    `<th scope="col">${size}</th></tr></thead><tbody>${rows.join('')}</tbody></table></section>`;
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8">` +
    `<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">` +
    `<title>Form results</title>${link}</head><body><header class="top"><h1>Form results</h1><p><a href="./">Back</a></p></header>` +
    `<main class="results">${table('Parameters', 'Value', 'Length', values)}` +
    `${files.length === 0 ? '' : table('Files', 'File', 'Bytes', files)}</main></body></html>\n`
  );
}

/** @throws `LWS_ERR_PVO` unless it is a directory that files can be put into */
function assertDirectory(path: string): void {
  try {
    // the slash: what is no directory has none; an empty name is none either
    accessSync(path === '' ? path : `${path}/`, constants.W_OK);
  } catch (cause) {
    throw new LwsError(
      interfaceErrors.LWS_ERR_PVO,
      `uploadDir of protocol "protocol-post-demo" is ${JSON.stringify(path)}: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/**
 * Takes a form by POST, urlencoded or multipart, and answers with a page of what was in it: the parameters `text`,
 * `send`, `file` and `upload`, and each file with its size. Files are kept where `uploadDir` says, under new names,
 * and else only counted; of a form that fails, or breaks off, nothing is kept. lws: protocol-post-demo
 */
export const postDemo: Protocol<{
  readonly uploadDir: 'string';
  readonly maxFileBytes: 'integer';
  readonly stylesheet: 'string';
}> = protocol({
  name: 'protocol-post-demo',
  pvo: { uploadDir: 'string', maxFileBytes: 'integer', stylesheet: 'string' },
  session: (): Session => ({ post: undefined }),
  vhostData: ({ pvo }): Settings => ({
    uploadDir: pvo.uploadDir,
    maxFileBytes: pvo.maxFileBytes ?? 1_048_576,
    stylesheet: pvo.stylesheet,
  }),
  init(_vhost, settings) {
    if (settings.uploadDir !== undefined) assertDirectory(settings.uploadDir);
    // what no form can be read with is refused before there is one
    new Post(undefined, settings).discard();
  },
  http: {
    request(wsi) {
      if (wsi.method !== 'POST')
        return wsi.reply(405, [['allow', 'POST']], 'Send a form by POST.\n');
      if (wsi.contentLength === undefined && !wsi.hasBody) return wsi.returnHttpStatus(411);
      const post = new Post(wsi, wsi.vhostData);
      wsi.session.post = post;
      if (post.form.error !== undefined) refuse(wsi, post);
    },
    body(wsi, chunk) {
      const { post } = wsi.session;
      if (post !== undefined && !post.form.process(chunk)) refuse(wsi, post);
    },
    bodyCompletion(wsi) {
      const { post } = wsi.session;
      if (post === undefined) return;
      if (!post.form.finalize()) return refuse(wsi, post);
      const html = page(post, wsi.vhostData.stylesheet);
      wsi.session.post = undefined;
      wsi.reply(
        200,
        [
          ['content-type', 'text/html; charset=utf-8'],
          ['cache-control', 'no-store'],
          ['x-content-type-options', 'nosniff'],
        ],
        html,
      );
    },
    dropProtocol: discard,
  },
});
