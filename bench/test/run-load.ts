import type { Child } from '../harness/child.mjs';
import { buildGenerator, Skipped } from '../harness/generator.mjs';

/** Tells a generator to go on when it is ready: how many it counted, 0 when it failed, and how it ended. */
export async function runLoad(child: Child): Promise<{ counted: number; status: unknown }> {
  let counted = 0;
  try {
    await child.nextLine();
    child.writeLine('go');
    counted = (JSON.parse(await child.nextLine()) as { messages: number }).messages;
  } catch (error) {
    if (!String(error).includes('ended with')) throw error;
  }
  return { counted, status: await child.stop() };
}

/** A generator, and where it cannot be had here why, for the name of a test that is skipped. */
export function generatorOf(name: Parameters<typeof buildGenerator>[0]): {
  readonly binary: string;
  readonly reason: string;
} {
  try {
    return { binary: buildGenerator(name), reason: '' };
  } catch (error) {
    if (error instanceof Skipped) return { binary: '', reason: ` (${error.message})` };
    throw error;
  }
}
