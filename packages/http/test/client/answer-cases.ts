/** Answers of servers that cannot be believed, and the code that comes of each. */

export const ok = 'HTTP/1.1 200 OK\r\n';
export const chunked = `${ok}transfer-encoding: chunked\r\n\r\n`;

/** What the server says, then FIN unless told otherwise; and the code that comes of it. */
export const badHeads: [name: string, bytes: string, code: string][] = [
  ['nothing', '', 'LWS_ERR_CONNECT_CLOSED'],
  ['half a status line', 'HTTP/1.1 2', 'LWS_ERR_CONNECT_CLOSED'],
  ['half a head', `${ok}content-`, 'LWS_ERR_CONNECT_CLOSED'],
  ['another protocol', 'SSH-2.0-x\r\n', 'LWS_ERR_HTTP_STATUS_LINE'],
  ['HTTP/0.9', '<html>', 'LWS_ERR_HTTP_STATUS_LINE'],
  ['a lower-case version', 'http/1.1 200 OK\r\n\r\n', 'LWS_ERR_HTTP_STATUS_LINE'],
  ['HTTP/2.0', 'HTTP/2.0 200 OK\r\n\r\n', 'LWS_ERR_HTTP_VERSION_UNSUPPORTED'],
  ['HTTP/1.2', 'HTTP/1.2 200 OK\r\n\r\n', 'LWS_ERR_HTTP_VERSION_UNSUPPORTED'],
  ['two spaces', 'HTTP/1.1  200 OK\r\n\r\n', 'LWS_ERR_HTTP_STATUS_LINE'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n', 'LWS_ERR_HTTP_STATUS_LINE'],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n', 'LWS_ERR_HTTP_STATUS_LINE'],
  ['status 099', 'HTTP/1.1 099 OK\r\n\r\n', 'LWS_ERR_HTTP_STATUS_LINE'],
  ['status 600', 'HTTP/1.1 600 OK\r\n\r\n', 'LWS_ERR_HTTP_STATUS_LINE'],
  ['status -20', 'HTTP/1.1 -20 OK\r\n\r\n', 'LWS_ERR_HTTP_STATUS_LINE'],
  ['NUL in the reason', 'HTTP/1.1 200 O\0K\r\n\r\n', 'LWS_ERR_HTTP_STATUS_LINE'],
  ['a bare LF', 'HTTP/1.1 200 OK\ncontent-length: 0\n\n', 'LWS_ERR_HTTP_STATUS_LINE'],
  ['a bare CR', 'HTTP/1.1 200 OK\rX', 'LWS_ERR_HTTP_LINE_END'],
  ['a bare LF in a field', `${ok}a: b\nc: d\r\n\r\n`, 'LWS_ERR_HTTP_LINE_END'],
  ['a field without a colon', `${ok}nothing\r\n\r\n`, 'LWS_ERR_HTTP_FIELD_NAME'],
  ['a field without a name', `${ok}: x\r\n\r\n`, 'LWS_ERR_HTTP_FIELD_NAME'],
  ['a space before the colon', `${ok}a : x\r\n\r\n`, 'LWS_ERR_HTTP_FIELD_NAME'],
  ['a folded field', `${ok}a: b\r\n c\r\n\r\n`, 'LWS_ERR_HTTP_FIELD_FOLDED'],
  ['NUL in a field', `${ok}a: b\0\r\n\r\n`, 'LWS_ERR_HTTP_FIELD_BYTE'],
  ['a head of 17 KiB', `${ok}a: ${'x'.repeat(17_000)}\r\n\r\n`, 'LWS_ERR_HTTP_HEAD_LIMIT'],
  [
    'a status line of 17 KiB',
    `HTTP/1.1 200 ${'x'.repeat(17_000)}\r\n\r\n`,
    'LWS_ERR_HTTP_HEAD_LIMIT',
  ],
  ['101 fields', `${ok}${'a: b\r\n'.repeat(101)}\r\n`, 'LWS_ERR_HTTP_FIELDS_LIMIT'],
  [
    'two lengths',
    `${ok}content-length: 1\r\ncontent-length: 2\r\n\r\n`,
    'LWS_ERR_HTTP_CONTENT_LENGTH_DUPLICATE',
  ],
  [
    'two equal lengths',
    `${ok}content-length: 1\r\ncontent-length: 1\r\n\r\n`,
    'LWS_ERR_HTTP_CONTENT_LENGTH_DUPLICATE',
  ],
  ['a list of lengths', `${ok}content-length: 1, 1\r\n\r\n`, 'LWS_ERR_HTTP_CONTENT_LENGTH'],
  ['length +1', `${ok}content-length: +1\r\n\r\n`, 'LWS_ERR_HTTP_CONTENT_LENGTH'],
  ['length -1', `${ok}content-length: -1\r\n\r\n`, 'LWS_ERR_HTTP_CONTENT_LENGTH'],
  ['length 0x1', `${ok}content-length: 0x1\r\n\r\n`, 'LWS_ERR_HTTP_CONTENT_LENGTH'],
  ['length 1a', `${ok}content-length: 1a\r\n\r\n`, 'LWS_ERR_HTTP_CONTENT_LENGTH'],
  ['no length in Content-Length', `${ok}content-length:\r\n\r\n`, 'LWS_ERR_HTTP_CONTENT_LENGTH'],
  [
    'length 2^64',
    `${ok}content-length: 18446744073709551616\r\n\r\n`,
    'LWS_ERR_HTTP_CONTENT_LENGTH',
  ],
  [
    'length 2^63',
    `${ok}content-length: 9223372036854775808\r\n\r\n`,
    'LWS_ERR_HTTP_CONTENT_LENGTH',
  ],
  [
    'length and chunks',
    `${ok}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n`,
    'LWS_ERR_HTTP_LENGTH_AND_CODING',
  ],
  [
    'two codings',
    `${ok}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n`,
    'LWS_ERR_HTTP_TRANSFER_ENCODING',
  ],
  [
    'chunked twice',
    `${ok}transfer-encoding: chunked, chunked\r\n\r\n`,
    'LWS_ERR_HTTP_TRANSFER_CODING',
  ],
  [
    'gzip as a coding',
    `${ok}transfer-encoding: gzip, chunked\r\n\r\n`,
    'LWS_ERR_HTTP_TRANSFER_CODING',
  ],
  [
    'identity as a coding',
    `${ok}transfer-encoding: identity\r\n\r\n`,
    'LWS_ERR_HTTP_TRANSFER_CODING',
  ],
  ['xchunked', `${ok}transfer-encoding: xchunked\r\n\r\n`, 'LWS_ERR_HTTP_TRANSFER_CODING'],
  [
    'chunks in HTTP/1.0',
    'HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n',
    'LWS_ERR_HTTP_TRANSFER_ENCODING',
  ],
  [
    '101, which nobody asked for',
    'HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
    'LWS_ERR_HTTP_CLIENT_UPGRADE',
  ],
  ['nine interim answers', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(9), 'LWS_ERR_HTTP_INTERIM'],
  ['a redirect to nowhere', 'HTTP/1.1 302 x\r\ncontent-length: 0\r\n\r\n', 'LWS_ERR_HTTP_REDIRECT'],
  [
    'a redirect to a file',
    'HTTP/1.1 302 x\r\nlocation: file:///etc/passwd\r\n\r\n',
    'LWS_ERR_HTTP_REDIRECT',
  ],
  [
    'a redirect to a socket',
    'HTTP/1.1 302 x\r\nlocation: http+unix:/run/x:/\r\n\r\n',
    'LWS_ERR_HTTP_REDIRECT',
  ],
  [
    'a redirect to a WebSocket',
    'HTTP/1.1 302 x\r\nlocation: ws://127.0.0.1:1/\r\n\r\n',
    'LWS_ERR_HTTP_REDIRECT',
  ],
];

