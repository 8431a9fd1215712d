import { interfaceErrors } from './errors.ts';
import { LwsError } from './lws-error.ts';
import { showValue } from './show-value.ts';

/**
 * Reads an option that lists addresses and blocks of them, `10.0.0.0/8` (RFC 4632 §3.1, RFC 4291 §2.3).
 *
 * @param read makes of an address and the first bits of it that count what its list keeps; undefined: it is no address
 * @throws `LWS_ERR_OPTION`
 */
export function readNetworks<Network>(
  value: unknown,
  name: string,
  read: (address: string, bits: number) => Network | undefined,
): readonly Network[] {
  if (!Array.isArray(value))
    throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `${name} is not a list of addresses`);
  return value.map((one: unknown) => {
    const network = typeof one === 'string' ? readNetwork(one, read) : undefined;
    if (network === undefined)
      throw new LwsError(
        interfaceErrors.LWS_ERR_OPTION,
        `${name} has ${showValue(one)}, which is neither an address nor a CIDR block`,
      );
    return network;
  });
}

function readNetwork<Network>(
  text: string,
  read: (address: string, bits: number) => Network | undefined,
): Network | undefined {
  const [, address = '', length] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const all = address.includes(':') ? 128 : 32;
  const bits = length === undefined ? all : Number(length);
  return bits <= all ? read(address, bits) : undefined;
}
