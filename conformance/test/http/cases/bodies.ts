/** SMG-10 to SMG-12: bodies where none is expected, what stands behind them, Expect, pipelining (RFC 9112 §9.3). */
import {
  get,
  H,
  type HttpCase,
  line,
  post,
  refused,
  refusedBehind,
  root,
  served,
  waits,
} from '../case.ts';

const withBody = (method: string, body: string, target = '/'): string =>
  `${method} ${target} HTTP/1.1\r\n${H}Content-Length: ${body.length}\r\n\r\n${body}`;

const inside = line('GET /inside HTTP/1.1');

const bodies: readonly HttpCase[] = [
  ...['GET', 'HEAD', 'OPTIONS', 'DELETE', 'PUT', 'PATCH', 'POST'].flatMap((method) => [
    served(
      `SMG-10 ${method} with a body`,
      withBody(method, 'abc') + get(),
      [`${method} / "abc"`, 'GET /'],
      'RFC 9112 §6.3: consumed exactly',
    ),
    served(
      `SMG-10 ${method} with a body, unread`,
      withBody(method, 'abc', '/unread') + get(),
      [`${method} /unread`, 'GET /'],
      'SMG-10: dropped exactly',
    ),
    served(
      `SMG-10 ${method} with a request inside`,
      withBody(method, inside) + get(),
      [`${method} / ${JSON.stringify(inside)}`, 'GET /'],
      '0.CL: a body is never a request',
    ),
    served(
      `SMG-10 ${method} with a request inside, unread`,
      withBody(method, inside, '/unread') + get(),
      [`${method} /unread`, 'GET /'],
      '0.CL: a body is never a request',
    ),
  ]),
  served(
    'SMG-10 HEAD on a keep-alive connection',
    line('HEAD / HTTP/1.1') + get(),
    ['HEAD /', 'GET /'],
    'RFC 9110 §9.3.2: no body, and the next one is found',
  ),
  served(
    'SMG-10 64 KiB unread',
    withBody('POST', 'x'.repeat(65_536), '/unread') + get(),
    ['POST /unread', 'GET /'],
    'SMG-10: up to 64 KiB is dropped',
  ),
  served(
    'SMG-10 over 64 KiB unread',
    withBody('POST', 'x'.repeat(65_537), '/unread') + get(),
    ['POST /unread'],
    'SMG-10: more ends the connection',
    '200x',
  ),
  served(
    'SMG-10 unread, and never sent',
    `POST /unread HTTP/1.1\r\n${H}Content-Length: 100000\r\n\r\n`,
    ['POST /unread'],
    'SMG-10: more ends the connection',
    '200x',
  ),
  served(
    'SMG-10 body of 1 MiB',
    withBody('POST', 'x'.repeat(1_048_576), '/count'),
    ['POST /count 1048576'],
    'maxHttpBodySize',
  ),
  waits('SMG-10 half a body', post('Content-Length: 3\r\n', 'ab'), 'RFC 9112 §8: incomplete'),
  waits('SMG-10 no body yet', post('Content-Length: 3\r\n'), 'RFC 9112 §8: incomplete'),
  served(
    'SMG-10 HTTP/1.0 with a body',
    'POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc',
    ['POST / "abc"'],
    'RFC 9112 §6.3',
    '200x',
  ),
  served(
    'SMG-10 HTTP/1.0 without a length',
    'POST / HTTP/1.0\r\n\r\nabc',
    ['POST /'],
    'RFC 9112 §6.3: a request has no body up to the close',
    '200x',
  ),
];

