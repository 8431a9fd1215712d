/** An archive whose file operations give what is no number of bytes: it is unreadable, and nothing goes round for ever. */
import type { CodedError, FopsFile } from '@lws-ts/interface';
import { expect, test } from 'vitest';
import { FopsBase, MemoryFops, ZipFops } from '../../src/index.ts';
import { openNow } from '../file-ops-suite.ts';
import { makeZip } from './make-zip.ts';

const archive = new MemoryFops().set(
  '/docs.zip',
  makeZip([{ name: 'in.txt', content: 'inside', method: 0 }]),
);

/** Gives bytes for a while, and then `wrong`. */
class WrongReads extends FopsBase {
  #right: number;
  #wrong: unknown;
  #later: boolean;

  constructor(right: number, wrong: unknown, later: boolean) {
    super('wrong', archive);
    this.#right = right;
    this.#wrong = wrong;
    this.#later = later;
  }

  override read(
    file: FopsFile,
    into: Uint8Array,
    done: (got: number | CodedError) => void,
  ): number | CodedError | undefined {
    if (this.#right-- > 0) return super.read(file, into, done);
    if (!this.#later) return this.#wrong as number;
    setImmediate(done, this.#wrong as number);
    return undefined;
  }
}

test.each([-1, Number.NaN, 1.5e9, 'text', null, true])('a read that gives %s', async (wrong) => {
  for (const later of [false, true])
    for (const right of [0, 1, 2]) {
      const opened = await openNow(
        new ZipFops(new WrongReads(right, wrong, later)),
        '/docs.zip',
        '/in.txt',
      );
      expect(opened).toMatchObject({
        code: expect.stringMatching(/^LWS_ERR_VFS_(ZIP|IO)/),
      });
    }
});
