/** Chunked bodies as data: [id, bytes behind the head, what must come of it, why]. A code stands for being refused with it. */

export type ChunkedCase = readonly [
  id: string,
  bytes: string,
  outcome: { readonly body: string; readonly trailers?: readonly string[] } | `LWS_ERR_${string}`,
  why: string,
];

const END = '0\r\n\r\n';
const SIZE = 'LWS_ERR_HTTP_CHUNK_SIZE';
const DATA = 'LWS_ERR_HTTP_CHUNK_DATA';
const LINE = 'LWS_ERR_HTTP_LINE_END';
const EXTENSION = 'LWS_ERR_HTTP_CHUNK_EXTENSION';
const EXTENSION_LIMIT = 'LWS_ERR_HTTP_CHUNK_EXTENSION_LIMIT';
const TRAILER = 'LWS_ERR_HTTP_TRAILER';

const abc = (size: string): string => `${size}\r\nabc\r\n${END}`;
const trailed = (lines: string): string => `3\r\nabc\r\n0\r\n${lines}\r\n`;
const refused = (
  codes: Readonly<Record<string, ChunkedCase[2]>>,
  of: (given: string) => string,
  id: string,
  why: string,
): ChunkedCase[] =>
  Object.entries(codes).map(([given, outcome]) => [
    `${id} ${JSON.stringify(given.length > 40 ? `${given.slice(0, 6)} ${given.length} bytes` : given)}`,
    of(given),
    outcome,
    why,
  ]);

const sizes: readonly ChunkedCase[] = [
  ['one chunk', abc('3'), { body: 'abc' }, 'RFC 9112 §7.1'],
  [
    'three chunks',
    `1\r\na\r\n2\r\nbc\r\n10\r\n${'d'.repeat(16)}\r\n${END}`,
    { body: `abc${'d'.repeat(16)}` },
    'in order',
  ],
  ['no chunk', END, { body: '' }, 'the last chunk alone'],
  [
    'capitals',
    `A\r\n0123456789\r\na\r\n0123456789\r\n${END}`,
    { body: '01234567890123456789' },
    'hexadecimal has no case',
  ],
  [
    'data that looks like framing',
    `7\r\n0\r\n\r\n0\r\r\n${END}`,
    { body: '0\r\n\r\n0\r' },
    'data is not read',
  ],
  ['SMG-7 15 zeros before it', abc('0000000000000003'), { body: 'abc' }, 'at most 16 digits'],
  ['SMG-7 16 zeros', '0000000000000000\r\n\r\n', { body: '' }, 'the last chunk, at most 16 digits'],
  ...refused(
    {
      '0x3': SIZE,
      '+3': SIZE,
      '-1': SIZE,
      '': SIZE,
      ' 3': SIZE,
      '3 ': SIZE,
      '3\t': SIZE,
      '\t3': SIZE,
      '11111111111111111': SIZE,
      '00000000000000003': SIZE,
      '10000000000000': SIZE,
      ffffffffffffffff: SIZE,
      '3,3': SIZE,
      '3 3': SIZE,
      g: SIZE,
      '3h': SIZE,
      '"3"': SIZE,
      '3\u0000': SIZE,
      '\u00b3': SIZE,
      '1_0': SIZE,
      '3.0': SIZE,
      [`${'0'.repeat(64)}3`]: SIZE,
      '3\n': LINE,
      '3\r': LINE,
      '\n3': LINE,
      '\r\n3': SIZE,
    },
    abc,
    'SMG-7 size',
    '1 to 13 digits that count',
  ),
  ['SMG-7 "3\\na"', `3\nabc\r\n${END}`, LINE, 'bare LF'],
  [
    'SMG-7 size below 2^52',
    'fffffffffffff\r\n',
    'LWS_ERR_HTTP_BODY_LIMIT',
    'a size, and far too large',
  ],
  ['SMG-6 LF ends the last chunk', `3\r\nabc\r\n0\n\r\n`, LINE, 'CR LF only'],
  ['SMG-6 LF ends the body', `3\r\nabc\r\n0\r\n\n`, LINE, 'CR LF only'],
  ['SMG-6 CR CR LF ends the body', `3\r\nabc\r\n0\r\n\r\r\n`, LINE, 'CR LF only'],
  ['SMG-6 CR CR LF ends a size', `3\r\r\nabc\r\n${END}`, LINE, 'CR LF only'],
];

const data: readonly ChunkedCase[] = [
  ['SMG-7 nothing after the data', `3\r\nabc${END}`, DATA, 'CR LF is missing'],
  ['SMG-7 data longer than the size', `3\r\nabcd\r\n${END}`, DATA, 'a byte too many'],
  ['SMG-7 data shorter than the size', `5\r\nabc\r\n${END}`, DATA, 'the CR LF counts as data'],
  ['SMG-6 LF after the data', `3\r\nabc\n${END}`, DATA, 'CR LF only'],
  ['SMG-6 CR after the data', `3\r\nabc\r${END}`, DATA, 'CR LF only'],
  ['SMG-6 LF CR after the data', `3\r\nabc\n\r${END}`, DATA, 'CR LF only'],
];

