/** The target of a request as it was sent, for whoever goes on with it elsewhere. */
import type { HttpRequest } from './http-request.ts';

/** A target without the scheme and the host that it may name (RFC 9112 §3.2.2). */
export function originForm(target: string): string {
  const form = target.replace(/^[a-z]+:\/\/[^/?]*/i, '');
  return /^[/*]/.test(form) ? form : `/${form}`;
}

/**
 * As {@link originForm}: what is a reserved character and what stands for one is its reader's to tell (RFC 3986 §2.2).
 * Where it had dot segments or empty ones it is encoded anew from the clean path, so that the area that was chosen and
 * the one that its reader sees are the same.
 */
export function sentTarget({ target, path, query }: HttpRequest): string {
  const sent = originForm(target);
  if (decoded(sent.replace(/\?.*/s, '')) === path) return sent;
  const clean = encodeURI(path).replace(/[?#]/g, encodeURIComponent);
  return `${clean}${query === '' ? '' : `?${query}`}`;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
