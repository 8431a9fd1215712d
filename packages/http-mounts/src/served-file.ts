import { resolve } from 'node:path';
import type { HttpExchange, ServeFileOptions } from '@lws-ts/interface';
import { cacheControl } from './cache-control.ts';
import { plainOnly } from './content-coding.ts';
import { FileAnswer } from './file-answer.ts';
import { FileCache } from './file-cache.ts';
import { MimeTable } from './mimetypes.ts';
import type { FileMount } from './mount.ts';
import type { MountServices } from './mount-services.ts';
import { pathRefusal } from './mounted-path.ts';
import { refuse } from './refuse.ts';

/** Its fields may be others each time: nothing is kept of it. */
const uncached = new FileCache(0);
const bySuffix = new MimeTable({});
const unkept = cacheControl({
  maxAge: 0,
  reusable: false,
  revalidate: false,
  intermediaries: false,
});

class OneType extends MimeTable {
  readonly #type: string;

  constructor(type: string) {
    super({});
    this.#type = type;
  }

  override typeOf(): string {
    return this.#type;
  }
}

/** Begins to answer with a file that a program chose, as a mount of that file alone would. */
export function startServedFile(
  exchange: HttpExchange,
  path: string,
  options: ServeFileOptions,
  services: MountServices,
): FileAnswer {
  const { below = '', type, fields = [] } = options;
  const mount: FileMount = {
    kind: 'file',
    id: '',
    mountpoint: '/',
    exactMatch: false,
    methods: undefined,
    headers: fields.map(([name, value]) => [name.toLowerCase(), value] as const),
    login: undefined,
    limits: undefined,
    root: resolve(path),
    def: 'index.html',
    mimetypes: type === undefined ? bySuffix : new OneType(type),
    cacheControl: unkept,
    dotFiles: below === '',
    precompressed: false,
    listing: false,
    fallback: undefined,
    interpret: [],
    openFlags: { write: false, acceptGzip: false, follow: false },
  };
  const virtualPath = below === '' || below.startsWith('/') ? below : `/${below}`;
  const asked = { mount, virtualPath, codings: plainOnly, vary: '' };
  const answer = new FileAnswer(exchange, asked, { ...services, cache: uncached });
  const refusal = pathRefusal(mount, virtualPath);
  if (refusal === undefined) answer.start();
  else refuse(exchange, refusal, mount.headers);
  return answer;
}