const extensions: readonly ChunkedCase[] = [
  ...[';a', ';a=b', ';a="b c;d\\"e\\\\\u00e9\t"', ';a;b=1;c=""', ';!#$%=~'].map(
    (given): ChunkedCase => [
      `extension ${given}`,
      abc(`3${given}`),
      { body: 'abc' },
      'RFC 9112 §7.1.1',
    ],
  ),
  [
    'an extension of the last chunk',
    `3\r\nabc\r\n0;a=b\r\n\r\n`,
    { body: 'abc' },
    'RFC 9112 §7.1.1',
  ],
  ...refused(
    {
      ';a\nb': LINE,
      ';a="\n"': LINE,
      ';\n': LINE,
      ';a\r': LINE,
      ';a\rb': LINE,
      ';a="\r"': EXTENSION,
      ';a\u0000': EXTENSION,
      ';a="\u0000"': EXTENSION,
      ';a="\\\u0000"': EXTENSION,
      ';a="\u007f"': EXTENSION,
      ';': EXTENSION,
      ';;a': EXTENSION,
      ';=b': EXTENSION,
      ';a=': EXTENSION,
      ';a=;b': EXTENSION,
      ';a=b=c': EXTENSION,
      '; a': EXTENSION,
      ';a b': EXTENSION,
      ';a=b ': EXTENSION,
      ';a="b': EXTENSION,
      ';a="b"c': EXTENSION,
      ';a=b"c"': EXTENSION,
      ';a\u00e9': EXTENSION,
      ';(a)': EXTENSION,
      [`;${'a'.repeat(20_480)}`]: EXTENSION_LIMIT,
      [`;a="${'\u00e9'.repeat(20_480)}"`]: EXTENSION_LIMIT,
      [`;${'a'.repeat(4096)}`]: EXTENSION_LIMIT,
    },
    (given) => abc(`3${given}`),
    'SMG-7',
    'tokens and quoted strings, 4 KiB',
  ),
  ['SMG-7 4 KiB of extension', abc(`3;${'a'.repeat(4095)}`), { body: 'abc' }, 'the limit itself'],
  [
    'SMG-7 extensions of 4 KiB and a byte together',
    `3;${'a'.repeat(2047)}\r\nabc\r\n3;${'a'.repeat(2048)}\r\nabc\r\n${END}`,
    EXTENSION_LIMIT,
    'those of a message count together',
  ],
];

const trailers: readonly ChunkedCase[] = [
  [
    'trailers',
    trailed('X-Sum: 1\r\ny:\t2 \r\n'),
    { body: 'abc', trailers: ['x-sum: 1', 'y: 2'] },
    'RFC 9112 §7.1.2',
  ],
  [
    'SMG-16 prototype names',
    trailed('__proto__: 1\r\n'),
    { body: 'abc', trailers: ['__proto__: 1'] },
    'plain names',
  ],
  ...refused(
    {
      'Content-Length: 50\r\n': TRAILER,
      'Host: evil\r\n': TRAILER,
      'transfer-encoding: chunked\r\n': TRAILER,
      'X: 1\r\nAUTHORIZATION: Basic eDp5\r\n': TRAILER,
      'Cookie: a=b\r\n': TRAILER,
      'Connection: close\r\n': TRAILER,
      'Upgrade: x\r\n': TRAILER,
      'Trailer: x\r\n': TRAILER,
      'TE: trailers\r\n': TRAILER,
      'Expect: 100-continue\r\n': TRAILER,
      'Content-Type: text/html\r\n': TRAILER,
      'X-Forwarded-For: 127.0.0.1\r\n': TRAILER,
      'bad trailer\r\n': 'LWS_ERR_HTTP_FIELD_NAME',
      ': 1\r\n': 'LWS_ERR_HTTP_FIELD_NAME',
      'X : 1\r\n': 'LWS_ERR_HTTP_FIELD_NAME',
      ' X: 1\r\n': 'LWS_ERR_HTTP_FIELD_FOLDED',
      'X: 1\r\n y\r\n': 'LWS_ERR_HTTP_FIELD_FOLDED',
      'X: 1\n': LINE,
      'X: a\rb\r\n': LINE,
      'X: 1\r\r\n': LINE,
      'X: \u0000\r\n': 'LWS_ERR_HTTP_FIELD_BYTE',
      [`X: ${'y'.repeat(65_536)}\r\n`]: 'LWS_ERR_HTTP_HEAD_LIMIT',
      [`${'y'.repeat(65_536)}: 1\r\n`]: 'LWS_ERR_HTTP_HEAD_LIMIT',
      [`${'X: 1\r\n'.repeat(101)}`]: 'LWS_ERR_HTTP_FIELDS_LIMIT',
    },
    trailed,
    'SMG-9',
    'as in heads; nothing that belongs before the body',
  ),
  [
    'SMG-9 64 KiB of trailers',
    trailed(`X: ${'y'.repeat(1000)}\r\n`.repeat(65)),
    'LWS_ERR_HTTP_HEAD_LIMIT',
    'the limit of a head',
  ],
];

export const chunkedCases: readonly ChunkedCase[] = [...sizes, ...data, ...extensions, ...trailers];
