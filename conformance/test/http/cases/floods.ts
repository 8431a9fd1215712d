/** FLD-1 to FLD-9 that are not about time, and what of SLO is not: sizes, counts, and headers that are hard to parse. */
import { get, H, type HttpCase, line, post, refused, root, served } from '../case.ts';

const times = (count: number, one: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => one(at)).join('');

/** A head of exactly `length` bytes. */
const headOf = (length: number): string =>
  get(`X: ${'y'.repeat(length - get('X: \r\n').length)}\r\n`);
/** A request line of exactly `length` bytes, CR LF not counted. */
const lineOf = (length: number): string =>
  `GET /${'x'.repeat(length - 'GET / HTTP/1.1'.length)} HTTP/1.1\r\n`;

const sizes: readonly HttpCase[] = [
  refused(
    'FLD-1 target of 64 KiB',
    `GET /${'x'.repeat(65_536)} HTTP/1.1\r\n${H}\r\n`,
    414,
    'RFC 9110 §15.5.15: 8 KiB',
  ),
  refused('FLD-1 endless target', `GET /${'x'.repeat(20_000)}`, 414, 'never waited for'),
  refused('FLD-1 endless query', `GET /?${'x'.repeat(20_000)}`, 414, 'never waited for'),
  refused('FLD-1 endless method', 'X'.repeat(20_000), 414, 'RFC 9112 §3: never waited for'),
  refused('FLD-1 line one byte too long', `${lineOf(8193)}${H}\r\n`, 414, 'maxRequestLine 8192'),
  served(
    'FLD-1 line at the limit',
    `${lineOf(8192)}${H}\r\n`,
    [`GET /${'x'.repeat(8192 - 14)}`],
    'maxRequestLine 8192',
  ),
  refused('FLD-2 field of 20 KiB', get(`X: ${'y'.repeat(20_480)}\r\n`), 431, 'RFC 6585 §5: 16 KiB'),
  refused(
    'FLD-2 field of 100 KiB',
    get(`X: ${'y'.repeat(102_400)}\r\n`),
    431,
    'RFC 6585 §5: 16 KiB',
  ),
  refused('FLD-2 name of 20 KiB', get(`${'X'.repeat(20_480)}: y\r\n`), 431, 'RFC 6585 §5: 16 KiB'),
  refused(
    'FLD-2 20 KiB of spaces',
    get(`X:${' '.repeat(20_480)}y\r\n`),
    431,
    'RFC 6585 §5: what is not kept counts',
  ),
  refused(
    'FLD-2 spaces behind a value',
    get(`X: y${' '.repeat(20_480)}\r\n`),
    431,
    'RFC 6585 §5: what is not kept counts',
  ),
  refused(
    'FLD-2 endless value',
    `GET / HTTP/1.1\r\n${H}X: ${'y'.repeat(20_000)}`,
    431,
    'never waited for',
  ),
  refused(
    'FLD-2 endless name',
    `GET / HTTP/1.1\r\n${H}${'X'.repeat(20_000)}`,
    431,
    'never waited for',
  ),
  refused('FLD-2 one byte too much', headOf(16_385), 431, 'maxHttpHeaderData 16384'),
  served('FLD-2 head at the limit', headOf(16_384), root, 'maxHttpHeaderData 16384'),
  refused(
    'FLD-2 ninety fields of 200 bytes',
    get(times(90, (at) => `X-${at}: ${'y'.repeat(200)}\r\n`)),
    431,
    'all fields together',
  ),
  refused(
    'FLD-3 500 fields',
    get(times(500, (at) => `X-${at}: y\r\n`)),
    431,
    'FLD-3: over 100; never dropped silently',
  ),
  refused('FLD-3 5000 fields', get(times(5000, () => 'X: y\r\n')), 431, 'FLD-3: over 100'),
  refused('FLD-3 101 fields', get(times(100, () => 'X: y\r\n')), 431, 'FLD-3: Host is one of them'),
  served('FLD-3 100 fields', get(times(99, (at) => `X-${at}: y\r\n`)), root, 'FLD-3: at the limit'),
  refused(
    'FLD-3 a length behind 150 fields',
    post(`${times(150, () => 'X: y\r\n')}Content-Length: 3\r\n`, 'abc'),
    431,
    'FLD-3: never dropped silently',
  ),
  refused('FLD-5 three empty lines', `\r\n\r\n\r\n${get()}`, 400, 'FLD-5: at most two'),
  refused('FLD-5 a hundred empty lines', '\r\n'.repeat(100) + get(), 400, 'FLD-5: at most two'),
  refused('FLD-5 64 KiB of empty lines', '\r\n'.repeat(32_768), 400, 'FLD-5: at most two'),
  served('FLD-5 one empty line', `\r\n${get()}`, root, 'RFC 9112 §2.2'),
  served('FLD-5 two empty lines', `\r\n\r\n${get()}`, root, 'FLD-5: at most two'),
  refused('FLD-5 LF first', `\n${get()}`, 400, 'CR LF only'),
  refused('FLD-5 CR CR first', `\r\r\n${get()}`, 400, 'CR LF only'),
  refused('FLD-5 CR first', `\r${get()}`, 400, 'CR LF only'),
  refused('FLD-5 a space on the empty line', ` \r\n${get()}`, 400, 'RFC 9112 §2.2'),
  served(
    'FLD-8 keys of one hash bucket',
    get(times(90, (at) => `${at * 65_536}: y\r\n`)),
    root,
    'FLD-8: nothing is keyed by them',
  ),
];