const behind: readonly HttpCase[] = [
  ...[
    'xyz',
    'G',
    '\u0000',
    '3\r\nabc\r\n0\r\n\r\n',
    ' ',
    '\n',
    'abc\r\n',
    '{}',
    ': a\r\n',
    'HTTP/1.1 200 OK\r\n\r\n',
  ].map((garbage) => {
    const bytes = post('Content-Length: 3\r\n', 'abc') + garbage + get();
    return refusedBehind(
      `SMG-11 ${JSON.stringify(garbage)} behind a body`,
      bytes,
      garbage === 'G' ? '200 501x' : '200 400x',
      ['POST / "abc"'],
      'SMG-11: garbage is the next request, and nothing behind it is served',
    );
  }),
  refusedBehind(
    'SMG-11 body one byte longer than its length',
    post('Content-Length: 2\r\n', 'abc') + get(),
    '200 400x',
    ['POST / "ab"'],
    'SMG-11: lower case is no method',
  ),
  served(
    'SMG-11 CR LF behind a body',
    `${post('Content-Length: 3\r\n', 'abc')}\r\n${get()}`,
    ['POST / "abc"', 'GET /'],
    'RFC 9112 §2.2: an empty line is skipped',
  ),
  refusedBehind(
    'SMG-11 a bad request behind a good one',
    get() + get('X : a\r\n'),
    '200 400x',
    root,
    'RFC 9112 §9.3.2',
  ),
  refusedBehind(
    'SMG-11 a bad request between good ones',
    get() + line('GET / HTTP/1.2') + get(),
    '200 505x',
    root,
    'RFC 9112 §9.3.2: nothing behind it is served',
  ),
  served(
    'SMG-11 nothing behind Connection: close',
    get('Connection: close\r\n') + get(),
    root,
    'RFC 9112 §9.6',
    '200x',
  ),
  served(
    'SMG-11 garbage behind Connection: close',
    `${get('Connection: close\r\n')}xyz`,
    root,
    'RFC 9112 §9.6',
    '200x',
  ),
  served(
    'SMG-11 close in a list',
    get('Connection: x, CLOSE ,y\r\n') + get(),
    root,
    'RFC 9110 §7.6.1',
    '200x',
  ),
  served(
    'SMG-11 close in the second field',
    get('Connection: x\r\nConnection: close\r\n') + get(),
    root,
    'RFC 9110 §5.3',
    '200x',
  ),
  served(
    'SMG-11 close wins over keep-alive',
    get('Connection: keep-alive, close\r\n') + get(),
    root,
    'RFC 9112 §9.3',
    '200x',
  ),
  served(
    'SMG-11 words that only hold close',
    get('Connection: closed, xclose\r\n') + get(),
    ['GET /', 'GET /'],
    'RFC 9110 §7.6.1: whole tokens',
  ),
  served(
    'SMG-11 nothing behind HTTP/1.0',
    `GET / HTTP/1.0\r\n\r\n${get()}`,
    root,
    'RFC 9112 §9.3',
    '200x',
  ),
];

const pipelining: readonly HttpCase[] = [
  served('two requests', get() + get('', '/b'), ['GET /', 'GET /b'], 'RFC 9112 §9.3.2: in order'),
  served(
    'twenty requests',
    get().repeat(20),
    Array.from({ length: 20 }, () => 'GET /'),
    'RFC 9112 §9.3.2',
  ),
  served(
    'requests of each kind',
    get() +
      post('Content-Length: 1\r\n', 'x') +
      line('HEAD / HTTP/1.1') +
      line('OPTIONS * HTTP/1.1') +
      get('', '/none'),
    ['GET /', 'POST / "x"', 'HEAD /', 'OPTIONS *'],
    'RFC 9112 §9.3.2',
    '200 200 200 200 404',
  ),
  served(
    'empty lines between',
    `${get()}\r\n${get()}\r\n\r\n${get()}`,
    ['GET /', 'GET /', 'GET /'],
    'RFC 9112 §2.2',
  ),
  served('one and a half', `${get()}GET / HT`, root, 'the second waits'),
  served('nobody answers', get('', '/none'), [], 'RFC 9110 §15.5.5', '404'),
  served(
    'nobody answers, then somebody',
    get('', '/none') + get(),
    root,
    'RFC 9112 §9.3: 404 does not end the connection',
    '404 200',
  ),
  served(
    'nobody answers a POST with a body',
    withBody('POST', 'abc', '/none') + get(),
    root,
    'SMG-10: dropped exactly',
    '404 200',
  ),
  waits('nothing', '', 'not begun'),
  waits('half a method', 'GE', 'RFC 9112 §3'),
  waits('half a request line', 'GET / HTTP/1.1', 'RFC 9112 §3'),
  waits('a request line', 'GET / HTTP/1.1\r\n', 'RFC 9112 §3'),
  waits('half a head', `GET / HTTP/1.1\r\n${H}`, 'RFC 9112 §5'),
  waits('a head without its last LF', `GET / HTTP/1.1\r\n${H}\r`, 'RFC 9112 §5'),
  waits('an empty line', '\r\n', 'RFC 9112 §2.2'),
];

