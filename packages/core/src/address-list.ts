import { BlockList, isIP } from 'node:net';
import { interfaceErrors, LwsError } from '@lws-ts/interface';

/** Whether an address is on a list. */
export type AddressList = (address: string) => boolean;

const none: AddressList = () => false;

/** Reads a list of addresses and networks, `10.0.0.0/8`. @throws `LWS_ERR_OPTION` */
export function readAddressList(value: unknown, name: string): AddressList {
  if (!Array.isArray(value)) throw refused(`${name} is not a list of addresses`);
  if (value.length === 0) return none;
  const list = new BlockList();
  for (const one of value as unknown[]) {
    const [address = '', bits, more] = typeof one === 'string' ? one.split('/') : [];
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    const most = family === 'ipv6' ? 128 : 32;
    const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
    if (isIP(address) === 0 || prefix < 0 || prefix > most || more !== undefined)
      throw refused(`${name} has ${JSON.stringify(one)}, which is no address and no network`);
    list.addSubnet(address, prefix, family);
  }
  return (address) =>
    isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

function refused(detail: string): LwsError {
  return new LwsError(interfaceErrors.LWS_ERR_OPTION, detail);
}
