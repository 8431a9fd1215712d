/** Category 7: the closing handshake (RFC 6455 §5.5.1, §7). */
import {
  type Act,
  broken,
  type Case,
  type CaseFrame,
  close,
  closed,
  fill,
  frame,
  hear,
  hex,
  notUtf8,
  row,
  say,
  star,
} from './case.ts';

const hello = 'Hello World!';

/** Close first: nothing behind it is looked at. */
function nothingAfter(...frames: CaseFrame[]): () => Act[] {
  return () => [...say(close(1000), ...frames), closed(1000)];
}

function answered(one: CaseFrame, code: number): () => Act[] {
  return () => [...say(one), closed(code)];
}

function refused(code: number): () => Act[] {
  return () => [...say(close(code)), broken('CLOSE_CODE', { frame: 0, payload: 1 })];
}

const valid = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
const invalid = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999];
const notText = hex('ceba e1bdb9 cf83 cebc ceb5 eda080 656469746564');

export const closing: readonly Case[] = [
  row('7.1.1', '§5.5.1', 'text, then close', () => [
    ...say(frame(1, hello)),
    hear('text', hello),
    ...say(close(1000)),
    closed(1000),
  ]),
  row('7.1.2', '§5.5.1', 'close twice', nothingAfter(close(1000))),
  row('7.1.3', '§5.5.1', 'ping after close', nothingAfter(frame(9))),
  row('7.1.4', '§5.5.1', 'text after close', nothingAfter(frame(1, hello))),
  row('7.1.5', '§5.5.1', 'close between the fragments of a text', () => [
    ...say(frame(1, 'fragment1', { fin: false }), close(1000), frame(0, 'fragment2')),
    closed(1000),
  ]),
  row('7.1.6', '§5.5.1', 'text of 256 KiB, text, close and ping at once', () => {
    const large = fill(star, 256 * 1024);
    return [
      ...say(frame(1, large), frame(1, hello), close(1000), frame(9)),
      hear('text', large),
      hear('text', hello),
      closed(1000),
    ];
  }),
  row('7.3.1', '§5.5.1', 'close without a payload', answered(frame(8), 1005)),
  row('7.3.2', '§5.5.1', 'close with a payload of one octet', () => [
    ...say(frame(8, 'a')),
    broken('CLOSE_LENGTH', { frame: 0, payload: 0 }),
  ]),
  row('7.3.3', '§5.5.1', 'close with a code', answered(close(1000), 1000)),
  row('7.3.4', '§5.5.1', 'close with a code and a reason', answered(close(1000, hello), 1000)),
  row(
    '7.3.5',
    '§5.5',
    'close with 125 octets, the most there may be',
    answered(close(1000, fill(star, 123)), 1000),
  ),
  row('7.3.6', '§5.5', 'close with 126 octets', () => [
    ...say(close(1000, fill(star, 124))),
    broken('CONTROL_LENGTH', { frame: 0, header: 1 }),
  ]),
  row('7.5.1', '§5.5.1', 'close with a reason that is not UTF-8', () => [
    ...say(close(1000, notText)),
    notUtf8('CLOSE_REASON', { frame: 0, payload: 1 + notText.length }),
  ]),
  ...valid.map((code, at) =>
    row(`7.7.${at + 1}`, '§7.4', `close with code ${code}`, answered(close(code), code)),
  ),
  ...invalid.map((code, at) =>
    row(`7.9.${at + 1}`, '§7.4', `close with code ${code}`, refused(code)),
  ),
  row('7.13.1', '§7.4', 'close with code 5000', refused(5000)),
  row('7.13.2', '§7.4', 'close with code 65535', refused(65_535)),
];