const many = 'FLD-6, FLD-9: time grows with the length alone';

/** Values near 16 KiB of fields that somebody parses; the program asks nothing of them but the file mount does. */
const hard: readonly HttpCase[] = [
  served(
    'FLD-6 a query of 1000 parameters',
    line(`GET /?${times(1000, (at) => `a${at}=b&`)} HTTP/1.1`),
    [`GET /?${times(1000, (at) => `a${at}=b&`)}`],
    many,
  ),
  refused(
    'FLD-6 a query of 10,000 parameters',
    line(`GET /?${times(10_000, (at) => `a${at}=b&`)} HTTP/1.1`),
    414,
    'FLD-1: 8 KiB come first',
  ),
  refused(
    'FLD-6 cookie of 16 KiB',
    get(`Cookie: ${'a=b; '.repeat(3277)}\r\n`),
    431,
    'FLD-2: 16 KiB come first',
  ),
  refused(
    'FLD-6 Accept of 10,000 items',
    get(`Accept: ${'a/b,'.repeat(10_000)}\r\n`),
    431,
    'FLD-2: 16 KiB come first',
  ),
  refused(
    'FLD-6 If-None-Match with 10,000 tags',
    get(`If-None-Match: ${'"a", '.repeat(10_000)}"b"\r\n`),
    431,
    'FLD-2: 16 KiB come first',
  ),
  served(
    'FLD-6 cookie of 15 KiB',
    get(`Cookie: ${times(1900, (at) => `a${at % 10}=bcd; `).slice(0, 15_000)}\r\n`),
    root,
    many,
  ),
  served('FLD-6 Accept of 5000 items', get(`Accept: ${'a/b,'.repeat(3500)}\r\n`), root, many),
  served(
    'FLD-9 Connection of 7000 commas',
    get(`Connection: ${','.repeat(14_000)}\r\n`),
    root,
    many,
  ),
  served('FLD-9 Connection of spaces', get(`Connection: a${' '.repeat(14_000)}b\r\n`), root, many),
  served(
    'FLD-9 Connection of 7000 items',
    get(`Connection: ${'x,'.repeat(7000)}x\r\n`),
    root,
    many,
  ),
  refused(
    'FLD-9 subprotocols of spaces',
    get(
      `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: a${' '.repeat(14_000)}b\r\n`,
    ),
    400,
    'the ReDoS of ws in 2021',
  ),
  refused(
    'FLD-9 Upgrade of 7000 items',
    get(`Connection: Upgrade\r\nUpgrade: websocket${',x'.repeat(7000)}\r\n`),
    400,
    many,
  ),
  refused('FLD-9 Expect of spaces', get(`Expect: 100-continue${' '.repeat(7000)}x\r\n`), 417, many),
  refused('FLD-9 Host of dots', `GET / HTTP/1.1\r\nHost: ${'a.'.repeat(7000)}\r\n\r\n`, 400, many),
  refused(
    'FLD-9 Host of colons',
    `GET / HTTP/1.1\r\nHost: [${':'.repeat(14_000)}]\r\n\r\n`,
    400,
    many,
  ),
  refused('FLD-9 path of dot segments', line(`GET /${'../'.repeat(2600)} HTTP/1.1`), 400, many),
  served('FLD-9 path of slashes', line(`GET ${'/'.repeat(8000)} HTTP/1.1`), root, many),
  served('FLD-9 path up and down', line(`GET /${'a/../'.repeat(1600)} HTTP/1.1`), root, many),
  served(
    'FLD-9 path of escapes',
    line(`GET /${'%41'.repeat(2600)} HTTP/1.1`),
    [`GET /${'A'.repeat(2600)}`],
    many,
  ),
];

