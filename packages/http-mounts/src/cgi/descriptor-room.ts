import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';

/** Two ends of three pipes, and of the one that says whether the program could be executed. */
const needed = 8;

/**
 * Whether there are descriptors for one more script, as of now. To be asked first: when the last of them is missing
 * Node.js loses the others.
 */
export function hasDescriptorRoom(): boolean {
  const opened: number[] = [];
  try {
    while (opened.length < needed) opened.push(openSync(devNull, 'r'));
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code !== 'EMFILE' && code !== 'ENFILE';
  } finally {
    for (const fd of opened) closeSync(fd);
  }
}
