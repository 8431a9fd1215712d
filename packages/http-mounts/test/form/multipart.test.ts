import { describe, expect, test } from 'vitest';
import { inChunks, latin1, multipart, readForm } from './read-form.ts';

const named = (name: string, more = ''): string =>
  `Content-Disposition: form-data; name="${name}"${more}`;
/** A body of one part with that header, and content x. */
const one = (head: string, content = 'x'): string =>
  `--b\r\n${head}\r\n\r\n${content}\r\n--b--\r\n`;
const field = (name: string, value: string): string => `--b\r\n${named(name)}\r\n\r\n${value}\r\n`;
const file = (parameters: string, type = ''): string =>
  one(`${named('f', parameters)}${type === '' ? '' : `\r\nContent-Type: ${type}`}`);

describe.each([
  ['no parts', '--b--\r\n', []],
  ['no line end behind the close', '--b--', []],
  ['a field', `${field('a', 'hello')}--b--\r\n`, ['"a"="hello"']],
  ['two fields', `${field('a', '1')}${field('b', '2')}--b--`, ['"a"="1"', '"b"="2"']],
  ['an empty field', `${field('a', '')}--b--`, ['"a"=""']],
  // RFC 2046 §5.1.1: body-part := MIME-part-headers [CRLF *OCTET]
  [
    'a field without a body',
    `--b\r\n${named('a')}\r\n\r\n${field('c', '')}--b--`,
    ['"a"=""', '"c"=""'],
  ],
  ['a field without a body at the end', `--b\r\n${named('a')}\r\n\r\n--b--`, ['"a"=""']],
  [
    'a file without a body',
    `--b\r\n${named('f', '; filename=x')}\r\n\r\n--b--`,
    ['file "f" "x" text/plain', 'end 0'],
  ],
  ['content that begins like a boundary', one(named('a'), '--a\r\n--'), ['"a"="--a\\r\\n--"']],
  ['content of hyphens', one(named('a'), '--'), ['"a"="--"']],
  ['no empty line', `--b\r\n${named('a')}\r\n--b--\r\n\r\n`, ['LWS_ERR_FORM_PART_HEADER']],
  ['a field of line ends', `${field('a', '\r\n\r\n')}--b--`, ['"a"="\\r\\n\\r\\n"']],
  ['UTF-8', `${field('\xc3\xbc', '\xe2\x82\xac')}--b--`, ['"ü"="€"']],
  ['percent and plus are no escapes in a value', one(named('a'), '%41+'), ['"a"="%41+"']],
  ['a preamble', `hello\r\n--bc\r\n${field('a', '1')}--b--`, ['LWS_ERR_FORM_DELIMITER']],
  ['a preamble of lines', `hello\r\nyou --b\r\n\r\n${field('a', '1')}--b--`, ['"a"="1"']],
  ['an epilogue', `${field('a', '1')}--b--\r\nmore\r\n--b\r\n`, ['"a"="1"']],
  ['padding', `--b \t\r\n${named('a')}\r\n\r\n1\r\n--b-- \r\n`, ['"a"="1"']],
  [
    'content like a boundary',
    one(named('a'), '\r\n--a\r\n-\r\n--'),
    ['"a"="\\r\\n--a\\r\\n-\\r\\n--"'],
  ],
  ['a boundary within a line', one(named('a'), 'x--b'), ['"a"="x--b"']],
  ['line feeds alone', one(named('a'), '\n--b\n'), ['"a"="\\n--b\\n"']],
  ['carriage returns', one(named('a'), '\r\r\r'), ['"a"="\\r\\r\\r"']],
  [
    'a file',
    file('; filename="x.txt"', 'text/css'),
    ['file "f" "x.txt" text/css', 'content "x"', 'end 1'],
  ],
  [
    'a file without a type',
    file('; filename="x"'),
    ['file "f" "x" text/plain', 'content "x"', 'end 1'],
  ],
  ['no file chosen', one(named('f', '; filename=""'), ''), ['file "f" "" text/plain', 'end 0']],
  [
    'token values',
    one('content-disposition:form-data;name=f;filename=x'),
    ['file "f" "x" text/plain', 'content "x"', 'end 1'],
  ],
  ['names in any case', one('CONTENT-disposition: Form-Data; NAME="a"'), ['"a"="x"']],
  ['other headers', one(`X-A: b\r\n${named('a')}\r\nX-C:`), ['"a"="x"']],
  ['an unknown parameter', one(named('a', '; size=1')), ['"a"="x"']],
  ['escapes of browsers', one(named('a%22b%0D%0ac')), ['"a\\"b\\r\\nc"="x"']],
  ['escapes of curl', one(named('a\\"b\\\\c')), ['"a\\"b\\\\c"="x"']],
  ['a lone backslash', one(named('a\\b')), ['"a\\\\b"="x"']],
  ['a backslash at the end', one(named('a\\')), ['"a\\\\"="x"']],
  ['a semicolon in quotes', one(named('a; filename=x')), ['"a; filename=x"="x"']],
  ['7bit', one(`${named('a')}\r\nContent-Transfer-Encoding: 7BIT`), ['"a"="x"']],
  [
    'names of Object',
    `${field('__proto__', '1')}${field('toString', '2')}--b--`,
    ['"__proto__"="1"', '"toString"="2"'],
  ],
  // what is wrong
  ['nothing', '', ['LWS_ERR_FORM_TRUNCATED']],
  ['only a preamble', 'hello', ['LWS_ERR_FORM_TRUNCATED']],
  ['the end in a delimiter', '--b', ['LWS_ERR_FORM_TRUNCATED']],
  ['the end behind one hyphen', `${field('a', '1')}--b-`, ['LWS_ERR_FORM_TRUNCATED']],
  ['the end in a header', `--b\r\n${named('a')}`, ['LWS_ERR_FORM_TRUNCATED']],
  ['the end in a value', `--b\r\n${named('a')}\r\n\r\n1`, ['LWS_ERR_FORM_TRUNCATED']],
  [
    'the end in a file',
    `--b\r\n${named('f', '; filename=x')}\r\n\r\n123`,
    ['file "f" "x" text/plain', 'content "123"', 'cut 3', 'LWS_ERR_FORM_TRUNCATED'],
  ],
  ['the end behind a part', `${field('a', '1')}--b\r\n`, ['LWS_ERR_FORM_TRUNCATED']],
  ['a longer boundary', `${field('a', '1')}--bc--`, ['LWS_ERR_FORM_DELIMITER']],
  ['one hyphen', '--b-x', ['LWS_ERR_FORM_DELIMITER']],
  ['a line feed behind a boundary', '--b\n', ['LWS_ERR_FORM_DELIMITER']],
  ['a carriage return alone', '--b\rx', ['LWS_ERR_FORM_DELIMITER']],
  ['something behind the close', '--b--x', ['LWS_ERR_FORM_DELIMITER']],
  ['no header', '--b\r\n\r\nx\r\n--b--', ['LWS_ERR_FORM_DISPOSITION']],
  ['no disposition', one('Content-Type: text/plain'), ['LWS_ERR_FORM_DISPOSITION']],
  [
    'another disposition',
    one('Content-Disposition: attachment; name=a'),
    ['LWS_ERR_FORM_DISPOSITION'],
  ],
  [
    'a longer disposition',
    one('Content-Disposition: form-data2; name=a'),
    ['LWS_ERR_FORM_DISPOSITION'],
  ],
  ['no name', one('Content-Disposition: form-data; filename=a'), ['LWS_ERR_FORM_DISPOSITION']],
  ['two dispositions', one(`${named('a')}\r\n${named('b')}`), ['LWS_ERR_FORM_DISPOSITION']],
  ['two names', one(named('a', '; name="b"')), ['LWS_ERR_FORM_DISPOSITION']],
  ['two file names', one(named('a', '; filename=x; filename=y')), ['LWS_ERR_FORM_DISPOSITION']],
  [
    'a quote without an end',
    one('Content-Disposition: form-data; name="a'),
    ['LWS_ERR_FORM_DISPOSITION'],
  ],
  ['something behind a quote', one(named('a', 'x')), ['LWS_ERR_FORM_DISPOSITION']],
  ['a name that is not UTF-8', one(named('\xff')), ['LWS_ERR_FORM_UTF8']],
  ['a value that is not UTF-8', one(named('a'), '\xff'), ['LWS_ERR_FORM_UTF8']],
  [
    'two types',
    one(`${named('a')}\r\nContent-Type: a/b\r\nContent-Type: a/b`),
    ['LWS_ERR_FORM_PART_HEADER'],
  ],
  [
    'a folded line',
    one(`Content-Disposition: form-data;\r\n name="a"`),
    ['LWS_ERR_FORM_PART_HEADER'],
  ],
  ['no colon', one(`${named('a')}\r\nX`), ['LWS_ERR_FORM_PART_HEADER']],
  [
    'a space before the colon',
    one('Content-Disposition : form-data; name=a'),
    ['LWS_ERR_FORM_PART_HEADER'],
  ],
  ['a zero byte', one(named('a\0')), ['LWS_ERR_FORM_PART_HEADER']],
  ['a line feed in a header', one(named('a', '\nX: y')), ['LWS_ERR_FORM_PART_HEADER']],
  ['a carriage return in a header', one(named('a\rb')), ['LWS_ERR_FORM_PART_HEADER']],
  [
    'base64',
    one(`${named('a')}\r\nContent-Transfer-Encoding: base64`),
    ['LWS_ERR_FORM_PART_CODING'],
  ],
] as const)('%s', (_name, body, expected) => {
  test.each([1, 2, 3, 64])('in chunks of %i', (size) => {
    expect(readForm(multipart, inChunks(latin1(body), size))).toEqual(expected);
  });
});

