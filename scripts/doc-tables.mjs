// What docs/errors.md and docs/limits.md say, made from what the packages export: written by
// write-docs.mjs, held against the files by docs/test.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { floorTable } from './floor-table.mjs';

/** The published packages that are there, lowest floor first: `{ name, home, exports }`. */
export function publishedPackages(root) {
  return readdirSync(join(root, 'packages'))
    .map((folder) => join(root, 'packages', folder))
    .filter((home) => existsSync(join(home, 'package.json')))
    .map((home) => ({ home, ...JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) }))
    .filter((manifest) => manifest.private !== true)
    .sort(
      (a, b) => floorTable[a.name].floor - floorTable[b.name].floor || (a.name < b.name ? -1 : 1),
    );
}

/** Error tables and option rules of every module a package exports; `load` imports a file of it. */
export async function collectTables(packages, load) {
  const tables = [];
  for (const { name, home, exports } of packages) {
    const errors = new Map();
    const rules = new Map();
    for (const target of Object.values(exports)) {
      if (typeof target === 'string') continue;
      // a namespace lists its names in order; not every loader does
      const exported = Object.entries(await load(home, target)).sort(([a], [b]) =>
        a < b ? -1 : 1,
      );
      for (const [key, value] of exported) {
        if (isErrorTable(value)) for (const row of Object.values(value)) errors.set(row.code, row);
        else if (isRules(value))
          for (const [option, rule] of Object.entries(value)) rules.set(option, rule);
        else if (typeof value === 'function' && moduleFactories.has(key)) {
          const made = value();
          for (const all of [made.contextOptions, made.vhostOptions, made.connectOptions ?? {}])
            for (const [option, rule] of Object.entries(all)) rules.set(option, rule);
        }
      }
    }
    // the meta package hands on what others made
    const own =
      name === 'lws-ts' ? new Set(tables.flatMap((table) => [...table.errors.keys()])) : new Set();
    for (const code of own) errors.delete(code);
    tables.push({ name, errors, rules: name === 'lws-ts' ? new Map() : rules });
  }
  return tables;
}

const moduleFactories = new Set(['http', 'ws', 'httpMounts', 'vfs', 'raw', 'tls', 'peerLimits']);

function isErrorTable(value) {
  const rows = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return (
    rows.length > 0 && rows.every(([key, row]) => key.startsWith('LWS_ERR_') && row?.code === key)
  );
}

function isRules(value) {
  const rows = typeof value === 'object' && value !== null ? Object.values(value) : [];
  return (
    rows.length > 0 && rows.every((rule) => typeof rule?.kind === 'string' && 'fallback' in rule)
  );
}

/** The whole text of docs/errors.md. */
export function errorsMarkdown(tables) {
  const parts = [
    '# Error codes',
    'Every refusal, violation and failure has a code that never changes. A program recognises it by `error.code`; `error.hint` says what to do. _Status_ and _close_ are what a peer is told, where it is told something. How each kind surfaces is in [architecture.md](architecture.md#errors).',
    'This page is written by `npm run docs:tables` from the tables of the packages, and a test holds it against them.',
  ];
  for (const { name, errors } of tables) {
    if (errors.size === 0) continue;
    const rows = [...errors.values()]
      .sort((a, b) => (a.code < b.code ? -1 : 1))
      .map(
        ({ code, message, hint, status, closeCode }) =>
          `| \`${code}\` | ${cell(message)} | ${cell(hint)} | ${status ?? ''} | ${closeCode ?? ''} |`,
      );
    parts.push(
      `## ${name}`,
      [
        '| code | what happened | what to do | status | close |',
        '|---|---|---|---|---|',
        ...rows,
      ].join('\n'),
    );
  }
  return `${parts.join('\n\n')}\n`;
}

