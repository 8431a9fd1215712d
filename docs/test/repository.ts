import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top folder of this repository. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url));

/** A module of `scripts/`: plain JavaScript, whose types the caller states. */
export async function script<Exports>(name: string): Promise<Exports> {
  return (await import(join(root, 'scripts', name))) as Exports;
}
