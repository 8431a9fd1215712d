import type { ClientAnswer } from '@lws-ts/http';
import { ResponseHeadReader } from '@lws-ts/http/framing';
import { permessageDeflate } from '@lws-ts/ws-framing';
import { describe, expect, test } from 'vitest';
import { handshakeFields, judgeAnswer, newHandshakeKey } from '../src/client-handshake.ts';

/** RFC 6455 §1.3 */
const key = 'dGhlIHNhbXBsZSBub25jZQ==';
const accept = 'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=';
const good = ['Upgrade: websocket', 'Connection: Upgrade', accept];

interface Asked {
  readonly protocols?: readonly string[];
  readonly deflate?: boolean;
}

/** What is made of an answer that comes in pieces of that size: what was chosen, or what is wrong. */
function judge(
  lines: readonly string[],
  { protocols = [], deflate = false }: Asked,
  size: number,
): string {
  const reader = new ResponseHeadReader();
  const bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  for (let at = 0; at < bytes.length; at += size)
    reader.push(bytes.subarray(at, at + size), 0, Math.min(size, bytes.length - at));
  if (reader.violation !== undefined) return reader.violation.code;
  if (!reader.complete) return 'more';
  const { table } = reader;
  const each = (visit: (name: string, value: string) => void): void => {
    for (let field = 0; field < table.count; field++) visit(table.name(field), table.value(field));
  };
  const { status, minor, reason } = reader;
  const answer = { status, minor, reason, each } as unknown as ClientAnswer;
  const extensions = deflate ? [permessageDeflate()] : [];
  const offers = extensions.flatMap((extension) => extension.offers());
  const verdict = judgeAnswer(answer, { key, protocols, extensions, offers });
  if ('code' in verdict) return `${verdict.code} ${verdict.message}`;
  return `${verdict.protocol ?? '-'} ${verdict.extension?.name ?? '-'}`;
}

const ok = (...fields: string[]): string[] => ['HTTP/1.1 101 Switching Protocols', ...fields];
const without = (at: number, ...fields: string[]): string[] =>
  ok(...good.filter((_field, index) => index !== at), ...fields);
const answerError = 'LWS_ERR_WS_CLIENT_ANSWER';
const deflate = { deflate: true };
const ab = { protocols: ['a', 'b'] };
const extensions = 'Sec-WebSocket-Extensions: ';
const chosen = 'Sec-WebSocket-Protocol: ';

