/** Whether we accepted something that node:http does not accept, or read it otherwise. */
import type { NodeMessage, NodeReading } from './node-side.ts';
import type { Seen, Told } from './served.ts';

/** Where we take what node:http refuses, or give it otherwise, by right. */
export interface Exception {
  readonly name: string;
  readonly reason: string;
  holds(bytes: string): boolean;
}

export const exceptions: readonly Exception[] = [
  {
    name: 'behind an upgrade that nobody takes',
    reason:
      'RFC 9110 §7.8 lets a server ignore an Upgrade: the request is a plain one, and what follows is the next request. node:http answers the first and never reads what follows.',
    holds: (bytes) => /\nupgrade:/i.test(bytes) && /\nconnection:[^\r]*upgrade/i.test(bytes),
  },
];

/** What is wrong with `told` beside what Node read of the same bytes, if anything is. */
export function laxer(told: Told, node: NodeReading): string | undefined {
  // Those that nobody or a file mount answers are not given to the program.
  const given = node.messages.filter(({ target }) => !/^\/(?:none|files)/.test(cleaned(target)));
  for (const [at, seen] of told.seen.entries()) {
    const theirs = given[at];
    if (theirs === undefined || !(theirs.whole || seen.path === '/unread'))
      return `request ${at} was given to the program; node:http: ${node.refused ?? 'waits'}`;
    const difference = differs(seen, theirs);
    if (difference !== undefined) return `request ${at}: ${difference}`;
  }
  const whole = given.filter((message) => message.whole).length;
  return acceptedAll(told) && whole > told.seen.length
    ? `${told.seen.length} requests, by node:http ${whole}`
    : undefined;
}

/** Nothing was refused or left unread, and no other protocol has the connection. */
function acceptedAll({ heard, ended, codes }: Told): boolean {
  const refused = codes.filter((code) => code !== 'LWS_ERR_HTTP_NOT_FOUND');
  return !ended && refused.length === 0 && !heard.includes('HTTP/1.1 101 ');
}

function differs(seen: Seen, theirs: NodeMessage): string | undefined {
  const upgrade = seen.fields.some(([name]) => name === 'upgrade');
  const rows: readonly (readonly [string, unknown, unknown])[] = [
    ['method', seen.method, theirs.method],
    ['target', targetOf(seen), cleaned(theirs.target)],
    ['fields', seen.fields, theirs.fields.filter(([name]) => upgrade || name !== 'upgrade')],
    ['body', seen.body, seen.path === '/count' ? String(theirs.body.length) : theirs.body],
    ['trailers', seen.trailers, theirs.trailers],
  ];
  for (const [what, mine, other] of rows) {
    if (seen.path === '/unread' && (what === 'body' || what === 'trailers')) continue;
    if (JSON.stringify(mine) !== JSON.stringify(other))
      return `${what} ${JSON.stringify(mine)}, by node:http ${JSON.stringify(other)}`;
  }
  return undefined;
}

const targetOf = ({ path, query }: Seen): string => `${path}?${query}`;

/** The clean path and the query of a target, slowly and by the words of RFC 3986 §3.3, §5.2.4. */
function cleaned(target: string): string {
  const origin = target.replace(/^https?:\/\/[^/?]*/i, '');
  const mark = origin.indexOf('?');
  const path = mark < 0 ? origin : origin.slice(0, mark);
  const query = mark < 0 ? '' : origin.slice(mark + 1);
  if (path === '*') return `*?${query}`;
  const segments: string[] = [];
  const all = decoded(path === '' ? '/' : path).split('/');
  for (const segment of all) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  const last = all.at(-1) ?? '';
  const folder = last === '' || last === '.' || last === '..';
  const clean = `/${segments.join('/')}`;
  return `${folder && segments.length > 0 ? `${clean}/` : clean}?${query}`;
}

/** As it is where it does not decode: such a path is never given to a program. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
