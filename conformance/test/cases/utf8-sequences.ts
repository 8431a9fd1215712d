/**
 * Category 6.5 to 6.23: a text of one frame, after Markus Kuhn's stress test for decoders of UTF-8. In what is not
 * UTF-8 a bar stands before the octet that shows it; behind the last octet it says that a character is not whole.
 */
import { type Case, echoed, frame, hex, notUtf8, row, say } from './case.ts';

const groups: readonly (readonly [id: string, about: string, texts: readonly string[]])[] = [
  [
    '6.5',
    'good text',
    [
      '68656c6c6f 24 776f726c64',
      '68656c6c6f c2a2 776f726c64',
      '68656c6c6f e282ac 776f726c64',
      '68656c6c6f f0a4ada2 776f726c64',
      'ceba e1bdb9 cf83 cebc ceb5',
    ],
  ],
  ['6.6', 'beginning of a good text', prefixes('cebae1bdb9cf83cebcceb5')],
  ['6.7', 'first character of its length', ['00', 'c280', 'e0a080', 'f0908080']],
  ['6.8', 'first of a length that there is not', ['|f888808080', '|fc8480808080']],
  ['6.9', 'last character of its length', ['7f', 'dfbf', 'efbfbf', 'f48fbfbf']],
  ['6.10', 'last of a length, beyond Unicode', ['|f7bfbfbf', '|fbbfbfbfbf', '|fdbfbfbfbfbf']],
  ['6.11', 'at a boundary', ['ed9fbf', 'ee8080', 'efbfbd', 'f48fbfbf', 'f4|908080']],
  [
    '6.12',
    'continuation octets alone',
    [
      '|80',
      '|bf',
      '|80bf',
      '|80bf80',
      '|80bf80bf',
      '|80bf80bf80',
      '|80bf80bf80bf',
      `|${octets(0x80, 0xbe, '')}`,
    ],
  ],
  [
    '6.13',
    'first octets alone, each before a space',
    [
      `|${octets(0xc0, 0xde, '20')}`,
      `e0|20${octets(0xe1, 0xee, '20')}`,
      `f0|20${octets(0xf1, 0xf6, '20')}`,
      `|${octets(0xf8, 0xfa, '20')}`,
      `|${octets(0xfc, 0xfc, '20')}`,
    ],
  ],
  [
    '6.14',
    'last octet missing',
    [
      '|c0',
      'e0|80',
      'f0|8080',
      '|f8808080',
      '|fc80808080',
      'df|',
      'efbf|',
      '|f7bfbf',
      '|fbbfbfbf',
      '|fdbfbfbfbf',
    ],
  ],
  [
    '6.15',
    'incomplete characters in a row',
    ['|c0 e080 f08080 f8808080 fc80808080 df efbf f7bfbf fbbfbfbf fdbfbfbfbf'],
  ],
  ['6.16', 'octets that never are', ['|fe', '|ff', '|fefeffff']],
  [
    '6.17',
    'overlong form of a slash',
    ['|c0af', 'e0|80af', 'f0|8080af', '|f8808080af', '|fc80808080af'],
  ],
  [
    '6.18',
    'largest overlong form',
    ['|c1bf', 'e0|9fbf', 'f0|8fbfbf', '|f887bfbfbf', '|fc83bfbfbfbf'],
  ],
  [
    '6.19',
    'overlong form of NUL',
    ['|c080', 'e0|8080', 'f0|808080', '|f880808080', '|fc8080808080'],
  ],
  [
    '6.20',
    'surrogate',
    ['ed|a080', 'ed|adbf', 'ed|ae80', 'ed|afbf', 'ed|b080', 'ed|be80', 'ed|bfbf'],
  ],
  [
    '6.21',
    'pair of surrogates',
    [
      'ed|a080 edb080',
      'ed|a080 edbfbf',
      'ed|adbf edb080',
      'ed|adbf edbfbf',
      'ed|ae80 edb080',
      'ed|ae80 edbfbf',
      'ed|afbf edb080',
      'ed|afbf edbfbf',
    ],
  ],
  ['6.22', 'code point that is no character', nonCharacters()],
  [
    '6.23',
    'code point of the specials',
    ['b9', 'ba', 'bb', 'bc', 'bd', 'be', 'bf'].map((last) => `efbf${last}`),
  ],
];

/** The octets from `first` to `last`, each before `behind`. */
function octets(first: number, last: number, behind: string): string {
  let digits = '';
  for (let octet = first; octet <= last; octet++) digits += octet.toString(16) + behind;
  return digits;
}

/** All beginnings of a text; those that end inside a character have a bar behind them. */
function prefixes(digits: string): string[] {
  const wholes = new Set([2, 5, 7, 9, 11]);
  return Array.from({ length: digits.length / 2 }, (_, at) => at + 1).map(
    (length) => digits.slice(0, length * 2) + (wholes.has(length) ? '' : '|'),
  );
}

/** U+FFFE and U+FFFF of each plane. */
function nonCharacters(): string[] {
  return Array.from({ length: 17 }, (_, plane) => plane * 0x10000).flatMap((base) =>
    [0xfffe, 0xffff].map((low) => Buffer.from(String.fromCodePoint(base + low)).toString('hex')),
  );
}

function caseOf(id: string, about: string, digits: string): Case {
  const bar = digits.replaceAll(' ', '').indexOf('|') / 2;
  const payload = hex(digits.replace('|', ''));
  const shown = payload.length > 24 ? `${payload.length} octets` : digits;
  return row(id, '§8.1', `${about}: ${shown}`, () => {
    if (bar < 0) return echoed(1, payload);
    const code = bar === payload.length ? 'UTF8_INCOMPLETE' : 'UTF8';
    const at = { frame: 0, payload: Math.min(bar, payload.length - 1) };
    return [...say(frame(1, payload)), notUtf8(code, at)];
  });
}

export const utf8Sequences: readonly Case[] = groups.flatMap(([id, about, texts]) =>
  texts.map((digits, at) => caseOf(`${id}.${at + 1}`, about, digits)),
);