const cases: readonly (readonly [string, readonly string[], Asked, string])[] = [
  // good
  ['the least there can be', ok(...good), {}, '- -'],
  ['no reason phrase', ['HTTP/1.1 101 ', ...good], {}, '- -'],
  ['Upgrade in another case', without(0, 'UPGRADE: WebSocket'), {}, '- -'],
  ['Connection in another case', without(1, 'connection: UPGRADE'), {}, '- -'],
  ['Connection as a list', without(1, 'Connection: keep-alive, upgrade'), {}, '- -'],
  ['Connection twice', ok(...good, 'Connection: keep-alive'), {}, '- -'],
  ['white space around values', without(1, 'Connection: \t Upgrade \t'), {}, '- -'],
  ['other fields', ok(...good, 'Server: x', 'Set-Cookie: a', 'Set-Cookie: b'), {}, '- -'],
  ['none of the subprotocols', ok(...good), ab, '- -'],
  ['the first subprotocol', ok(...good, `${chosen}a`), ab, 'a -'],
  ['the second subprotocol', ok(...good, `${chosen}b`), ab, 'b -'],
  ['no extension', ok(...good), deflate, '- -'],
  [
    'the extension',
    ok(...good, `${extensions}permessage-deflate; server_no_context_takeover`),
    deflate,
    '- permessage-deflate',
  ],
  // status
  ['200', ['HTTP/1.1 200 OK', ...good], {}, 'LWS_ERR_WS_CLIENT_STATUS 200 OK'],
  ['426', ['HTTP/1.1 426 ', ...good], {}, 'LWS_ERR_WS_CLIENT_STATUS 426'],
  // the status line
  ['no space behind the status', ['HTTP/1.1 101', ...good], {}, 'LWS_ERR_HTTP_STATUS_LINE'],
  ['two digits', ['HTTP/1.1 99 x', ...good], {}, 'LWS_ERR_HTTP_STATUS_LINE'],
  ['four digits', ['HTTP/1.1 1010 x', ...good], {}, 'LWS_ERR_HTTP_STATUS_LINE'],
  ['two spaces', ['HTTP/1.1  101 x', ...good], {}, 'LWS_ERR_HTTP_STATUS_LINE'],
  ['lower case', ['http/1.1 101 x', ...good], {}, 'LWS_ERR_HTTP_STATUS_LINE'],
  ['another protocol', ['ICY 200 OK', ...good], {}, 'LWS_ERR_HTTP_STATUS_LINE'],
  ['a space before it', [' HTTP/1.1 101 x', ...good], {}, 'LWS_ERR_HTTP_STATUS_LINE'],
  ['an empty line before it', ['', 'HTTP/1.1 101 x', ...good], {}, 'LWS_ERR_HTTP_STATUS_LINE'],
  ['a control byte in the reason', ['HTTP/1.1 101 \0', ...good], {}, 'LWS_ERR_HTTP_STATUS_LINE'],
  ['HTTP/1.0', ['HTTP/1.0 101 x', ...good], {}, `${answerError} HTTP/1.0`],
  ['HTTP/2.0', ['HTTP/2.0 101 x', ...good], {}, 'LWS_ERR_HTTP_VERSION_UNSUPPORTED'],
  ['HTTP/1.2', ['HTTP/1.2 101 x', ...good], {}, 'LWS_ERR_HTTP_VERSION_UNSUPPORTED'],
  // Upgrade
  ['no Upgrade', without(0), {}, `${answerError} Upgrade`],
  ['an empty Upgrade', without(0, 'Upgrade:'), {}, `${answerError} Upgrade`],
  ['Upgrade to something else', without(0, 'Upgrade: h2c'), {}, `${answerError} Upgrade`],
  ['Upgrade as a list', without(0, 'Upgrade: websocket, h2c'), {}, `${answerError} Upgrade`],
  ['Upgrade with a version', without(0, 'Upgrade: websocket/13'), {}, `${answerError} Upgrade`],
  ['Upgrade twice', ok(...good, 'Upgrade: websocket'), {}, `${answerError} Upgrade`],
  // Connection
  ['no Connection', without(1), {}, `${answerError} Connection`],
  ['Connection: close', without(1, 'Connection: close'), {}, `${answerError} Connection`],
  ['a longer token', without(1, 'Connection: upgraded'), {}, `${answerError} Connection`],
  ['a quoted token', without(1, 'Connection: "upgrade"'), {}, `${answerError} Connection`],
  // accept
  ['no accept', without(2), {}, `${answerError} Sec-WebSocket-Accept`],
  [
    'an empty accept',
    without(2, 'Sec-WebSocket-Accept:'),
    {},
    `${answerError} Sec-WebSocket-Accept`,
  ],
  [
    'the key for an accept',
    without(2, `Sec-WebSocket-Accept: ${key}`),
    {},
    `${answerError} Sec-WebSocket-Accept`,
  ],
  [
    'accept in another case',
    without(2, accept.toLowerCase()),
    {},
    `${answerError} Sec-WebSocket-Accept`,
  ],
  [
    'accept without padding',
    without(2, accept.slice(0, -1)),
    {},
    `${answerError} Sec-WebSocket-Accept`,
  ],
  ['accept and more', without(2, `${accept}, x`), {}, `${answerError} Sec-WebSocket-Accept`],
  ['accept twice', ok(...good, accept), {}, `${answerError} Sec-WebSocket-Accept`],
  // subprotocol
  ['a subprotocol nobody asked for', ok(...good, `${chosen}a`), {}, `${answerError} a subprotocol`],
  ['another subprotocol', ok(...good, `${chosen}c`), ab, `${answerError} a subprotocol`],
  ['another case', ok(...good, `${chosen}A`), ab, `${answerError} a subprotocol`],
  ['two subprotocols', ok(...good, `${chosen}a, b`), ab, `${answerError} a subprotocol`],
  ['the same twice', ok(...good, `${chosen}a`, `${chosen}a`), ab, `${answerError} a subprotocol`],
  ['an empty subprotocol', ok(...good, chosen), ab, `${answerError} a subprotocol`],
  // extensions
  [
    'one that was not offered',
    ok(...good, `${extensions}permessage-deflate`),
    {},
    `${answerError} an extension`,
  ],
  ['an unknown one', ok(...good, `${extensions}x-y`), deflate, `${answerError} an extension`],
  ['an unknown parameter', ok(...good, `${extensions}permessage-deflate; x`), deflate, answerError],
  [
    'a parameter twice',
    ok(
      ...good,
      `${extensions}permessage-deflate; server_no_context_takeover; server_no_context_takeover`,
    ),
    deflate,
    answerError,
  ],
  [
    'window bits out of range',
    ok(...good, `${extensions}permessage-deflate; server_max_window_bits=16`),
    deflate,
    answerError,
  ],
  [
    'the same extension twice',
    ok(...good, `${extensions}permessage-deflate, permessage-deflate`),
    deflate,
    `${answerError} more than one`,
  ],
  [
    'twice, in two fields',
    ok(...good, `${extensions}permessage-deflate`, `${extensions}permessage-deflate`),
    deflate,
    `${answerError} more than one`,
  ],
  ['no list', ok(...good, `${extensions};`), deflate, `${answerError} Sec-WebSocket-Extensions`],
  ['an empty list', ok(...good, extensions), deflate, `${answerError} Sec-WebSocket-Extensions`],
  // fields
  ['a folded field', ok(...good, ' x'), {}, 'LWS_ERR_HTTP_FIELD_FOLDED'],
  ['a field without a colon', ok(...good, 'x'), {}, 'LWS_ERR_HTTP_FIELD_NAME'],
  ['a space before the colon', ok(...good, 'x : y'), {}, 'LWS_ERR_HTTP_FIELD_NAME'],
  ['a control byte in a value', ok(...good, 'x: \x01'), {}, 'LWS_ERR_HTTP_FIELD_BYTE'],
  ['100 fields', ok(...good, ...Array.from({ length: 97 }, (_, at) => `x-${at}: 1`)), {}, '- -'],
  [
    '101 fields',
    ok(...good, ...Array.from({ length: 98 }, (_, at) => `x-${at}: 1`)),
    {},
    'LWS_ERR_HTTP_FIELDS_LIMIT',
  ],
  ['over 16 KiB', ok(...good, `x: ${'y'.repeat(16_384)}`), {}, 'LWS_ERR_HTTP_HEAD_LIMIT'],
];