/** The whole text of docs/limits.md; `consequences` says for each option what happens over it. */
export function limitsMarkdown(tables, consequences) {
  const parts = [
    '# Limits',
    'Every limit is an option with a default; what exceeds it is refused as the page says, counted and logged once: `refused` of the vhost and of the context counts each error code. Sizes are in bytes, times in the unit that the name carries, seconds where it carries none, as in lws.',
    'All columns but _over it_ are written by `npm run docs:tables` from the option rules and the error tables of the packages: the codes are those whose hint names the option. A test holds the page against them.',
    [
      '| option | package | default | range | over it | error codes |',
      '|---|---|---|---|---|---|',
      ...limitRows(tables).map(
        ({ option, name, fallback, range, codes }) =>
          `| \`${option}\` | ${name} | ${fallback} | ${range} | ${cell(consequences.get(`${name} ${option}`) ?? '')} | ${codes.map((code) => `\`${code}\``).join(' ')} |`,
      ),
    ].join('\n'),
    'The table has the options that are numbers. What any other may be, such as `retry`, `method`, `protocols`, `extensions`, `errorDocuments` or the `mountpoint` of a mount, stands in its docstring and under _Options_ of the README of its package: [core](../packages/core/README.md#options), [http](../packages/http/README.md#options), [http-mounts](../packages/http-mounts/README.md#options), [ws](../packages/ws/README.md#options), [ws-framing](../packages/ws-framing/README.md#options), [tls](../packages/tls/README.md#options), [raw](../packages/raw/README.md#options), [peer-limits](../packages/peer-limits/README.md#options), [vfs](../packages/vfs/README.md#options) and [adapters](../packages/adapters/README.md#options).',
    '## Defaults that are no numbers',
    policyNotes,
    '## What peers can make a server keep',
    memoryNotes,
    '## What is not an option',
    limitsNotes,
  ];
  return `${parts.join('\n\n')}\n`;
}

const policyNotes = `- \`allowedOrigins\` (@lws-ts/ws): \`'same-origin'\`; a page of another host is answered 403. Without Origin a handshake is let through unless Cookie or Authorization came.
- \`extraMimetypes\` of a mount (@lws-ts/http-mounts): none; a file whose suffix has no media type is answered 404.
- \`dotFiles\` and \`follow\` of a mount: off; a dot file is answered 404, a symlink that leaves the origin 403.
- \`cacheReusable\` of a mount: off; files are sent with \`no-store\`.
- \`interface\` of a vhost (@lws-ts/core): all interfaces, as lws.
- \`whenFull\` (@lws-ts/core): \`'refuse'\`; a connection that there is no descriptor for is reset at once, \`LWS_ERR_DESCRIPTORS\`. With \`'stop-listening'\` nobody listens until there is room.
- \`ipLimitExempt\` and \`ipLimitNotify\` (@lws-ts/peer-limits): nobody is exempt, nobody is told.
- \`trustedProxies\`, \`proxyProtocol\` and \`forwardedBy\` (@lws-ts/peer-limits): nobody is believed; a connection is from the address that it has.`;

const memoryNotes = `\`context.memory\` says what is kept now, in bytes, beside the bounds.

| | of one connection | of all together | over it |
|---|---|---|---|
| input that is parked | 64 KiB and one read of the socket | \`maxInputBytesTotal\` | not read from; cut |
| messages that are put together or inflated | \`maxMessageSize\` | \`maxInputBytesTotal\` | 1009; cut |
| forms, and what a program tells by \`holdsMore\` | \`maxStorage\` | \`maxInputBytesTotal\` | 413; cut |
| output that waits | \`maxOutputBytes\` of WebSocket, else \`txBudget\` and what was given in one call | \`maxOutputBytesTotal\` | 1013, choked; cut |
| heads of requests | \`maxHttpHeaderData\` | \`maxHttpHeaderPool\` tables, \`maxHttpHeaderCopies\` beside them, of a vhost; unfinished ones without a table: \`maxInputBytesTotal\` | 431; waits, then 503; cut |
| engines of zlib | one | \`engines\` of permessage-deflate | waits |
| what kernels take of an answer | not bounded from here | | \`LWS_ERR_HTTP_STALLED\`, \`LWS_ERR_WS_OUTPUT\` |

Whoever is cut is so with a reset; \`refused\` counts \`LWS_ERR_INPUT_TOTAL\` and \`LWS_ERR_OUTPUT_TOTAL\`, and the connections that kept some for the longest go first, no more than are needed.`;

const limitsNotes = `- One connection gets at most 256 deliveries in a turn of the loop; what is left is served in the next.
- A held wsi goes on reading into at most 16 KiB.
- A request body that is read has to move 256 bytes a second in the mean of ten seconds, and to be complete in 300 seconds, else it is answered 408. One that nobody reads is dropped up to 64 KiB and for a second, then the connection ends.
- A peer has to take 1 KiB of an answer a second in the mean of 20 seconds, looked at every 2, else it is cut.
- Of a chunked request body the sizes have at most 16 digits, 13 of them significant, and the extensions of a message 4 KiB together (413).
- A raw connection whose peer sends no more has 5 seconds without progress for what is still to be written to it.
- A peer that is not read from is probed every 2 seconds, so that its reset is found.
- A connection that ends may take 5 seconds without progress for what is still to leave. It lingers for at most one second after that, so that a refusal is not lost to a reset, and reads and discards at most 256 KiB meanwhile; behind more than 16 KiB that come at once it reads nothing for 100 ms, so that others are heard.
- \`close()\` of a context and \`destroy()\` of a vhost give connections \`deadlineSecs\`, 10 unless said otherwise, 0 to 86,400; whoever is left is cut, \`LWS_ERR_SHUTDOWN_CUT\`. A second SIGINT or SIGTERM ends a program of \`runProgram\` at once.
- TCP_NODELAY is set on every TCP connection, accepted or made, and SO_REUSEADDR on every listening socket.
- Of one error code at most ten log lines are written in a second, the rest is told in one; of connections that there is no descriptor for, one line; a line has at most 4,096 characters.
- Of errors that nobody handled a program of \`runProgram\` logs at most ten in a second, and counts all.
- The environment of a script has at most 64 KiB, names and values together (431), and its header block 16 KiB (502).
- Of what scripts of one mount say on stderr at most 32 lines are logged in a second, the rest is told in one; of a line 256 characters.
- A script that nobody wants more of has 2 seconds to end by itself when its answer is complete, and none otherwise; then its group gets SIGTERM, and 2 seconds later SIGKILL. When the context is closed SIGKILL comes at once.
- A script that closed stdout, gave no length and lives on has ended its answer after one second: by then a signal that ended it would be known.
- Scripts lead to one another by a local \`Location\` at most 5 times (508).
- Control frames carry at most 125 bytes of payload (RFC 6455 §5.5), a close reason at most 123.`;

/** The numeric options of all packages, in the order they are read, each with the error codes whose hint names it. */
export function limitRows(tables) {
  const errors = tables.flatMap((table) => [...table.errors.values()]);
  return tables.flatMap(({ name, rules }) =>
    [...rules]
      .filter(
        ([option, { kind }]) => (kind === 'integer' || kind === 'number') && option !== 'port',
      )
      .map(([option, rule]) => ({
        option,
        name,
        fallback: amount(rule.fallback, option),
        range: `${amount(rule.min, option)} to ${amount(rule.max, option)}`,
        codes: errors
          .filter(({ hint }) => hint.split(/\W+/).includes(option))
          .map(({ code }) => code)
          .sort(),
      })),
  );
}

/** What the page says happens over each option, by `package option`. */
export function readConsequences(markdown) {
  const found = new Map();
  for (const [name, from, , , over] of tableRows(markdown))
    if (over !== undefined)
      found.set(`${from} ${name.replaceAll('`', '')}`, over.replace(/\\([|*<_])/g, '$1'));
  return found;
}

/** The cells of every table row, without heads, and without the blanks that align them. */
export function tableRows(markdown) {
  return markdown
    .split('\n')
    .filter(
      (line, at, lines) => line.startsWith('|') && !rule.test(line) && !rule.test(lines[at + 1]),
    )
    .map((line) =>
      line
        .slice(1, line.lastIndexOf('|'))
        .split(/(?<!\\)\|/)
        .map((one) => one.trim()),
    );
}

/** The same text without the blanks that align tables, for comparing. */
export function unaligned(markdown) {
  return markdown
    .split('\n')
    .map((line) =>
      line.startsWith('|')
        ? line.replace(/ +/g, ' ').replace(/-+/g, '-').replaceAll(' -', '-').replaceAll('- ', '-')
        : line,
    )
    .join('\n');
}

const rule = /^\|[ |:-]+$/;

const sizes = /(?:Bytes|Size|Data|Line|Budget|Storage|Input|Copies)$/;

function amount(value, option) {
  for (const [unit, size] of [
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
  ])
    if (sizes.test(option) && value >= size && value % size === 0) return `${value / size} ${unit}`;
  if (value === 2 ** 31 - 1) return '2^31 - 1';
  if (value === Number.MAX_SAFE_INTEGER) return '2^53 - 1';
  return value === Number.POSITIVE_INFINITY ? 'no bound' : value.toLocaleString('en');
}

function cell(text) {
  // text outside code spans may not turn into emphasis
  const plain = (part) => part.replace(/[*<]|(?<!\w)_|_(?!\w)/g, '\\$&');
  const spans = text.split(/(`[^`]*`)/);
  return spans
    .map((part, at) => (at % 2 === 0 ? plain(part) : part).replaceAll('|', '\\|'))
    .join('');
}
