/** The listeners of a context, each with the vhosts of its port and interface. */
import { sameAddress } from './listen-address.ts';
import { Listener, type ListenerOptions, type ListenerOwner } from './listener.ts';
import { checkSharedPort, warnOfSharedPort } from './shared-port.ts';
import type { Vhost } from './vhost.ts';
import { VhostTable } from './vhost-table.ts';

export class Ports {
  readonly #options: ListenerOptions;
  readonly #owner: ListenerOwner;
  readonly #listeners: Listener[] = [];

  constructor(options: ListenerOptions, owner: ListenerOwner) {
    this.#options = options;
    this.#owner = owner;
  }

  get listeners(): readonly Listener[] {
    return this.#listeners;
  }

  /** Connections that were accepted and that the program which owns the poll has not serviced. */
  get parked(): number {
    let parked = 0;
    for (let each = 0; each < this.#listeners.length; each++)
      parked += this.#listeners[each]?.parked ?? 0;
    return parked;
  }

  /** Puts a vhost beside those of its port and interface. @throws for one that cannot stand there */
  add(vhost: Vhost): void {
    if (vhost.requestedPort === -1) {
      vhost.table = new VhostTable();
      vhost.table.add(vhost);
      return;
    }
    let listener = this.#listeners.find(({ address, boundPort }) => {
      // a port that the system chose may be named by its number too
      const chosen = { ...address, port: boundPort };
      return sameAddress(address, vhost.listenAddress) || sameAddress(chosen, vhost.listenAddress);
    });
    if (listener === undefined) {
      listener = new Listener(vhost.listenAddress, this.#options, this.#owner);
      this.#listeners.push(listener);
    }
    checkSharedPort(listener.vhosts.first, vhost);
    listener.vhosts.add(vhost);
    vhost.table = listener.vhosts;
    vhost.listening = listener.boundPort;
  }

  /** Begins to listen for these vhosts; nothing for those of no port. @throws (rejects) `LWS_ERR_LISTEN` */
  async open(vhosts: VhostTable<Vhost> | undefined): Promise<void> {
    const listener = this.#listeners.find((one) => one.vhosts === vhosts);
    if (listener === undefined) return;
    await listener.listen();
    for (const vhost of listener.vhosts.all) vhost.listening = listener.boundPort;
  }

  /** Takes a vhost away; its listener goes with the last of its port. @param open it may be listening */
  remove(vhost: Vhost, open: boolean): void {
    if (vhost.table?.remove(vhost) === true) warnOfSharedPort(vhost.table.all);
    const listener = this.#listeners.findIndex(({ vhosts }) => vhosts === vhost.table);
    if (listener < 0 || vhost.table?.size !== 0) return;
    if (open) this.#listeners[listener]?.close();
    this.#listeners.splice(listener, 1);
  }

  /** Nobody is accepted any more. */
  close(): void {
    for (const listener of this.#listeners) listener.close();
  }
}
