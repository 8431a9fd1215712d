/** SMG-13: upgrades that are refused, and what stands behind them (RFC 9110 §7.8, RFC 6455 §4). */
import { get, H, type HttpCase, line, refused, served } from '../case.ts';

const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
const version = 'Sec-WebSocket-Version: 13\r\n';
const up = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
const smuggled = line('GET /smuggled HTTP/1.1');
const ws = (fields: string): string => get(fields) + smuggled;

export const upgradeCases: readonly HttpCase[] = [
  refused('SMG-13 up-ws-nokey+smuggle', ws(up + version), 400, 'RFC 6455 §4.2.1'),
  refused(
    'SMG-13 up-ws-badver+smuggle',
    ws(`${up}${key}Sec-WebSocket-Version: 777\r\n`),
    426,
    'RFC 6455 §4.2.2; lws gives 101',
  ),
  ...['0', '8', '12', '14', '013', '13x', '13, 8', '', '13.0', '+13'].map((value) =>
    refused(
      `SMG-13 version ${JSON.stringify(value)}`,
      ws(`${up}${key}Sec-WebSocket-Version: ${value}\r\n`),
      426,
      'RFC 6455 §4.2.1: 13 exactly',
    ),
  ),
  refused('SMG-13 no version', ws(up + key), 426, 'RFC 6455 §4.2.1'),
  refused('SMG-13 version twice', ws(up + key + version + version), 426, 'RFC 6455 §4.2.1: one'),
  ...[
    '',
    'dGhlIHNhbXBsZSBub25jZQ=',
    'dGhlIHNhbXBsZSBub25jZ',
    'dGhlIHNhbXBsZSBub25jZQ',
    '!!hlIHNhbXBsZSBub25jZQ==',
    'dGhlIHNhbXBsZSBub25j',
    'AAAA',
    'dGhlIHNhbXBsZSBub25jZQ==, x',
    'dGhlIHNhbXBsZSBub25jZQ== x',
    'dGhl-HNhbXBsZSBub25jZQ==',
  ].map((value) =>
    refused(
      `SMG-13 key ${JSON.stringify(value)}`,
      ws(`${up}Sec-WebSocket-Key: ${value}\r\n${version}`),
      400,
      'RFC 6455 §4.2.1: base64 of 16 bytes',
    ),
  ),
  refused('SMG-13 key twice', ws(up + key + key + version), 400, 'RFC 6455 §4.2.1: one'),
  refused(
    'SMG-13 POST',
    `POST / HTTP/1.1\r\n${H}${up}${key}${version}\r\n${smuggled}`,
    405,
    'RFC 6455 §4.2.1: GET',
  ),
  refused(
    'SMG-13 HEAD',
    `HEAD / HTTP/1.1\r\n${H}${up}${key}${version}\r\n${smuggled}`,
    405,
    'RFC 6455 §4.2.1: GET',
  ),
  refused(
    'SMG-13 with a body',
    `GET / HTTP/1.1\r\n${H}${up}${key}${version}Content-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
    400,
    'WS-12: no body',
  ),
  refused(
    'SMG-13 with both lengths',
    `GET / HTTP/1.1\r\n${H}${up}${key}${version}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    400,
    'RFC 9112 §6.1',
  ),
  refused(
    'SMG-13 from another origin',
    ws(`${up}${key}${version}Origin: http://evil\r\n`),
    403,
    'WS-13: same origin by default',
  ),
  refused(
    'SMG-13 no such subprotocol',
    ws(`${up}${key}${version}Sec-WebSocket-Protocol: nobody\r\n`),
    400,
    'WS-14',
  ),
  refused(
    'SMG-13 subprotocol twice',
    ws(`${up}${key}${version}Sec-WebSocket-Protocol: tested, tested\r\n`),
    400,
    'RFC 6455 §4.1',
  ),
  refused(
    'SMG-13 subprotocols with an empty one',
    ws(`${up}${key}${version}Sec-WebSocket-Protocol: tested,,\r\n`),
    400,
    'RFC 6455 §4.1',
  ),
  refused(
    'SMG-13 subprotocol that is no token',
    ws(`${up}${key}${version}Sec-WebSocket-Protocol: te(sted\r\n`),
    400,
    'RFC 6455 §4.1',
  ),
  refused(
    'SMG-13 extension with an open quote',
    ws(`${up}${key}${version}Sec-WebSocket-Extensions: a; b="c\r\n`),
    400,
    'RFC 6455 §9.1',
  ),
  refused(
    'SMG-13 more than websocket',
    ws(`Connection: Upgrade\r\nUpgrade: websocket, x\r\n${key}${version}`),
    400,
    'RFC 6455 §4.2.1',
  ),
  refused(
    'SMG-13 refused by the program',
    get('Connection: Upgrade\r\nUpgrade: anything\r\n', '/refuse') + smuggled,
    403,
    'SMG-13: a refused upgrade closes',
  ),
  {
    id: 'SMG-13 taken',
    bytes: get(up + key + version),
    outcome: '101',
    seen: [],
    why: 'RFC 6455 §4.2.2',
  },
  {
    id: 'SMG-13 taken, a request behind it',
    bytes: ws(up + key + version),
    outcome: '101x',
    seen: [],
    why: 'RFC 6455 §5: frames, and this is none',
  },
  {
    id: 'SMG-13 taken by the case of nobody',
    bytes: get(`cOnNeCtIoN: uPgRaDe\r\nuPgRaDe: WebSocket\r\n${key}${version}`),
    outcome: '101',
    seen: [],
    why: 'RFC 6455 §4.2.1: no case',
  },
  {
    id: 'SMG-13 taken from a list',
    bytes: get(`Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n${key}${version}`),
    outcome: '101',
    seen: [],
    why: 'RFC 9110 §7.6.1',
  },
  served(
    'SMG-13 up-h2c',
    get(
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n',
    ) + get('', '/b'),
    ['GET /', 'GET /b'],
    'RFC 9110 §7.8: not offered, so a plain request by rule',
  ),
  served(
    'SMG-13 unknown upgrade',
    get('Connection: Upgrade\r\nUpgrade: x\r\n') + get('', '/b'),
    ['GET /', 'GET /b'],
    'RFC 9110 §7.8: a plain request by rule',
  ),
  served(
    'SMG-13 Upgrade without Connection',
    get(`Upgrade: websocket\r\n${key}${version}`) + get(),
    ['GET /', 'GET /'],
    'RFC 9110 §7.8: not asked for',
  ),
  served(
    'SMG-13 Connection without Upgrade',
    get('Connection: upgrade\r\n') + get(),
    ['GET /', 'GET /'],
    'RFC 9110 §7.8: to nothing',
  ),
  served(
    'SMG-13 in HTTP/1.0',
    `GET / HTTP/1.0\r\n${up}${key}${version}\r\n${smuggled}`,
    ['GET /'],
    'RFC 9110 §7.8: ignored',
    '200x',
  ),
  served(
    'SMG-13 upgrade and close',
    get(`Connection: close, Upgrade\r\nUpgrade: x\r\n`) + smuggled,
    ['GET /'],
    'RFC 9112 §9.6',
    '200x',
  ),
];