const file = (fields: string): string => get(fields, '/files/a.txt');

const mounted: readonly HttpCase[] = [
  served(
    'FLD-6 Range with 1000 overlapping ranges',
    file(`Range: bytes=${times(1000, () => '0-9,')}0-9\r\n`),
    [],
    'RFC 9110 §14.2: more than 5 or overlapping: the whole file',
    '200',
  ),
  served(
    'FLD-6 Range that kills sirv',
    file('Range: bytes=-99999999999999999999\r\n'),
    [],
    'FLD-6: a suffix over the size is the whole',
    '200|206',
  ),
  served(
    'FLD-6 Range over 2^53',
    file('Range: bytes=0-99999999999999999999\r\n'),
    [],
    'FLD-6: clamped',
    '200|206',
  ),
  served(
    'FLD-6 Range behind the end',
    file('Range: bytes=99999999999999999999-\r\n'),
    [],
    'RFC 9110 §15.5.17',
    '200|416',
  ),
  ...[
    'bytes=',
    'bytes=a-b',
    'bytes=-',
    'bytes=--1',
    'bytes=5-1',
    'lines=0-1',
    'bytes 0-1',
    'bytes=0-1;',
    'bytes=0x0-1',
    'bytes=+1-2',
    ',,,',
    'bytes=1-2-3',
    `bytes=${' '.repeat(10_000)}0-1`,
    `bytes=${','.repeat(10_000)}`,
  ].map((value) =>
    served(
      `FLD-6 Range ${value.length > 40 ? `of ${value.length} bytes, ${value.at(-1)}` : value}`,
      file(`Range: ${value}\r\n`),
      [],
      'RFC 9110 §14.2: an invalid one is ignored',
      '200|206|416',
    ),
  ),
  served(
    'FLD-6 If-None-Match with 3000 tags',
    file(`If-None-Match: ${'"a", '.repeat(3000)}"b"\r\n`),
    [],
    many,
    '200',
  ),
  served(
    'FLD-6 If-None-Match of commas',
    file(`If-None-Match: ${','.repeat(15_000)}\r\n`),
    [],
    many,
    '200',
  ),
  served(
    'FLD-6 If-None-Match with an open quote',
    file(`If-None-Match: "${'a'.repeat(15_000)}\r\n`),
    [],
    many,
    '200',
  ),
  served(
    'FLD-6 If-Match with 3000 tags',
    file(`If-Match: ${'"a", '.repeat(3000)}"b"\r\n`),
    [],
    many,
    '412',
  ),
  served(
    'FLD-9 If-Modified-Since of spaces',
    file(`If-Modified-Since: Thu,${' '.repeat(15_000)}x\r\n`),
    [],
    many,
    '200',
  ),
  served(
    'FLD-9 Accept-Encoding of 5000 items',
    file(`Accept-Encoding: ${'gzip;q=0.001,'.repeat(1100)}\r\n`),
    [],
    many,
    '200',
  ),
  served(
    'FLD-9 Accept-Encoding of quality',
    file(`Accept-Encoding: gzip;q=0.${'0'.repeat(14_000)}\r\n`),
    [],
    many,
    '200',
  ),
];

export const floodCases: readonly HttpCase[] = [...sizes, ...hard, ...mounted];
