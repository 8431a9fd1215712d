import type { HttpRequest } from '@lws-ts/interface';

/** Fields that say whether a request is a navigation. */
export const navigationFields = 'accept, sec-fetch-mode';

/** Whether a browser asks for a page to show, and not for a script, a picture or data of one. */
export function isNavigation(request: HttpRequest): boolean {
  const mode = request.field('sec-fetch-mode');
  if (mode !== undefined) return mode === 'navigate';
  return /(?:^|,)[ \t]*text\/html[ \t]*(?:[;,]|$)/i.test(request.field('accept') ?? '');
}
