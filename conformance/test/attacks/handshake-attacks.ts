/** WS-12, WS-13, WS-14 and the offers of WS-9: requests for an upgrade, right and wrong, and what each is answered. */
import { handshake } from '../../../packages/ws/test/ws-client.ts';
import type { ThreatId } from './attack.ts';

export interface HandshakeAttack {
  readonly id: ThreatId;
  readonly about: string;
  readonly request: string;
  readonly status: number;
  /** That is counted and logged; none: nothing is refused. */
  readonly code?: string;
  /** Fields that the answer has to have, in lower case; undefined: may not have. */
  readonly answer?: Readonly<Record<string, string | undefined>>;
}

type Fields = Readonly<Record<string, string | undefined>>;
type Row = readonly [
  about: string,
  fields: Fields,
  status: number,
  code?: string | undefined,
  answer?: HandshakeAttack['answer'],
];

const chat = 'GET /chat HTTP/1.1';
/** The name of a field: a second one of another case stands beside it. */
const key = 'Sec-WebSocket-Key';
const version = 'Sec-WebSocket-Version';
const offers = 'Sec-WebSocket-Extensions';
const protocols = 'Sec-WebSocket-Protocol';
const goodKey = 'dGhlIHNhbXBsZSBub25jZQ==';
const keyOf = (bytes: number): string => Buffer.alloc(bytes, 7).toString('base64');

function table(id: ThreatId, rows: readonly Row[], line = chat): HandshakeAttack[] {
  return rows.map(([about, fields, status, code, answer]) => ({
    id,
    about,
    request: handshake(fields, line),
    status,
    ...(code === undefined ? {} : { code: `LWS_ERR_${code}` }),
    ...(answer === undefined ? {} : { answer }),
  }));
}

function refused(
  status: number,
  code: string,
  cases: readonly (readonly [about: string, fields: Fields])[],
  answer?: HandshakeAttack['answer'],
): Row[] {
  return cases.map(([about, fields]) => [about, fields, status, code, answer] as const);
}

const keys = refused(400, 'WS_HANDSHAKE_KEY', [
  ['no key', { [key]: undefined }],
  ['an empty key', { [key]: '' }],
  ['a key of 15 bytes', { [key]: keyOf(15) }],
  ['a key of 17 bytes', { [key]: keyOf(17) }],
  ['a key that is not base64', { [key]: '!!!!!!!!!!!!!!!!!!!!!!==' }],
  ['a key of the other base64', { [key]: 'dGhlIHNhb-BsZSBub25jZ_==' }],
  ['a key without its end', { [key]: 'dGhlIHNhbXBsZSBub25jZQ' }],
  ['a key with a blank in it', { [key]: 'dGhlIHNhbXBsZSBu 25jZQ==' }],
  ['a key in quotes', { [key]: `"${goodKey}"` }],
  ['a key and more', { [key]: `${goodKey}, x` }],
  ['the same key twice', { [key.toLowerCase()]: goodKey }],
  ['two keys', { [key.toLowerCase()]: keyOf(16) }],
]);

const versions = refused(
  426,
  'WS_HANDSHAKE_VERSION',
  [
    ['no version', { [version]: undefined }],
    ['an empty version', { [version]: '' }],
    ['version twice', { [version.toLowerCase()]: '13' }],
    ...['0', '8', '12', '14', '13x', '013', '+13', '13.0', '0x0d', '13, 8', '8, 13'].map(
      (value) => [`version ${value}`, { [version]: value }] as const,
    ),
  ],
  { 'sec-websocket-version': '13' },
);

const upgrades: Row[] = [
  ...refused(400, 'WS_HANDSHAKE_UPGRADE', [
    ['websocket and h2c', { Upgrade: 'websocket, h2c' }],
    ['h2c and websocket', { Upgrade: 'h2c, websocket' }],
    ['Upgrade twice', { upgrade: 'websocket' }],
  ]),
  [
    'a quote that does not end',
    { [offers]: 'permessage-deflate; a="b' },
    400,
    'WS_HANDSHAKE_EXTENSIONS',
  ],
  [
    'a quote whose end is quoted',
    { [offers]: 'permessage-deflate; a="b\\"' },
    400,
    'WS_HANDSHAKE_EXTENSIONS',
  ],
  ['a body', { 'Content-Length': '4' }, 400, 'WS_HANDSHAKE_BODY'],
  ['a body in chunks', { 'Transfer-Encoding': 'chunked' }, 400, 'WS_HANDSHAKE_BODY'],
  ['Upgrade in another case', { Upgrade: 'WebSocket', Connection: 'keep-alive, UPGRADE' }, 101],
  ['a body of nothing', { 'Content-Length': '0' }, 101],
];

