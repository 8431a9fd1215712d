/** Data of five kinds for the cases of compression, made from a seed: as long as Autobahn's files, and alike. */
import { Random } from '../framing/random.ts';

export interface Corpus {
  readonly about: string;
  readonly binary: boolean;
  readonly bytes: Uint8Array;
}

const words = (
  'der die das und ich du er sie es nicht mit von auf zu in den dem ist war wie so nur was wer wo hier da nun ' +
  'Geist Welt Licht Nacht Herz Wort Kraft Tat Leben Zeit Himmel Erde Feuer Wasser Seele Mensch Tod Teufel Gott'
).split(' ');

/** Latin-1, as old books are: not UTF-8. */
const latin = ['für', 'über', 'möcht', 'schön', 'Gefühl', 'Glück', 'süß', 'Größe'];

function lettersTo(length: number, next: () => string): Uint8Array {
  let text = '';
  while (text.length < length) text += next();
  return new Uint8Array(Buffer.from(text.slice(0, length), 'latin1'));
}

function json(): Uint8Array {
  const random = new Random(121);
  let id = 0;
  return lettersTo(194_056, () => {
    const tags = [random.pick(words), random.pick(words)].map((tag) => `"${tag}"`).join(', ');
    return `{"id": ${id++}, "name": "${random.pick(words)} ${random.pick(words)}", "value": ${random.below(100_000) / 100}, "active": ${random.chance(50)}, "tags": [${tags}]},\n`;
  });
}

/** A picture: each octet near its neighbours. */
function bitmap(): Uint8Array {
  const random = new Random(122);
  const bytes = new Uint8Array(263_222);
  for (let at = 0; at < bytes.length; at++) {
    const left = bytes[at - 1] ?? 128;
    const above = bytes[at - 512] ?? left;
    bytes[at] = ((left + above) >> 1) + random.between(-3, 3);
  }
  return bytes;
}

function prose(): Uint8Array {
  const random = new Random(123);
  return lettersTo(222_218, () => {
    const line = Array.from({ length: random.between(5, 9) }, () =>
      random.pick(random.chance(10) ? latin : words),
    );
    return `${line.join(' ')}${random.pick([',', '.', '!', ';'])}\r\n`;
  });
}

function html(): Uint8Array {
  const random = new Random(124);
  return lettersTo(263_527, () => {
    const cells = Array.from(
      { length: 4 },
      () => `<td class="${random.pick(words).toLowerCase()}">${random.pick(words)}</td>`,
    );
    return `    <tr id="row-${random.below(10_000)}">${cells.join('')}</tr>\n`;
  });
}

/** Mostly what was compressed already, with lines of text between. */
function pdf(): Uint8Array {
  const random = new Random(125);
  const bytes = new Uint8Array(1_042_328);
  const line = Buffer.from(
    'endstream\nendobj\n12 0 obj\n<< /Length 4096 /Filter /FlateDecode >>\nstream\n',
  );
  for (let at = 0; at < bytes.length; at++) {
    const within = at % 4096;
    bytes[at] = within < line.length ? (line[within] ?? 0) : random.below(256);
  }
  return bytes;
}

export const corpora: readonly [Corpus, ...Corpus[]] = [
  { about: 'JSON', binary: false, bytes: json() },
  { about: 'a bitmap', binary: true, bytes: bitmap() },
  { about: 'prose', binary: true, bytes: prose() },
  { about: 'HTML', binary: false, bytes: html() },
  { about: 'a PDF', binary: true, bytes: pdf() },
];

/** The message number `at`, of `size` octets: where the last one ended the next begins, in a circle. */
export function messageOf({ bytes }: Corpus, size: number, at: number): Uint8Array {
  const from = (size * at) % bytes.length;
  const message = bytes.slice(from, from + size);
  if (message.length === size) return message;
  const whole = new Uint8Array(size);
  whole.set(message);
  whole.set(bytes.subarray(0, size - message.length), message.length);
  return whole;
}
