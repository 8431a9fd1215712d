/** Which extension a server agrees to: the first offer that the vhost knows, the program wants and both can do. */
import type { AgreedExtension, ExtensionElement, WsExtension } from '@lws-ts/ws-framing';

/**
 * @param offers in the client's order; of one name there may be several, the first that fits counts
 * @param mayUse asks the program, once for each name
 */
export function agreeOn(
  offers: readonly ExtensionElement[],
  extensions: readonly WsExtension[],
  mayUse: (name: string) => boolean,
): AgreedExtension | undefined {
  if (offers.length === 0 || extensions.length === 0) return undefined;
  const asked = new Map<string, boolean>();
  for (const offer of offers) {
    const extension = extensions.find(({ name }) => name === offer.name);
    const agreed = extension?.accept(offer);
    if (agreed === undefined) continue;
    const wanted = asked.get(offer.name) ?? mayUse(offer.name);
    asked.set(offer.name, wanted);
    if (wanted) return agreed;
  }
  return undefined;
}
