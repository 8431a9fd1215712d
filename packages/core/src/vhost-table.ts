/** Which vhost of a port a name stands for, as the notes have it: exact, then parent domain, then the first. */
import { LwsError } from '@lws-ts/interface';
import { coreErrors } from './errors.ts';

/** Anything with a name that can be looked up. */
export interface Named {
  readonly name: string;
}

export class VhostTable<V extends Named> {
  readonly #byName = new Map<string, V>();
  readonly #inOrder: V[] = [];

  /** @throws `LWS_ERR_VHOST_TWICE` */
  add(vhost: V): void {
    const name = hostOf(vhost.name);
    if (this.#byName.has(name)) throw new LwsError(coreErrors.LWS_ERR_VHOST_TWICE, vhost.name);
    this.#byName.set(name, vhost);
    this.#inOrder.push(vhost);
  }

  /** @returns whether it was the first */
  remove(vhost: V): boolean {
    const at = this.#inOrder.indexOf(vhost);
    if (at < 0) return false;
    this.#inOrder.splice(at, 1);
    this.#byName.delete(hostOf(vhost.name));
    return at === 0;
  }

  get size(): number {
    return this.#inOrder.length;
  }

  /** In the order they were added. */
  get all(): readonly V[] {
    return this.#inOrder;
  }

  /** The one for connections that name none. */
  get first(): V | undefined {
    return this.#inOrder[0];
  }

  /**
   * Finds by a Host field or a server name: `:port` and a trailing dot are stripped, case does not matter.
   * A name below a vhost's name matches it; the longest such name wins. Addresses match only exactly.
   *
   * lws: lws_select_vhost
   */
  select(host: string): V | undefined {
    if (this.#inOrder.length === 1) return this.first;
    const name = hostOf(host);
    const exact = this.#byName.get(name);
    if (exact !== undefined) return exact;
    if (!isAddress(name))
      for (let dot = name.indexOf('.'); dot > 0; dot = name.indexOf('.', dot + 1)) {
        const parent = this.#byName.get(name.slice(dot + 1));
        if (parent !== undefined) return parent;
      }
    return this.first;
  }
}

/** Lower case, without port and trailing dot. */
function hostOf(host: string): string {
  const bracket = host.startsWith('[') ? host.indexOf(']') : -1;
  const colon = host.indexOf(':', bracket + 1);
  const bare = colon < 0 ? host : host.slice(0, colon);
  return (bare.endsWith('.') ? bare.slice(0, -1) : bare).toLowerCase();
}

function isAddress(name: string): boolean {
  return name.startsWith('[') || /(^|\.)[0-9]+$/.test(name);
}
