import { httpErrors } from '@lws-ts/http';
import type { HttpAnswer, HttpExchange, UpgradeAnswer } from '@lws-ts/interface';
import { CallbackTransaction } from './callback-transaction.ts';
import { mountErrors } from './errors.ts';
import type { CallbackMount } from './mount.ts';
import { MountBinding } from './mount-binding.ts';
import type { MountServices } from './mount-services.ts';
import { readMount } from './read-mount.ts';

/** Read once, so that what a mount is by default this is too. */
const everything = readMount(
  { kind: 'callback', origin: 'any', mountpoint: '/' },
  'filterHttpConnection',
  0,
) as CallbackMount;

/** Asks the first protocol of a vhost of every request, before any mount and any app. lws: FILTER_HTTP_CONNECTION */
export class FirstFilter {
  readonly #services: MountServices;

  constructor(services: MountServices) {
    this.#services = services;
  }

  /** Undefined: the request may be. */
  ask(exchange: HttpExchange): HttpAnswer | UpgradeAnswer | undefined {
    const { host } = exchange;
    const protocol = host.vhost.protocols[0];
    const handlers = protocol?.spec.http;
    if (protocol === undefined || handlers?.filterHttpConnection === undefined) return undefined;
    const before = exchange.binding;
    const bound = before instanceof MountBinding && before.protocol === protocol;
    const session = bound ? before.session : undefined;
    const binding = new MountBinding(host, everywhere(protocol.name), protocol, session);
    const transaction = new CallbackTransaction(exchange, binding, this.#services);
    binding.current = transaction;
    let may: boolean | undefined;
    try {
      may = transaction.ask((wsi) => handlers.filterHttpConnection?.(wsi));
    } catch (error) {
      transaction.done(httpErrors.LWS_ERR_HTTP_HANDLER);
      throw error;
    }
    if (may === undefined) {
      host.close(undefined, '');
      return transaction;
    }
    transaction.expire();
    if (may) return undefined;
    return { kind: 'refuse', status: 403, fields: [], error: mountErrors.LWS_ERR_MOUNT_ACCESS };
  }
}

function everywhere(protocol: string): CallbackMount {
  return { ...everything, protocol };
}
