import { resolve } from 'node:path';
import type { HttpExchange, ServeFileOptions } from '@lws-ts/interface';
import { plainOnly } from './content-coding.ts';
import { FileAnswer } from './file-answer.ts';
import { FileCache } from './file-cache.ts';
import { LargeFiles } from './large-files.ts';
import { MimeTable } from './mimetypes.ts';
import type { FileMount } from './mount.ts';
import type { MountServices } from './mount-services.ts';
import { pathRefusal } from './mounted-path.ts';
import { readMount } from './read-mount.ts';
import { refuse } from './refuse.ts';

/** Its fields may be others each time: nothing is kept of it. */
const uncached = { cache: new FileCache(0), large: new LargeFiles(0) };
/** Read once, so that what a mount is by default this is too. */
const plain = readMount(
  { kind: 'file', origin: '/', mountpoint: '/' },
  'serveFile',
  0,
) as FileMount;

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

/**
 * Begins to answer with a file that a program chose, as a mount of that file alone would.
 *
 * @throws for a field that cannot be sent, with nothing sent and nothing left open
 */
export function startServedFile(
  exchange: HttpExchange,
  path: string,
  options: ServeFileOptions,
  services: MountServices,
): FileAnswer {
  const { below = '', type, fields = [] } = options;
  const mount: FileMount = {
    ...plain,
    headers: fields.map(([name, value]) => [name.toLowerCase(), value] as const),
    root: resolve(path),
    mimetypes: type === undefined ? plain.mimetypes : new OneType(type),
    // a file that is named whole was chosen by the program
    dotFiles: below === '',
  };
  const virtualPath = below === '' || below.startsWith('/') ? below : `/${below}`;
  const asked = { mount, virtualPath, codings: plainOnly, vary: '', interpret: undefined };
  const answer = new FileAnswer(exchange, asked, { ...services, ...uncached });
  const refusal = pathRefusal(mount, virtualPath);
  try {
    if (refusal === undefined) answer.start();
    else refuse(exchange, refusal, mount.headers);
  } catch (error) {
    answer.done();
    throw error;
  }
  return answer;
}
