import { decode, encode } from '@jridgewell/sourcemap-codec';

/** The fewest characters of a line, but for the last of a function. */
const lineLength = 100;

/**
 * Breaks minified code into lines: Node.js shows the whole line that an error was thrown in, and a bundle would be
 * one. A line ends behind a `;` or `{` where the source map has a token begin: that is never within a text or a pattern.
 *
 * @returns the code, and `mappings` of its source map
 */
export function shortLines(code, mappings) {
  const tokens = decode(mappings);
  const lines = [];
  const mapped = [];
  for (const [at, line] of code.split('\n').entries()) {
    let start = 0;
    let segments = [];
    for (const [column, ...source] of tokens[at] ?? []) {
      if (column - start >= lineLength && ';{'.includes(line[column - 1])) {
        lines.push(line.slice(start, column));
        mapped.push(segments);
        start = column;
        segments = [];
      }
      segments.push([column - start, ...source]);
    }
    lines.push(line.slice(start));
    mapped.push(segments);
  }
  return { code: lines.join('\n'), mappings: encode(mapped) };
}
