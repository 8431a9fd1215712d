import type { Child } from '../harness/child.mjs';

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