const expect = 'Expect: 100-continue\r\n';

const expectations: readonly HttpCase[] = [
  served(
    'SMG-12 with a body',
    post(`${expect}Content-Length: 3\r\n`, 'abc'),
    ['POST / "abc"'],
    'RFC 9110 §10.1.1',
    '100 200',
  ),
  served(
    'SMG-12 other case',
    post('eXPECT: 100-CONTINUE\r\nContent-Length: 3\r\n', 'abc'),
    ['POST / "abc"'],
    'RFC 9110 §10.1.1: no case',
    '100 200',
  ),
  {
    id: 'SMG-12 head alone',
    bytes: post(`${expect}Content-Length: 3\r\n`),
    outcome: '100',
    seen: [],
    why: 'RFC 9110 §10.1.1: asked for the body',
  },
  served(
    'SMG-12 twice',
    post(`${expect}${expect}Content-Length: 3\r\n`, 'abc'),
    ['POST / "abc"'],
    'SMG-12: one 100 at most',
    '100 200',
  ),
  served(
    'SMG-12 with length 0',
    post(`${expect}Content-Length: 0\r\n`) + get(),
    ['POST /', 'GET /'],
    'RFC 9110 §10.1.1: no body, no 100',
  ),
  served(
    'SMG-12 on GET',
    get(expect) + get(),
    ['GET /', 'GET /'],
    'RFC 9110 §10.1.1: no body, no 100',
  ),
  served(
    'SMG-12 on GET with a body',
    `GET / HTTP/1.1\r\n${H}${expect}Content-Length: 3\r\n\r\nabc`,
    ['GET / "abc"'],
    'RFC 9110 §10.1.1',
    '100 200',
  ),
  served(
    'SMG-12 in HTTP/1.0',
    `POST / HTTP/1.0\r\n${expect}Content-Length: 3\r\n\r\nabc`,
    ['POST / "abc"'],
    'RFC 9110 §10.1.1: ignored',
    '200x',
  ),
  served(
    'SMG-12 answered before the body',
    post(`${expect}Content-Length: 3\r\n`, `abc${get()}`, '/unread'),
    ['POST /unread'],
    'SMG-12: what comes may be the body or not: closed',
    '200x',
  ),
  served(
    'SMG-12 answered, the body never sent',
    post(`${expect}Content-Length: 27\r\n`, inside, '/unread'),
    ['POST /unread'],
    'Expect desync: never run as a request',
    '200x',
  ),
  served(
    'SMG-12 nobody answers',
    post(`${expect}Content-Length: 3\r\n`, 'abc', '/none'),
    [],
    'SMG-12: closed',
    '404x',
  ),
  refused(
    'SMG-12 too long a body',
    post(`${expect}Content-Length: 1048577\r\n`),
    413,
    'RFC 9110 §10.1.1: refused before it is sent',
  ),
  ...[
    '',
    'foo',
    '100',
    '100-continue, foo',
    'foo, 100-continue',
    '100-continue;q=1',
    '100-continue=x',
    '"100-continue"',
    '200-ok',
    '100-continu',
    '100-continuee',
    '100 -continue',
  ].map((value) =>
    refused(
      `SMG-12 ${JSON.stringify(value)}`,
      post(`Expect: ${value}\r\nContent-Length: 3\r\n`, 'abc'),
      417,
      'RFC 9110 §10.1.1',
    ),
  ),
  refused('SMG-12 unknown on GET', get('Expect: foo\r\n'), 417, 'RFC 9110 §10.1.1'),
  refused(
    'SMG-12 known and unknown',
    post(`${expect}Expect: foo\r\nContent-Length: 3\r\n`, 'abc'),
    417,
    'RFC 9110 §10.1.1',
  ),
];

export const bodyCases: readonly HttpCase[] = [
  ...bodies,
  ...behind,
  ...pipelining,
  ...expectations,
];
