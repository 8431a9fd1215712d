/**
 * What lws-mirror-protocol carries: `d #colour x0 y0 x1 y1;` is a line, `c #colour x y r;` a circle.
 * A line may name its width behind x1 y1, which other clients of the protocol pass over.
 */

/** The drawing's own coordinates, whatever its size on a screen. */
export const drawingWidth = 480;
export const drawingHeight = 300;
export const defaultLineWidth = 2;

const colour = '#[0-9a-fA-F]{3,8}';
const number = '-?\\d{1,4}(?:\\.\\d{1,4})?';
const lineForm = new RegExp(
  `^d (${colour}) (${number}) (${number}) (${number}) (${number})(?: (\\d{1,2}))?$`,
);
const circleForm = new RegExp(`^c (${colour}) (${number}) (${number}) (${number})$`);
/** No longer text can be the beginning of a command. */
const maxCommandLength = 64;

/**
 * @typedef {{ kind: 'line', colour: string, x0: number, y0: number, x1: number, y1: number, width: number }} Line
 * @typedef {{ kind: 'circle', colour: string, x: number, y: number, radius: number }} Circle
 */

/**
 * Reads commands out of messages. A server may pass a long message on in pieces, and pieces of others
 * may come between: what is left of one message is tried in front of the next, then dropped.
 */
export class MirrorReader {
  #rest = '';

  /**
   * @param {string} text one message
   * @returns {(Line | Circle)[]} what can be drawn of it; anything else is passed over
   */
  read(text) {
    const pieces = text.split(';');
    const first = pieces[0] ?? '';
    const last = pieces.pop() ?? '';
    const commands = [];
    for (const [at, piece] of pieces.entries()) {
      const joined = at === 0 && this.#rest !== '' ? readCommand(this.#rest + first) : undefined;
      const command = joined ?? readCommand(piece);
      if (command !== undefined) commands.push(command);
    }
    const rest = pieces.length === 0 ? this.#rest + last : last;
    this.#rest = rest.length <= maxCommandLength ? rest : '';
    return commands;
  }
}

/** @param {Line} line */
export function writeLine({ colour, x0, y0, x1, y1, width }) {
  const tail = width === defaultLineWidth ? '' : ` ${width}`;
  return `d ${colour} ${x0} ${y0} ${x1} ${y1}${tail};`;
}

function readCommand(piece) {
  const text = piece.trim();
  const line = lineForm.exec(text);
  if (line !== null) {
    const [x0, y0, x1, y1] = line.slice(2, 6).map(Number);
    const width = line[6] === undefined ? defaultLineWidth : Math.min(Math.max(+line[6], 1), 32);
    return { kind: 'line', colour: line[1], x0, y0, x1, y1, width };
  }
  const circle = circleForm.exec(text);
  if (circle === null) return undefined;
  const [x, y, radius] = circle.slice(2, 5).map(Number);
  return { kind: 'circle', colour: circle[1], x, y, radius: Math.abs(radius) };
}
