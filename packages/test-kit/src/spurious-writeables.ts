import { settle } from './virtual-clock.ts';

/** Anything that can ask for `writeable` of all its connections: a protocol of a vhost. */
export interface Askable {
  requestWriteableAll(): void;
}

/** Calls `writeable` of every connection of these protocols though nobody asked, `rounds` times. */
export async function addSpuriousWriteables(
  protocols: readonly Askable[],
  rounds = 3,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const protocol of protocols) protocol.requestWriteableAll();
    await settle();
  }
}
