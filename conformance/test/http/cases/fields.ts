/** SMG-5, SMG-6, SMG-16: field lines and how lines end (RFC 9112 §2.2, §5). */
import { get, H, type HttpCase, refused, root, served, shown } from '../case.ts';

const folded: readonly HttpCase[] = [
  ...[
    'X: a\r\n b',
    'X: a\r\n\tb',
    'X: a\r\n ',
    'X: a\r\n\t',
    'X:\r\n a',
    ' X: a',
    '\tX: a',
    'X: a\r\n b: c',
    ' Content-Length: 3',
    '\tTransfer-Encoding: chunked',
    '  ',
  ].map((field) =>
    refused(
      `SMG-5 ${shown(field)}`,
      get(`${field}\r\n`),
      400,
      'RFC 9112 §5.2: obs-fold is never unfolded',
    ),
  ),
  refused('SMG-5 first line with SP', 'GET / HTTP/1.1\r\n Host: a\r\n\r\n', 400, 'RFC 9112 §2.2'),
  refused('SMG-5 first line with TAB', 'GET / HTTP/1.1\r\n\tHost: a\r\n\r\n', 400, 'RFC 9112 §2.2'),
  refused('SMG-5 first line of SP alone', `GET / HTTP/1.1\r\n \r\n${H}\r\n`, 400, 'RFC 9112 §2.2'),
  refused('SMG-5 folded Host', 'GET / HTTP/1.1\r\nHost: a\r\n .b\r\n\r\n', 400, 'RFC 9112 §5.2'),
  refused(
    'SMG-5 folded length',
    `POST / HTTP/1.1\r\n${H}Content-Length:\r\n 3\r\n\r\nabc`,
    400,
    'RFC 9112 §5.2',
  ),
  ...[
    'Transfer-Encoding : chunked',
    'Transfer-Encoding\t: chunked',
    'Content-Length : 3',
    'Host : b',
    'X : a',
    'X\t: a',
    'X  : a',
  ].map((field) =>
    refused(
      `SMG-5 ${shown(field)}`,
      get(`${field}\r\n`),
      400,
      'RFC 9112 §5.1: no white space before the colon',
    ),
  ),
];

const ends: readonly HttpCase[] = [
  refused(
    'SMG-6 LF ends the request line',
    `GET / HTTP/1.1\n${H}\r\n`,
    400,
    'RFC 9112 §2.2 allows to take it; we do not',
  ),
  refused('SMG-6 LF ends a field', 'GET / HTTP/1.1\r\nHost: a\n\r\n', 400, 'CR LF only'),
  refused('SMG-6 LF ends the head', 'GET / HTTP/1.1\r\nHost: a\r\n\n', 400, 'CR LF only'),
  refused('SMG-6 LF everywhere', 'GET / HTTP/1.1\nHost: a\n\n', 400, 'CR LF only'),
  refused(
    'SMG-6 CR ends the request line',
    `GET / HTTP/1.1\r${H}\r\n`,
    400,
    'RFC 9112 §2.2: bare CR',
  ),
  refused('SMG-6 CR ends a field', get('X: a\rY: b\r\n'), 400, 'RFC 9112 §2.2: bare CR'),
  refused('SMG-6 CR ends the head', `GET / HTTP/1.1\r\n${H}\r\r`, 400, 'RFC 9112 §2.2: bare CR'),
  refused('SMG-6 CR in a value', get('X: a\rb\r\n'), 400, 'CVE-2023-30589'),
  refused('SMG-6 CR before a value', get('X:\ra\r\n'), 400, 'RFC 9112 §2.2: bare CR'),
  refused('SMG-6 CR in a name', get('X\rY: a\r\n'), 400, 'RFC 9112 §2.2: bare CR'),
  refused('SMG-6 CR begins a name', get('\rX: a\r\n'), 400, 'RFC 9112 §2.2: bare CR'),
  refused('SMG-6 CR in the target', line1('GET /\r HTTP/1.1'), 400, 'RFC 9112 §2.2: bare CR'),
  refused('SMG-6 CR in the method', line1('G\rET / HTTP/1.1'), 400, 'RFC 9112 §2.2: bare CR'),
  refused('SMG-6 CR in the version', line1('GET / HTTP/1\r.1'), 400, 'RFC 9112 §2.2: bare CR'),
  refused(
    'SMG-6 CR CR LF behind the request line',
    `GET / HTTP/1.1\r\r\n${H}\r\n`,
    400,
    'RFC 9112 §2.2: bare CR',
  ),
  refused('SMG-6 CR CR LF behind a field', get('X: a\r\r\n'), 400, 'RFC 9112 §2.2: bare CR'),
  refused(
    'SMG-6 CR CR LF ends the head',
    `GET / HTTP/1.1\r\n${H}\r\r\n`,
    400,
    'RFC 9112 §2.2: bare CR',
  ),
  refused('SMG-6 CR LF CR X', `GET / HTTP/1.1\r\n${H}\rX`, 400, 'CVE-2025-23167'),
  refused(
    'SMG-6 CR LF CR and a request',
    `GET / HTTP/1.1\r\n${H}\rGET /x HTTP/1.1\r\n${H}\r\n`,
    400,
    'CVE-2025-23167',
  ),
  refused('SMG-6 LF CR ends a field', 'GET / HTTP/1.1\r\nHost: a\n\r\n\r\n', 400, 'CR LF only'),
  refused('SMG-6 LF in a value', get('X: a\nY: b\r\n'), 400, 'CR LF only'),
  refused('SMG-6 LF hides a length', get('X: a\nContent-Length: 3\r\n'), 400, 'CR LF only'),
  refused('SMG-6 LF alone', '\n', 400, 'CR LF only'),
  refused('SMG-6 NEL ends nothing', 'GET / HTTP/1.1\u0085Host: a\u0085\u0085', 400, 'CR LF only'),
];

