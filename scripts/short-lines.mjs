/** The fewest characters of a line, but for the last of a function. */
const lineLength = 100;
const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/**
 * Breaks minified code into lines: Node.js shows the whole line that an error was thrown in, and a bundle would be
 * one. A line ends behind a `;` or `{` where the source map has a token begin: that is never within a text or a pattern.
 *
 * @returns the code, and `mappings` of its source map
 */
export function shortLines(code, mappings) {
  const groups = mappings.split(';');
  const lines = [];
  const mapped = [];
  for (const [at, line] of code.split('\n').entries()) {
    let start = 0;
    let column = 0;
    let group = [];
    let before = 0;
    for (const segment of groups[at]?.split(',').filter(Boolean) ?? []) {
      const [delta, rest] = readNumber(segment);
      column += delta;
      if (column - start >= lineLength && ';{'.includes(line[column - 1])) {
        lines.push(line.slice(start, column));
        mapped.push(group.join(','));
        start = column;
        group = [];
        before = 0;
      }
      group.push(writeNumber(column - start - before) + rest);
      before = column - start;
    }
    lines.push(line.slice(start));
    mapped.push(group.join(','));
  }
  return { code: lines.join('\n'), mappings: mapped.join(';') };
}

/** The base64 VLQ at the start of a segment, and what follows it. */
function readNumber(segment) {
  let value = 0;
  for (let at = 0; ; at++) {
    const digit = digits.indexOf(segment[at]);
    value += (digit & 31) << (5 * at);
    if (digit < 32) return [(value & 1) === 1 ? -(value >> 1) : value >> 1, segment.slice(at + 1)];
  }
}

/** @param number not negative */
function writeNumber(number) {
  let text = '';
  let left = number << 1;
  for (; left > 31; left >>= 5) text += digits[(left & 31) | 32];
  return text + digits[left];
}