/** No request for an upgrade to WebSocket: there is nothing else here. */
const plain: Row[] = (
  [
    ['no Connection', { Connection: undefined }],
    ['Connection: close', { Connection: 'close' }],
    ['Connection: upgraded', { Connection: 'keep-alive, upgraded' }],
    ['no Upgrade', { Upgrade: undefined }],
    ['an empty Upgrade', { Upgrade: '' }],
    ['Upgrade: foo', { Upgrade: 'foo' }],
    ['Upgrade: websockets', { Upgrade: 'websockets' }],
  ] as const
).map(([about, fields]) => [about, fields, 404, 'HTTP_NOT_FOUND'] as const);

const heads: Row[] = [
  ['no Host', { Host: undefined }, 400, 'HTTP_HOST_MISSING'],
  ['two Hosts', { host: 'localhost' }, 400, 'HTTP_HOST_DUPLICATE'],
  ['a Host that is none', { Host: 'a b' }, 400, 'HTTP_HOST'],
  ['a key of 100,000 octets', { [key]: 'x'.repeat(100_000) }, 431, 'HTTP_HEAD_LIMIT'],
  [
    '101 fields',
    Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`x-${at}`, '1'])),
    431,
    'HTTP_FIELDS_LIMIT',
  ],
  ['a NUL', { [protocols]: 'echo\0' }, 400, 'HTTP_FIELD_BYTE'],
  ['a CR', { [protocols]: 'echo\rX: 1' }, 400, 'HTTP_LINE_END'],
  ['a folded field', { [protocols]: 'echo\r\n , x' }, 400, 'HTTP_FIELD_FOLDED'],
  ['a blank before the colon', { 'Origin ': 'http://localhost' }, 400, 'HTTP_FIELD_NAME'],
  ['a field without a name', { '': 'x' }, 400, 'HTTP_FIELD_NAME'],
  [
    'two lengths',
    { 'Content-Length': '0', 'content-length': '0' },
    400,
    'HTTP_CONTENT_LENGTH_DUPLICATE',
  ],
  [
    'a length and chunks',
    { 'Content-Length': '4', 'Transfer-Encoding': 'chunked' },
    400,
    'HTTP_LENGTH_AND_CODING',
  ],
];

const lines: readonly HandshakeAttack[] = (
  [
    ['POST', 'POST /chat HTTP/1.1', 405, 'WS_HANDSHAKE_METHOD'],
    ['HEAD', 'HEAD /chat HTTP/1.1', 405, 'WS_HANDSHAKE_METHOD'],
    ['OPTIONS', 'OPTIONS /chat HTTP/1.1', 405, 'WS_HANDSHAKE_METHOD'],
    ['get', 'get /chat HTTP/1.1', 400, 'HTTP_METHOD'],
    ['HTTP/1.0', 'GET /chat HTTP/1.0', 404, 'HTTP_NOT_FOUND'],
    ['HTTP/0.9', 'GET /chat', 400, 'HTTP_VERSION'],
    ['HTTP/2.0', 'GET /chat HTTP/2.0', 505, 'HTTP_VERSION_UNSUPPORTED'],
    ['a version that is none', 'GET /chat HTTP/1.1x', 400, 'HTTP_VERSION'],
    ['two blanks', 'GET  /chat HTTP/1.1', 400, 'HTTP_TARGET'],
    ['a target with a blank', 'GET /a b HTTP/1.1', 400, 'HTTP_VERSION'],
    ['a target over 8 KiB', `GET /${'a'.repeat(9000)} HTTP/1.1`, 414, 'HTTP_REQUEST_LINE_LIMIT'],
  ] as const
).flatMap(([about, line, status, code]) => table('WS-12', [[about, {}, status, code]], line));

const cookie = { Cookie: 'session=1' };
const origin = (value: string, more: Fields = {}): Fields => ({ Origin: value, ...more });

const origins: Row[] = [
  ...refused(403, 'WS_HANDSHAKE_ORIGIN', [
    ['another host', origin('https://evil.example')],
    ['another host with a cookie', origin('https://evil.example', cookie)],
    ['a host that begins alike', origin('http://localhost.evil.example')],
    ['the host as a user', origin('http://localhost@evil.example')],
    ['another port', origin('http://localhost:1')],
    ['null', origin('null')],
    ['nothing', origin('')],
    ['two in one', origin('http://localhost http://evil.example')],
    ['two', { Origin: 'http://localhost', origin: 'http://evil.example' }],
    ['none with a cookie', cookie],
    ['none with credentials', { Authorization: 'Basic YTpi' }],
    ['the own one where others are listed', { Host: 'listed', Origin: 'http://listed' }],
    [
      'one like that which is listed',
      { Host: 'listed', Origin: 'https://app.example.evil.example' },
    ],
    ['that which is listed without TLS', { Host: 'listed', Origin: 'http://app.example' }],
  ]),
  ['the own one', origin('http://localhost', cookie), 101],
  ['none', {}, 101],
  ['that which is listed', { Host: 'listed', Origin: 'https://app.example', ...cookie }, 101],
];

const chosen = (name: string | undefined): HandshakeAttack['answer'] => ({
  'sec-websocket-protocol': name,
});

