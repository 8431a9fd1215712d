import { interfaceErrors, LwsError, readNetworks } from '@lws-ts/interface';
import { mappedBits, parseAddress } from './ip-address.ts';

interface Block {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

/** Addresses and CIDR blocks that a user named (RFC 4632 §3.1, RFC 4291 §2.3). */
export class AddressList {
  readonly #blocks: readonly Block[];

  /** @throws `LWS_ERR_OPTION` when it is no list, or has what is neither an address nor a block */
  constructor(value: unknown, option: string) {
    this.#blocks = readNetworks(value, option, (address, bits) => readBlock(address, bits, option));
  }

  get empty(): boolean {
    return this.#blocks.length === 0;
  }

  /** @param address as `parseAddress` gives it */
  has(address: Uint8Array): boolean {
    for (const block of this.#blocks) if (inBlock(address, block)) return true;
    return false;
  }
}

/** How an option that is such a list is read. @throws `LWS_ERR_OPTION` */
export function readAddressList(value: unknown, name: string): AddressList {
  return new AddressList(value, name);
}

/** Undefined: it is no address. */
function readBlock(address: string, length: number, option: string): Block | undefined {
  const bytes = parseAddress(address);
  if (bytes === undefined) return undefined;
  const block = { bytes, bits: address.includes(':') ? length : mappedBits + length };
  if (!isFirst(block))
    throw new LwsError(
      interfaceErrors.LWS_ERR_OPTION,
      `${option} has "${address}/${length}", whose bits after the prefix are not zero`,
    );
  return block;
}

/** What stands behind the prefix is zero: otherwise somebody meant another block. */
function isFirst({ bytes, bits }: Block): boolean {
  const masked = maskAddress(bytes, bits);
  return bytes.every((byte, at) => byte === masked[at]);
}

function inBlock(address: Uint8Array, { bytes, bits }: Block): boolean {
  const whole = bits >> 3;
  for (let at = 0; at < whole; at++) if (address[at] !== bytes[at]) return false;
  const rest = bits & 7;
  if (rest === 0) return true;
  return (((address[whole] as number) ^ (bytes[whole] as number)) & (0xff00 >> rest) & 0xff) === 0;
}

/** The first `bits` of an address, zeros behind them. */
export function maskAddress(address: Uint8Array, bits: number): Uint8Array {
  const masked = new Uint8Array(16);
  const whole = bits >> 3;
  masked.set(address.subarray(0, whole));
  if (whole < 16) masked[whole] = (address[whole] as number) & ((0xff00 >> (bits & 7)) & 0xff);
  return masked;
}
