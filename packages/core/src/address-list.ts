import { BlockList, isIP } from 'node:net';
import { readNetworks } from '@lws-ts/interface';

/** Whether an address is on a list. */
export type AddressList = (address: string) => boolean;

const none: AddressList = () => false;

/** Reads a list of addresses and networks, `10.0.0.0/8`. @throws `LWS_ERR_OPTION` */
export function readAddressList(value: unknown, name: string): AddressList {
  const networks = readNetworks(value, name, (address, bits) =>
    isIP(address) === 0 ? undefined : ([address, bits, familyOf(address)] as const),
  );
  if (networks.length === 0) return none;
  const list = new BlockList();
  for (const network of networks) list.addSubnet(...network);
  return (address) => isIP(address) !== 0 && list.check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
