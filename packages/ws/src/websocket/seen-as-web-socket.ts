/** The states of a WebSocket. */
export const states = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const;

/** Of each call, the arguments that have to be there. */
const calls: ReadonlyMap<string, number> = new Map([
  ['send', 1],
  ['close', 0],
  ['addEventListener', 2],
  ['removeEventListener', 2],
]);

/**
 * Makes a class seen as Web IDL has the interface `WebSocket` seen: its name, which bundles change, the lengths of
 * functions, constants that stay, members that are enumerable. What extends it is another class, and needs it too.
 */
export function seenAsWebSocket(of: { readonly prototype: object }): void {
  const { prototype } = of;
  const fixed = Object.entries(states).map(([name, value]) => [
    name,
    { value, enumerable: true, writable: false, configurable: false },
  ]);
  for (const owner of [of, prototype]) Object.defineProperties(owner, Object.fromEntries(fixed));
  Object.defineProperties(of, { name: fixedTo('WebSocket'), length: fixedTo(1) });
  const { constructor: _own, ...members } = Object.getOwnPropertyDescriptors(prototype) as Record<
    string,
    PropertyDescriptor
  >;
  for (const [name, member] of Object.entries(members)) {
    const length = calls.get(name);
    if (length !== undefined) Object.defineProperty(member.value, 'length', fixedTo(length));
    if (member.configurable === true)
      Object.defineProperty(prototype, name, { ...member, enumerable: true });
  }
  Object.defineProperty(prototype, Symbol.toStringTag, fixedTo('WebSocket'));
}

function fixedTo(value: string | number): PropertyDescriptor {
  return { value, configurable: true };
}
