/** WS-12, the other side: what a server answers our client with, and the error that its program is told. */
import { acceptOf, field } from '../peer/handshake.ts';

/** The octets of an answer to a request; none: the connection ends without a word. */
export type Answer = (request: string) => string;

export type AnswerAttack = readonly [about: string, code: string, answer: Answer];

type Fields = Readonly<Record<string, string | undefined>>;

/** An answer that is right but for fields in place of its own, or beside them; `undefined` leaves one out. */
function answer(fields: Fields, line = 'HTTP/1.1 101 Switching Protocols'): Answer {
  return (request) => {
    const all: Fields = {
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Accept': acceptOf(field(request, 'sec-websocket-key') ?? ''),
      ...fields,
    };
    const lines = Object.entries(all).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}: ${value}`],
    );
    return `${[line, ...lines].join('\r\n')}\r\n\r\n`;
  };
}

const accept = 'Sec-WebSocket-Accept';
const extensions = 'Sec-WebSocket-Extensions';
const protocol = 'Sec-WebSocket-Protocol';
const deflate = 'permessage-deflate';

/** Each breaks a rule of RFC 6455 §4.1 or RFC 7692 §7.1. */
const wrong = (
  [
    ['no Upgrade', { Upgrade: undefined }],
    ['an empty Upgrade', { Upgrade: '' }],
    ['Upgrade: h2c', { Upgrade: 'h2c' }],
    ['Upgrade: websocket, h2c', { Upgrade: 'websocket, h2c' }],
    ['Upgrade twice', { upgrade: 'websocket' }],
    ['no Connection', { Connection: undefined }],
    ['Connection: close', { Connection: 'close' }],
    ['Connection: keep-alive', { Connection: 'keep-alive' }],
    ['Connection: upgraded', { Connection: 'upgraded' }],
    ['no accept', { [accept]: undefined }],
    ['an empty accept', { [accept]: '' }],
    ['the accept of another key', { [accept]: acceptOf('dGhlIHNhbXBsZSBub25jZQ==') }],
    ['an accept that is no base64', { [accept]: '!'.repeat(28) }],
    ['accept twice', { [accept.toLowerCase()]: acceptOf('') }],
    ['a subprotocol nobody asked for', { [protocol]: 'other' }],
    ['two subprotocols', { [protocol]: 'chat, talk' }],
    ['a subprotocol twice', { [protocol]: 'chat', [protocol.toLowerCase()]: 'chat' }],
    ['a subprotocol in another case', { [protocol]: 'CHAT' }],
    ['an empty subprotocol', { [protocol]: '' }],
    ['an extension nobody offered', { [extensions]: 'x-other' }],
    ['constructor', { [extensions]: 'constructor' }],
    ['__proto__', { [extensions]: '__proto__; __proto__=1' }],
    ['extensions that are no list', { [extensions]: ';' }],
    ['a quote that does not end', { [extensions]: `${deflate}; server_max_window_bits="9` }],
    ['an extension twice', { [extensions]: `${deflate}, ${deflate}` }],
    ['a parameter there is not', { [extensions]: `${deflate}; x` }],
    [
      'a parameter twice',
      { [extensions]: `${deflate}; server_no_context_takeover; server_no_context_takeover` },
    ],
    ['server_max_window_bits=7', { [extensions]: `${deflate}; server_max_window_bits=7` }],
    ['server_max_window_bits=16', { [extensions]: `${deflate}; server_max_window_bits=16` }],
    [
      'server_max_window_bits=99999999999',
      { [extensions]: `${deflate}; server_max_window_bits=99999999999` },
    ],
    [
      'client_max_window_bits without a value',
      { [extensions]: `${deflate}; client_max_window_bits` },
    ],
    ['a context that was not to be kept', { [extensions]: deflate }],
  ] as const
).map(([about, fields]): AnswerAttack => [about, 'WS_CLIENT_ANSWER', answer(fields)]);

const statuses = [
  '200 OK',
  '204 No Content',
  '400 x',
  '401 x',
  '403 x',
  '404 x',
  '426 x',
  '500 x',
  '503 x',
].map((status): AnswerAttack => [status, 'WS_CLIENT_STATUS', answer({}, `HTTP/1.1 ${status}`)]);

export const answerAttacks: readonly AnswerAttack[] = [
  ...wrong,
  ...statuses,
  ['nothing', 'CONNECT_CLOSED', () => ''],
  ['half a head', 'CONNECT_CLOSED', (request) => answer({})(request).slice(0, 60)],
  ['HTTP/1.0', 'WS_CLIENT_ANSWER', answer({}, 'HTTP/1.0 101 x')],
  ['HTTP/2.0', 'HTTP_VERSION_UNSUPPORTED', answer({}, 'HTTP/2.0 101 x')],
  ['another protocol', 'HTTP_STATUS_LINE', () => 'SSH-2.0-OpenSSH\r\n\r\n'],
  ['a status of letters', 'HTTP_STATUS_LINE', answer({}, 'HTTP/1.1 1O1 x')],
  ['a status of two digits', 'HTTP_STATUS_LINE', answer({}, 'HTTP/1.1 10 x')],
  ['lines that end with LF', 'HTTP_STATUS_LINE', () => 'HTTP/1.1 101 x\n\n'],
  ['a folded field', 'HTTP_FIELD_FOLDED', answer({ Upgrade: 'websocket\r\n x' })],
  ['a field without a name', 'HTTP_FIELD_NAME', answer({ '': 'x' })],
  ['a blank before the colon', 'HTTP_FIELD_NAME', answer({ 'X ': 'x' })],
  ['a NUL', 'HTTP_FIELD_BYTE', answer({ X: 'a\0b' })],
  [
    'two lengths',
    'HTTP_CONTENT_LENGTH_DUPLICATE',
    answer({ 'Content-Length': '1', 'content-length': '1' }),
  ],
  ['a head of 17 KiB', 'HTTP_HEAD_LIMIT', answer({ X: 'x'.repeat(17_000) })],
  [
    '101 fields',
    'HTTP_FIELDS_LIMIT',
    answer(Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`x-${at}`, '1']))),
  ],
  ['9 interim answers', 'HTTP_INTERIM', () => 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(9)],
  ['a redirect to nowhere', 'HTTP_REDIRECT', answer({}, 'HTTP/1.1 302 x')],
  ['a redirect to itself, for ever', 'HTTP_REDIRECT', answer({ Location: '/' }, 'HTTP/1.1 302 x')],
  [
    'a redirect to a file',
    'HTTP_REDIRECT',
    answer({ Location: 'file:///etc/x' }, 'HTTP/1.1 302 x'),
  ],
];