function line1(first: string): string {
  return `${first}\r\n${H}\r\n`;
}

const names: readonly HttpCase[] = [
  ...[
    '\u0000',
    ' ',
    '(',
    ')',
    '<',
    '>',
    '@',
    ',',
    ';',
    '\\',
    '"',
    '/',
    '[',
    ']',
    '?',
    '=',
    '{',
    '}',
    '\u007f',
    '\u0001',
    '\u001f',
    '\u0080',
    '\u00ff',
    '\u00c3\u00a9',
    '\u000b',
    '\u000c',
  ].map((byte) =>
    refused(
      `SMG-16 name with ${shown(byte)}`,
      get(`X${byte}Y: a\r\n`),
      400,
      'RFC 9110 §5.6.2: tokens',
    ),
  ),
  ...['\u0000', '(', '"', '/', '\u00e9', '=', '{'].map((byte) =>
    refused(
      `SMG-16 name begins with ${shown(byte)}`,
      get(`${byte}X: a\r\n`),
      400,
      'RFC 9110 §5.6.2: tokens',
    ),
  ),
  refused('SMG-16 empty name', get(': a\r\n'), 400, 'RFC 9112 §5: a token'),
  refused('SMG-16 colon alone', get(':\r\n'), 400, 'RFC 9112 §5: a token'),
  refused('SMG-16 no colon', get('X\r\n'), 400, 'RFC 9112 §5: a line that is no field'),
  refused(
    'SMG-16 no colon, first line',
    `GET / HTTP/1.1\r\nHost\r\n\r\n`,
    400,
    'RFC 9112 §5: a line that is no field',
  ),
  refused(
    'SMG-16 no colon, spaces',
    get('no colon here\r\n'),
    400,
    'RFC 9112 §5: a line that is no field',
  ),
  refused(
    'SMG-16 a request line as a field',
    get('GET /x HTTP/1.1\r\n'),
    400,
    'RFC 9112 §5: a line that is no field',
  ),
  served(
    'SMG-16 names of prototypes',
    get('__proto__: 1\r\nconstructor: 2\r\nhasOwnProperty: 3\r\ntoString: 4\r\nvalueOf: 5\r\n'),
    root,
    'CVE-2026-21710: plain names',
  ),
  served('SMG-16 every token byte', get("!#$%&'*+-.^_`|~0aZ: x\r\n"), root, 'RFC 9110 §5.6.2'),
  served(
    'SMG-16 names that are numbers',
    get('0: a\r\n1: b\r\n4294967295: c\r\n'),
    root,
    'FLD-8: keys that look like indexes',
  ),
  served('SMG-16 names of one letter', get('a: 1\r\nb: 2\r\nA: 3\r\n'), root, 'RFC 9110 §5.1'),
  served('SMG-16 the same name ninety times', get('X: y\r\n'.repeat(90)), root, 'RFC 9110 §5.2'),
];

const values: readonly HttpCase[] = [
  ...[0, 1, 2, 7, 8, 11, 12, 14, 27, 31, 127].map((byte) =>
    refused(
      `value with byte ${byte}`,
      get(`X: a${String.fromCharCode(byte)}b\r\n`),
      400,
      'RFC 9110 §5.5: control byte',
    ),
  ),
  refused('value that is NUL', get('X: \u0000\r\n'), 400, 'RFC 9110 §5.5: control byte'),
  refused('value ends with NUL', get('X: a\u0000\r\n'), 400, 'RFC 9110 §5.5: control byte'),
  refused('value begins with DEL', get('X:\u007fa\r\n'), 400, 'RFC 9110 §5.5: control byte'),
  ...[
    '',
    ' ',
    '\t',
    ' \t \t',
    'a',
    ' a ',
    '\ta\t',
    'a\tb',
    'a b',
    ':',
    '::',
    'a: b',
    '"a',
    "'",
    '\\',
    '%00',
    '\u00e9',
    '\u00c3\u00a9',
    '\u0080',
    '\u00ff',
    '\u00a0',
    'a'.repeat(8000),
    ' '.repeat(8000),
  ].map((value) =>
    served(
      `value ${shown(value)}`,
      get(`X:${value}\r\n`),
      root,
      'RFC 9110 §5.5: visible, SP, HTAB and obs-text',
    ),
  ),
  served(
    'no white space behind the colon',
    'GET / HTTP/1.1\r\nhOsT:a\r\n\r\n',
    root,
    'RFC 9112 §5: OWS is optional, names have no case',
  ),
];

export const fieldCases: readonly HttpCase[] = [...folded, ...ends, ...names, ...values];