export const badBodies: [name: string, bytes: string, code: string][] = [
  ['shorter than announced', `${ok}content-length: 9\r\n\r\nabc`, 'LWS_ERR_HTTP_ANSWER_CUT'],
  ['announced, and nothing of it', `${ok}content-length: 9\r\n\r\n`, 'LWS_ERR_HTTP_ANSWER_CUT'],
  ['without a chunk', chunked, 'LWS_ERR_HTTP_ANSWER_CUT'],
  ['without a last chunk', `${chunked}3\r\nabc\r\n`, 'LWS_ERR_HTTP_ANSWER_CUT'],
  ['without the end of a last chunk', `${chunked}3\r\nabc\r\n0\r\n`, 'LWS_ERR_HTTP_ANSWER_CUT'],
  ['a chunk size that is none', `${chunked}x\r\n`, 'LWS_ERR_HTTP_CHUNK_SIZE'],
  ['a chunk size of 0x3', `${chunked}0x3\r\nabc\r\n0\r\n\r\n`, 'LWS_ERR_HTTP_CHUNK_SIZE'],
  ['a chunk size of -1', `${chunked}-1\r\n`, 'LWS_ERR_HTTP_CHUNK_SIZE'],
  [
    'a chunk size of 17 digits',
    `${chunked}00000000000000003\r\nabc\r\n`,
    'LWS_ERR_HTTP_CHUNK_SIZE',
  ],
  ['a chunk size above 2^52', `${chunked}ffffffffffffff\r\n`, 'LWS_ERR_HTTP_CHUNK_SIZE'],
  ['a chunk longer than its size', `${chunked}3\r\nabcd\r\n0\r\n\r\n`, 'LWS_ERR_HTTP_CHUNK_DATA'],
  ['a chunk line with a bare LF', `${chunked}3\nabc\r\n`, 'LWS_ERR_HTTP_LINE_END'],
  ['a chunk extension with NUL', `${chunked}3;a\0\r\nabc\r\n`, 'LWS_ERR_HTTP_CHUNK_EXTENSION'],
  [
    'chunk extensions of 5 KiB',
    `${chunked}3;${'a'.repeat(5000)}\r\nabc\r\n`,
    'LWS_ERR_HTTP_CHUNK_EXTENSION_LIMIT',
  ],
  ['a length as a trailer', `${chunked}0\r\ncontent-length: 5\r\n\r\n`, 'LWS_ERR_HTTP_TRAILER'],
  ['a trailer without a colon', `${chunked}0\r\nbad trailer\r\n\r\n`, 'LWS_ERR_HTTP_FIELD_NAME'],
  [
    'trailers of 17 KiB',
    `${chunked}0\r\na: ${'x'.repeat(17_000)}\r\n\r\n`,
    'LWS_ERR_HTTP_HEAD_LIMIT',
  ],
];
