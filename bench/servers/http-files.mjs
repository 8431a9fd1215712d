/** The files that are served, and what is in them: made of their size alone, so that a load can compare every byte. */
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const sizes = { '1k.txt': 1024, '64k.txt': 65_536, '10m.txt': 10_485_760 };

/** What `/hello` answers. */
export const hello = 'hello, world\n';

export function makeFiles(root) {
  mkdirSync(root, { recursive: true });
  for (const [name, size] of Object.entries(sizes))
    if (!existsSync(root + name) || statSync(root + name).size !== size)
      writeFileSync(root + name, contentOf(size));
}

/** The text of a file of that size. */
export function contentOf(size) {
  const text = Buffer.alloc(size);
  for (let at = 0; at < size; at++) text[at] = 97 + ((Math.imul(at, 2_654_435_761) >>> 24) % 26);
  return text;
}

/** The folder that a server was told to serve, with a slash at its end. */
export function rootOf() {
  return parseArgs({ options: { root: { type: 'string' } }, strict: false }).values.root;
}