describe.each(cases)('%s', (_name, lines, asked, expected) => {
  test.each([1, 2, 3, 100_000])('in pieces of %i', (size) => {
    const verdict = judge(lines, asked, size);
    if (expected.startsWith('LWS_ERR'))
      expect(verdict.startsWith(expected.split(' ')[0] ?? '')).toBe(true);
    else expect(verdict).toBe(expected);
    expect(verdict).toContain(expected.slice(expected.indexOf(' ') + 1));
  });
});

describe('handshakeFields', () => {
  test('ask for what there is to ask for, and for nothing else', () => {
    const names = (asked: Asked): string[] =>
      handshakeFields({
        key,
        protocols: asked.protocols ?? [],
        extensions: [],
        offers: asked.deflate === true ? permessageDeflate().offers() : [],
      }).map(([name]) => name);
    const least = [
      'pragma',
      'cache-control',
      'upgrade',
      'connection',
      'sec-websocket-key',
      'sec-websocket-version',
    ];
    expect(names({})).toEqual(least);
    expect(names(ab)).toEqual([...least, 'sec-websocket-protocol']);
    expect(names(deflate)).toEqual([...least, 'sec-websocket-extensions']);
  });

  test('keys are 16 bytes, each time others', () => {
    const keys = Array.from({ length: 100 }, newHandshakeKey);
    expect(new Set(keys).size).toBe(100);
    for (const one of keys) expect(Buffer.from(one, 'base64')).toHaveLength(16);
  });
});
