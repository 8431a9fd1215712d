import { interfaceErrors, LwsError } from '@lws-ts/interface';
import { mappedBits, parseAddress } from './ip-address.ts';

interface Block {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

/** Addresses and CIDR blocks that a user named (RFC 4632 §3.1, RFC 4291 §2.3). */
export class AddressList {
  readonly #blocks: readonly Block[];

  /** @throws `LWS_ERR_OPTION` when one of `texts` is neither an address nor a block */
  constructor(texts: readonly string[], option: string) {
    this.#blocks = texts.map((text) => readBlock(text, option));
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
  if (!Array.isArray(value) || value.some((one) => typeof one !== 'string'))
    throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `${name} is not a list of addresses`);
  return new AddressList(value as readonly string[], name);
}

function readBlock(text: string, option: string): Block {
  const [address = '', length, ...more] = text.split('/');
  const bytes = parseAddress(address);
  const all = address.includes(':') ? 128 : 32;
  const bits = length === undefined ? all : Number(length);
  const good =
    bytes !== undefined &&
    more.length === 0 &&
    (length === undefined || /^\d{1,3}$/.test(length)) &&
    bits <= all;
  if (!good)
    throw new LwsError(
      interfaceErrors.LWS_ERR_OPTION,
      `${option} has ${JSON.stringify(text)}, which is neither an address nor a CIDR block`,
    );
  const block = { bytes, bits: all === 32 ? mappedBits + bits : bits };
  if (!isFirst(block))
    throw new LwsError(
      interfaceErrors.LWS_ERR_OPTION,
      `${option} has ${JSON.stringify(text)}, whose bits after the prefix are not zero`,
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
