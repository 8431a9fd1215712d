/** How permessage-deflate is agreed on (RFC 7692 §7.1): parameters read, judged and written. Pure. */
import type { ExtensionElement } from './extension-list.ts';

/** The four parameters of an offer or an answer. */
export interface DeflateParams {
  readonly serverNoContextTakeover: boolean;
  readonly clientNoContextTakeover: boolean;
  /** 8 to 15; undefined when it is not named. */
  readonly serverMaxWindowBits: number | undefined;
  /** 8 to 15; true: named without a value, which only an offer may do. */
  readonly clientMaxWindowBits: number | true | undefined;
}

/** What a side wants. */
export interface DeflateWishes {
  readonly serverNoContextTakeover: boolean;
  readonly clientNoContextTakeover: boolean;
  /** 8 to 15. */
  readonly serverMaxWindowBits: number;
  readonly clientMaxWindowBits: number;
}

export const deflateName = 'permessage-deflate';

/** Reads an element; undefined for unknown, double or bad parameters (RFC 7692 §7). */
export function readDeflateParams({ params }: ExtensionElement): DeflateParams | undefined {
  const seen = new Set<string>();
  let serverNoContextTakeover = false;
  let clientNoContextTakeover = false;
  let serverMaxWindowBits: number | undefined;
  let clientMaxWindowBits: number | true | undefined;
  for (const [name, value] of params) {
    if (seen.has(name)) return undefined;
    seen.add(name);
    const bits = value === undefined ? undefined : windowBits(value);
    if (name === 'server_no_context_takeover' && value === undefined)
      serverNoContextTakeover = true;
    else if (name === 'client_no_context_takeover' && value === undefined)
      clientNoContextTakeover = true;
    else if (name === 'server_max_window_bits' && bits !== undefined) serverMaxWindowBits = bits;
    else if (name === 'client_max_window_bits' && (value === undefined || bits !== undefined))
      clientMaxWindowBits = bits ?? true;
    else return undefined;
  }
  return {
    serverNoContextTakeover,
    clientNoContextTakeover,
    serverMaxWindowBits,
    clientMaxWindowBits,
  };
}

/** Writes an element, without parameters that say nothing. */
export function writeDeflateParams(params: DeflateParams): ExtensionElement {
  const written: [string, string | undefined][] = [];
  if (params.serverNoContextTakeover) written.push(['server_no_context_takeover', undefined]);
  if (params.clientNoContextTakeover) written.push(['client_no_context_takeover', undefined]);
  if (params.serverMaxWindowBits !== undefined)
    written.push(['server_max_window_bits', String(params.serverMaxWindowBits)]);
  if (params.clientMaxWindowBits === true) written.push(['client_max_window_bits', undefined]);
  else if (params.clientMaxWindowBits !== undefined)
    written.push(['client_max_window_bits', String(params.clientMaxWindowBits)]);
  return { name: deflateName, params: written };
}

/**
 * A server's answer to an offer (RFC 7692 §7.1.1 and §7.1.2, one line a rule). Nothing that can be offered has
 * to be declined: a window may always be smaller, and a context may always be forgotten.
 */
export function answerDeflate(offer: DeflateParams, wishes: DeflateWishes): DeflateParams {
  const serverBits = Math.min(offer.serverMaxWindowBits ?? 15, wishes.serverMaxWindowBits);
  const asked = offer.clientMaxWindowBits;
  const clientBits = Math.min(asked === true ? 15 : (asked ?? 15), wishes.clientMaxWindowBits);
  return {
    serverNoContextTakeover: offer.serverNoContextTakeover || wishes.serverNoContextTakeover,
    clientNoContextTakeover: offer.clientNoContextTakeover || wishes.clientNoContextTakeover,
    serverMaxWindowBits:
      offer.serverMaxWindowBits !== undefined || serverBits < 15 ? serverBits : undefined,
    // a client that does not name it cannot be told of it
    clientMaxWindowBits: asked === undefined || clientBits === 15 ? undefined : clientBits,
  };
}

/** What is wrong with a server's answer to an offer, or undefined (RFC 7692 §7.1). */
export function faultOfAnswer(answer: DeflateParams, offer: DeflateParams): string | undefined {
  const { serverMaxWindowBits, clientMaxWindowBits } = answer;
  if (offer.serverNoContextTakeover && !answer.serverNoContextTakeover)
    return 'server_no_context_takeover was asked for';
  if (
    offer.serverMaxWindowBits !== undefined &&
    (serverMaxWindowBits === undefined || serverMaxWindowBits > offer.serverMaxWindowBits)
  )
    return 'server_max_window_bits is over what was asked for';
  if (clientMaxWindowBits === true) return 'client_max_window_bits has no value';
  if (clientMaxWindowBits !== undefined && offer.clientMaxWindowBits === undefined)
    return 'client_max_window_bits was not offered';
  const most = offer.clientMaxWindowBits;
  if (clientMaxWindowBits !== undefined && typeof most === 'number' && clientMaxWindowBits > most)
    return 'client_max_window_bits is over what was offered';
  return undefined;
}

/** A window in bits: 8 to 15, without leading zeros (RFC 7692 §7.1.2.1). */
function windowBits(value: string): number | undefined {
  const bits = value.length <= 2 ? Number(value) : Number.NaN;
  return bits >= 8 && bits <= 15 && String(bits) === value ? bits : undefined;
}
