import { readClientTarget } from '@lws-ts/core';
import type { ClientTarget } from '@lws-ts/interface';

/** Where a proxy mount leads. */
export interface ProxyOrigin {
  /** For `connect`: without a path. */
  readonly url: string;
  readonly target: ClientTarget;
  /** In front of what is below the mountpoint, without a slash at its end. */
  readonly base: string;
}

/**
 * Reads `http://host[:port][/path]`, `https://…`, or a unix socket: `http://+/run/app.sock[:/path]` as lws writes it,
 * and `http+unix:/run/app.sock[:/path]`. Undefined: it is none of these, or has a query, a fragment or credentials.
 */
export function readProxyOrigin(text: string): ProxyOrigin | undefined {
  // URL takes line breaks and tabs out of the middle without a word
  if (/[\s\p{Cc}\\?#]/u.test(text)) return undefined;
  const url = text.replace(/^(https?):\/\/\+(?=\/)/i, '$1+unix:');
  if (!/^https?(?::\/\/[^/]|\+unix:\/[^/])/i.test(url)) return undefined;
  let target: ClientTarget;
  try {
    target = readClientTarget(url);
  } catch {
    return undefined;
  }
  if (target.credentials !== '') return undefined;
  const base = target.path.replace(/\/+$/, '');
  return Object.freeze({ url, target: Object.freeze(target), base });
}