const subprotocols: Row[] = [
  ...refused(
    400,
    'WS_HANDSHAKE_PROTOCOLS',
    [
      ['one twice', { [protocols]: 'echo, echo' }],
      ['one twice, in two fields', { [protocols]: 'echo', [protocols.toLowerCase()]: 'echo' }],
      ['nothing', { [protocols]: '' }],
      ['a comma', { [protocols]: ',' }],
      ['an empty element', { [protocols]: 'echo,,counting' }],
      ['an empty element at the end', { [protocols]: 'echo,' }],
      ['a parameter', { [protocols]: 'echo; x=1' }],
      ['quotes', { [protocols]: '"echo"' }],
      ['10,000 blanks', { [protocols]: `echo${' '.repeat(10_000)}x` }],
      ['a slash', { [protocols]: 'echo/1' }],
    ],
    chosen(undefined),
  ),
  [
    'none that is here',
    { [protocols]: 'x, y' },
    400,
    'WS_HANDSHAKE_NO_PROTOCOL',
    chosen(undefined),
  ],
  [
    'one in another case',
    { [protocols]: 'ECHO' },
    400,
    'WS_HANDSHAKE_NO_PROTOCOL',
    chosen(undefined),
  ],
  ['constructor', { [protocols]: 'constructor, __proto__' }, 400, 'WS_HANDSHAKE_NO_PROTOCOL'],
  [
    'one that is here among others',
    { [protocols]: 'x, counting, echo' },
    101,
    undefined,
    chosen('counting'),
  ],
  ['none', {}, 101, undefined, chosen(undefined)],
];

const deflate = 'permessage-deflate';
const agreedTo = (value: string | undefined): HandshakeAttack['answer'] => ({
  'sec-websocket-extensions': value,
});
/** Nothing an attacker chose stands in one window with what is secret. */
const forgetful = `${deflate}; server_no_context_takeover; client_no_context_takeover`;
const offer = (value: string): Fields => ({ Host: 'deflate', [offers]: value });

/** What is no offer, or none that can be agreed to, is declined: there is no compression, and that is all. */
const declined = (
  [
    ['300 offers', `${`${deflate}; server_max_window_bits=7, `.repeat(299)}${deflate}`],
    ['one that fits behind 16 that do not', `${`${deflate}; x, `.repeat(16)}${deflate}`],
    ['server_max_window_bits=7', `${deflate}; server_max_window_bits=7`],
    ['server_max_window_bits=16', `${deflate}; server_max_window_bits=16`],
    ['server_max_window_bits=99999999999', `${deflate}; server_max_window_bits=99999999999`],
    ['server_max_window_bits=010', `${deflate}; server_max_window_bits=010`],
    ['server_max_window_bits=1e1', `${deflate}; server_max_window_bits=1e1`],
    ['server_max_window_bits=-9', `${deflate}; server_max_window_bits=-9`],
    ['server_max_window_bits', `${deflate}; server_max_window_bits`],
    ['client_max_window_bits=7', `${deflate}; client_max_window_bits=7`],
    ['client_max_window_bits=16', `${deflate}; client_max_window_bits=16`],
    ['client_max_window_bits=99999999999', `${deflate}; client_max_window_bits=99999999999`],
    ['a parameter twice', `${deflate}; client_max_window_bits; client_max_window_bits`],
    ['a parameter with a value it has not', `${deflate}; server_no_context_takeover=1`],
    ['a parameter there is not', `${deflate}; x`],
    ['a parameter __proto__', `${deflate}; __proto__=1`],
    ['constructor', 'constructor; toString=1'],
    ['__proto__', '__proto__; __proto__="__proto__"'],
    ['another case', 'Permessage-Deflate'],
    ['nothing', ''],
    ['commas', ',,,'],
    ['semicolons', `${deflate};;`],
  ] as const
).map(([about, value]) => [about, offer(value), 101, undefined, agreedTo(undefined)] as const);

const offered: Row[] = [
  ...declined,
  [
    'a quote that does not end',
    offer(`${deflate}; server_max_window_bits="9`),
    400,
    'WS_HANDSHAKE_EXTENSIONS',
  ],
  [
    'the offer of a browser',
    offer(`${deflate}; client_max_window_bits`),
    101,
    undefined,
    agreedTo(forgetful),
  ],
  [
    'one that fits behind 15 that do not',
    offer(`${`${deflate}; x, `.repeat(15)}${deflate}`),
    101,
    undefined,
    agreedTo(forgetful),
  ],
  [
    'windows that are smaller',
    offer(`${deflate}; server_max_window_bits=9; client_max_window_bits="10"`),
    101,
    undefined,
    agreedTo(`${forgetful}; server_max_window_bits=9; client_max_window_bits=10`),
  ],
];

export const handshakeAttacks: readonly HandshakeAttack[] = [
  ...table('WS-12', [...keys, ...versions, ...upgrades, ...plain, ...heads]),
  ...lines,
  ...table('WS-13', origins),
  ...table('WS-14', subprotocols),
  ...table('WS-9', offered),
];
