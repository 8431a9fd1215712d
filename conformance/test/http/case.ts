/** What a raw request case is, and how most of them are written. */

/**
 * One stream of bytes of a client, a character a byte.
 *
 * `outcome` is what comes back: status codes in order, alternatives with `|`. An `x` at the end: the connection
 * ends behind the last answer and no byte behind the one that decided is interpreted. `open` without codes:
 * nothing yet, more is needed. `101` at the end: another protocol has the connection.
 *
 * `seen` is what the program is given, a line for each whole request: method, path, query, body and trailers.
 */
export interface HttpCase {
  readonly id: string;
  readonly bytes: string;
  readonly outcome: string;
  readonly seen: readonly string[];
  readonly why: string;
}

/** The Host field that most requests have. */
export const H = 'Host: a\r\n';

/** What the program sees of the request that most cases vary. */
export const root = ['GET /'];

export const get = (fields = '', target = '/'): string =>
  `GET ${target} HTTP/1.1\r\n${H}${fields}\r\n`;

export const post = (fields: string, body = '', target = '/'): string =>
  `POST ${target} HTTP/1.1\r\n${H}${fields}\r\n${body}`;

export const chunked = (body: string, fields = ''): string =>
  post(`${fields}Transfer-Encoding: chunked\r\n`, body);

/** A request of one line and a Host. */
export const line = (first: string): string => `${first}\r\n${H}\r\n`;

/** Refused with `status`, and the connection ends. */
export const refused = (id: string, bytes: string, status: number, why: string): HttpCase => ({
  id,
  bytes,
  outcome: `${status}x`,
  seen: [],
  why,
});

/** Refused, behind requests that were served. */
export const refusedBehind = (
  id: string,
  bytes: string,
  outcome: string,
  seen: readonly string[],
  why: string,
): HttpCase => ({ id, bytes, outcome, seen, why });

/** Served; `outcome` is one 200 for each of `seen`, unless it is given. */
export const served = (
  id: string,
  bytes: string,
  seen: readonly string[],
  why: string,
  outcome: string = seen.map(() => '200').join(' '),
): HttpCase => ({ id, bytes, outcome, seen, why });

/** Nothing is decided: the server waits, until its deadline. */
export const waits = (id: string, bytes: string, why: string): HttpCase => ({
  id,
  bytes,
  outcome: 'open',
  seen: [],
  why,
});

/** `value` as it can stand in an id. */
export const shown = (value: string): string =>
  value.length > 40
    ? `${JSON.stringify(value.slice(0, 30))}... (${value.length})`
    : JSON.stringify(value);