test.each([
  ['; filename="../../etc/passwd"', 'passwd'],
  ['; filename="C:\\dir\\x.txt"', 'x.txt'],
  ['; filename="C:\\\\dir\\\\x.txt"', 'x.txt'],
  ['; filename="/"', ''],
  ['; filename="dir\\"', ''],
  ['; filename=".."', ''],
  ['; filename="a/."', ''],
  ['; filename=".htaccess"', '.htaccess'],
  ['; filename="a%0D%0aSet-Cookie: b"', 'a__Set-Cookie: b'],
  ['; filename="a\\"b"', 'a"b'],
  ["; filename*=UTF-8''%e2%82%ac%20rates", '€ rates'],
  ["; filename*=utf-8'en'x%2F..%2Fy", 'y'],
  ["; filename=plain; filename*=UTF-8''star", 'star'],
  ["; filename*=UTF-8''a%00b", 'a_b'],
  ["; filename*=UTF-8''", ''],
  ["; filename*=iso-8859-1'en'%a3%20rates", '£ rates'],
  ["; filename=plain; filename*=koi8-r''%c1", 'plain'],
  ["; filename*=UTF-8''%ff; filename=plain", 'plain'],
  ['; filename=plain; filename*=plain', 'plain'],
  ['; filename="a\tb\xc2\x85"', 'a_b_'],
])('%s is the file %j', (parameters, expected) => {
  expect(readForm(multipart, [latin1(file(parameters))])[0]).toBe(
    `file "f" ${JSON.stringify(expected)} text/plain`,
  );
});

