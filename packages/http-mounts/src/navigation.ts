import type { HttpRequest } from '@lws-ts/interface';
import { longestPreferences, readWeight } from './weight.ts';

/** Fields that say whether a request is a navigation. */
export const navigationFields = 'accept, sec-fetch-mode';

/** Whether a browser asks for a page to show, and not for a script, a picture or data of one. */
export function isNavigation(request: HttpRequest): boolean {
  const mode = request.field('sec-fetch-mode');
  if (mode !== undefined) return mode === 'navigate';
  return namesHtml(request.list('accept') ?? '');
}

/** Inside of them a comma or a semicolon separates nothing; one without an end goes on to that of the field. */
const QUOTED = /"(?:[^"\\]|\\.)*"?/g;

/** RFC 9110 §12.5.1: `text/html` by name, with a weight above 0; browsers say so, `*` is anybody's. */
function namesHtml(accept: string): boolean {
  if (accept.length > longestPreferences) return false;
  return accept
    .replace(QUOTED, '""')
    .split(',')
    .some((member) => {
      const [type = '', ...parameters] = member.split(';').map((one) => one.trim());
      if (type.toLowerCase() !== 'text/html') return false;
      const weight = parameters.find((one) => /^q[ \t]*=/i.test(one));
      return weight === undefined || readWeight(weight) > 0;
    });
}
