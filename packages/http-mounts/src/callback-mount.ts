import { sessionOf } from '@lws-ts/core';
import { httpErrors } from '@lws-ts/http';
import type { HttpAnswer, HttpExchange, HttpHandlers, UpgradeAnswer } from '@lws-ts/interface';
import { answered } from './answered.ts';
import { CallbackTransaction } from './callback-transaction.ts';
import { mountErrors } from './errors.ts';
import type { CallbackMount } from './mount.ts';
import { MountBinding } from './mount-binding.ts';
import type { MountServices } from './mount-services.ts';
import { refuse } from './refuse.ts';

/** Gives a request to the protocol of the mount. Undefined: an upgrade that goes on to the roles. */
export function answerCallback(
  exchange: HttpExchange,
  mount: CallbackMount,
  services: MountServices,
): HttpAnswer | UpgradeAnswer | undefined {
  const upgrade = exchange.request.field('upgrade');
  const handlers = exchange.host.vhost.protocolByName(mount.protocol)?.spec.http;
  if (upgrade !== undefined && !asksOfUpgrades(handlers)) return undefined;
  if (handlers === undefined) {
    refuse(exchange, mountErrors.LWS_ERR_MOUNT_NO_HANDLER, mount.headers);
    return answered;
  }
  const transaction = transactionOf(exchange, mount, services);
  try {
    return begun(transaction, upgrade);
  } catch (error) {
    // it is nobody's answer yet, and is not told
    transaction.done(httpErrors.LWS_ERR_HTTP_HANDLER);
    throw error;
  }
}

function begun(
  transaction: CallbackTransaction,
  upgrade: string | undefined,
): HttpAnswer | UpgradeAnswer | undefined {
  transaction.binding.begin();
  if (transaction.answered) return transaction;
  if (upgrade === undefined) {
    transaction.begin();
    return transaction;
  }
  const may = transaction.mayUpgrade(upgrade.toLowerCase());
  if (may === undefined) return transaction;
  return may ? undefined : refusal(transaction.binding.mount);
}

function asksOfUpgrades(handlers: HttpHandlers<unknown, unknown> | undefined): boolean {
  return handlers?.checkAccessRights !== undefined || handlers?.confirmUpgrade !== undefined;
}

/** On the binding that the connection has for the mount, or a new one. */
function transactionOf(
  exchange: HttpExchange,
  mount: CallbackMount,
  services: MountServices,
): CallbackTransaction {
  const { host } = exchange;
  const before = exchange.binding;
  let binding: MountBinding;
  if (before instanceof MountBinding && before.mount === mount) binding = before;
  else {
    const protocol = host.vhost.protocolByName(mount.protocol);
    if (protocol === undefined) throw new Error(`no protocol ${mount.protocol}`);
    binding = new MountBinding(host, mount, protocol, sessionOf(protocol));
  }
  // an upgrade that nobody took comes again, as the same request
  const again = binding.current?.exchange === exchange;
  if (!again) binding.current = new CallbackTransaction(exchange, binding, services);
  exchange.bind(binding);
  return binding.current as CallbackTransaction;
}

function refusal(mount: CallbackMount): UpgradeAnswer {
  const error = mountErrors.LWS_ERR_MOUNT_ACCESS;
  return { kind: 'refuse', status: 403, fields: mount.headers, error };
}
