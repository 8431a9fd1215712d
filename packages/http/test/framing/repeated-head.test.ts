/** Heads that come again: read as if each were the first, whatever stands between them, and not read twice. */
import { RequestHeadReader } from '@lws-ts/http/framing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inPieces, wire } from '../wire.ts';
import { requestCases } from './request-cases.ts';
import { requestTrace } from './request-trace.ts';

/** Heads of one length, each different from the first in a byte or two. */
const first = 'GET /a?q HTTP/1.1\r\nHost: host\r\nX-Name: value\r\n\r\n';
const alike: readonly string[] = [
  first,
  first.replace('GET /', 'PUT /'),
  first.replace('/a', '/b'),
  first.replace('?q', '?r'),
  first.replace('Host: host', 'Host: Host'),
  first.replace('Host: host', 'HOST: hose'),
  first.replace('X-Name: value', 'X-Name: other'),
  first.replace('X-Name: value', 'X-Name:\tvalue'),
  first.replace('X-Name: value', 'Connection: x'),
  first.replace('X-Name: value', 'Expect: nobod'),
  first.replace('GET /a?q HTTP/1.1', 'HEAD /aq HTTP/1.1'),
  first.replace('HTTP/1.1', 'HTTP/1.0'),
  'GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  `GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${'y'.repeat(100)}\r\n\r\n`,
  `GET / HTTP/1.1\r\nHost: a\r\nX-Longer: ${'y'.repeat(2000)}\r\n\r\n`,
];

test('any order of heads, cut anywhere, is read as each of them alone', () => {
  const head = fc.tuple(
    fc.integer({ min: 0, max: 3 }),
    fc.constantFrom('', '', '', '\r\n', '\r\n\r\n'),
    fc.constantFrom(...alike),
  );
  const repeats = head.map(([more, before, text]) =>
    Array.from({ length: 1 + more }, () => before + text),
  );
  fc.assert(
    fc.property(
      fc.array(repeats, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 20, max: 400 }),
      fc.boolean(),
      (groups, size, parks) => {
        const heads = groups.flat();
        const alone = heads.flatMap((each) => requestTrace([wire(each)]));
        expect(requestTrace(heads.map(wire), undefined, parks)).toEqual(alone);
        expect(requestTrace([wire(heads.join(''))])).toEqual(alone);
        expect(requestTrace(inPieces(wire(heads.join('')), size), undefined, parks)).toEqual(alone);
      },
    ),
    { numRuns: 300 },
  );
});

test('every raw case is the same each time, and behind a head that was repeated', () => {
  for (const [id, bytes] of requestCases) {
    const once = requestTrace([wire(bytes)]);
    const behind = requestTrace([wire(first), wire(first), wire(first), wire(bytes)]);
    const three = requestTrace([wire(first + first + first)]);
    const shifted = requestTrace([wire(first + first + first + bytes)]);
    expect(behind, id).toEqual(shifted);
    expect(behind.slice(0, three.length), id).toEqual(three);
    const whole = !once.some((line) => line.startsWith('LWS_ERR') || line.startsWith('unfinished'));
    if (!whole) continue;
    expect(behind.slice(three.length), id).toEqual(once);
    expect(requestTrace([wire(bytes.repeat(4))]), id).toEqual([once, once, once, once].flat());
  }
});

test('four empty lines are too many, those that were in front of the head before included', () => {
  const padded = `\r\n\r\n${first}`;
  const trace = requestTrace([wire(padded), wire(padded), wire(padded), wire(`\r\n\r\n${padded}`)]);
  expect(trace.at(-1)).toMatch(/^LWS_ERR_HTTP_EMPTY_LINES/);
});

test('what comes the third time in a row is not read again', () => {
  const reader = new RequestHeadReader();
  const bytes = wire(first);
  const targets: string[] = [];
  for (let times = 0; times < 4; times++) {
    expect(reader.push(bytes, 0, bytes.length)).toBe(bytes.length);
    expect(reader.complete).toBe(true);
    targets.push(reader.target);
    // as far as the reader knows the table is as it left it
    reader.table.bytes[4] = 0x7a;
    reader.reset();
  }
  expect(targets).toEqual(['/a?q', '/a?q', '/z?q', '/z?q']);
});