test.each([
  ["; filename*=koi8-r''%c1", 'LWS_ERR_FORM_DISPOSITION'],
  ["; filename*=iso-8859-1''%a", 'LWS_ERR_FORM_DISPOSITION'],
  ["; filename*=UTF-8''%zz", 'LWS_ERR_FORM_DISPOSITION'],
  ["; filename*=UTF-8''a'b", 'LWS_ERR_FORM_DISPOSITION'],
  ['; filename*=plain', 'LWS_ERR_FORM_DISPOSITION'],
  ["; filename*=UTF-8''%ff", 'LWS_ERR_FORM_UTF8'],
])('%s is refused', (parameters, code) => {
  expect(readForm(multipart, [latin1(file(parameters))])).toEqual([code]);
});

test.each([
  ['multipart/form-data'],
  ['multipart/form-data; boundary='],
  ['multipart/form-data; boundary=""'],
  ['multipart/form-data; boundary="a "'],
  ['multipart/form-data; boundary="a;b"'],
  ['multipart/form-data; boundary=a; boundary=b'],
  ['multipart/form-data; boundary="a\r\n"'],
  [`multipart/form-data; boundary=${'a'.repeat(71)}`],
])('%j has no boundary', (type) => {
  expect(readForm(type, [latin1('--a--')])).toEqual(['LWS_ERR_FORM_BOUNDARY']);
});

test.each([
  ["a b'()+_,-./:=?", `multipart/form-data; boundary="a b'()+_,-./:=?"`],
  ['a'.repeat(70), `Multipart/Form-Data;charset=utf-8; BOUNDARY=${'a'.repeat(70)}`],
])('%s is a boundary', (boundary, type) => {
  const body = `--${boundary}\r\n${named('a')}\r\n\r\n1\r\n--${boundary}--`;
  expect(readForm(type, [latin1(body)])).toEqual(['"a"="1"']);
});
