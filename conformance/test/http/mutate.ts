/** Requests made at random and harmed at random, as values of fast-check: what fails is made small. */
import fc from 'fast-check';
import { httpCases } from './cases/all.ts';

/** A character of `characters`, none of which is longer than a code unit. */
const oneOf = (characters: string): fc.Arbitrary<string> =>
  fc.constantFrom(...characters.split(''));

const token = fc.string({ unit: oneOf('abcXYZ019-_.!'), minLength: 1, maxLength: 8 });
const value = fc.string({ unit: oneOf('ab, ;="\\\t:/\u00e9'), maxLength: 12 });
const body = fc.string({ unit: oneOf('ab\r\n0 \u0000\u00ff'), maxLength: 20 });
const target = fc.oneof(
  fc.string({ unit: oneOf('ab/.%2e0;?&=~'), maxLength: 14 }).map((path) => `/${path}`),
  fc.constantFrom('/', '/unread', '/none', '*', 'http://a/', 'http://a/x?y', '/?', '//a/../b'),
);
const field = fc.oneof(
  fc.tuple(token, value).map(([name, text]) => `${name}: ${text}`),
  fc.constantFrom(
    'Connection: close',
    'Connection: keep-alive',
    'Expect: 100-continue',
    'TE: trailers',
    'Upgrade: x',
    'Connection: upgrade',
    'Host: a',
    'Accept: */*',
  ),
);

/** A body in chunks of its own, with extensions and trailers here and there. */
const chunks = fc
  .tuple(
    fc.array(fc.tuple(body, fc.constantFrom('', '', ';a', ';a=b', ';a="b c"')), { maxLength: 4 }),
    fc.array(fc.tuple(token, token), { maxLength: 2 }),
  )
  .map(([pieces, trailers]) => {
    const sent = pieces
      .filter(([data]) => data.length > 0)
      .map(([data, extension]) => `${data.length.toString(16)}${extension}\r\n${data}\r\n`);
    const fields = trailers.map(([name, text]) => `x${name}: ${text}\r\n`);
    return `${sent.join('')}0\r\n${fields.join('')}\r\n`;
  });

const framed = fc.oneof(
  { weight: 3, arbitrary: fc.constant(['', ''] as const) },
  {
    weight: 3,
    arbitrary: body.map((text) => [`Content-Length: ${text.length}\r\n`, text] as const),
  },
  { weight: 3, arbitrary: chunks.map((text) => ['Transfer-Encoding: chunked\r\n', text] as const) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(body, chunks)
      .map(
        ([plain, text]) =>
          [`Content-Length: ${plain.length}\r\nTransfer-Encoding: chunked\r\n`, text] as const,
      ),
  },
);

const request = fc
  .tuple(
    fc.constantFrom('GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH'),
    target,
    fc.constantFrom('1.1', '1.1', '1.1', '1.0'),
    fc.array(field, { maxLength: 3 }),
    framed,
  )
  .map(([method, path, version, fields, [framing, text]]) => {
    const lines = fields.map((each) => `${each}\r\n`).join('');
    return `${method} ${path} HTTP/${version}\r\nHost: a\r\n${lines}${framing}\r\n${text}`;
  });

const short = httpCases.map(({ bytes }) => bytes).filter((bytes) => bytes.length < 400);
const telling = '\r\n \t:,/;=?#%\u0000\u007f\u00ffaZ019HT-+_"\\';

const edit = fc.record({
  kind: fc.constantFrom('delete', 'insert', 'replace', 'repeat', 'swap'),
  at: fc.nat(),
  byte: fc.nat({ max: telling.length - 1 }),
});

/** One to three requests, of which some are cases, with up to four bytes harmed; and where the stream is cut. */
export const wires: fc.Arbitrary<{ bytes: string; cuts: readonly number[] }> = fc
  .tuple(
    fc.array(
      fc.oneof(
        { weight: 2, arbitrary: request },
        { weight: 1, arbitrary: fc.constantFrom(...short) },
      ),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
    fc.array(edit, { maxLength: 4 }),
    fc.array(fc.nat(), { maxLength: 6 }),
  )
  .map(([parts, edits, cuts]) => ({
    bytes: edits.reduce(harm, parts.join('')),
    cuts,
  }));

function harm(
  bytes: string,
  { kind, at, byte }: { kind: string; at: number; byte: number },
): string {
  const place = at % (bytes.length + 1);
  const before = bytes.slice(0, place);
  const behind = bytes.slice(place);
  switch (kind) {
    case 'delete':
      return before + behind.slice(1);
    case 'insert':
      return before + (telling[byte] ?? '') + behind;
    case 'replace':
      return before + (telling[byte] ?? '') + behind.slice(1);
    case 'repeat':
      return before + behind.slice(0, 4) + behind;
    default:
      return before + (behind[1] ?? '') + (behind[0] ?? '') + behind.slice(2);
  }
}
