/** Draws what the mirror says on a canvas that is sharp at every size, and redraws it when the size changes. */
import { drawingHeight, drawingWidth } from './mirror-lines.js';

/** What is remembered for redrawing; the oldest goes first. */
const maxCommands = 20_000;
const maxPixelsAcross = 4096;

export class MirrorCanvas {
  #canvas;
  #context;
  #commands = [];
  #across = 0;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d');
    new ResizeObserver(() => this.#fit()).observe(canvas);
    this.#fit();
  }

  /** @param {(import('./mirror-lines.js').Line | import('./mirror-lines.js').Circle)[]} commands */
  draw(commands) {
    for (const command of commands) {
      this.#commands.push(command);
      this.#stroke(command);
    }
    if (this.#commands.length > maxCommands) this.#commands.splice(0, maxCommands / 4);
  }

  clear() {
    this.#commands = [];
    this.#context.clearRect(0, 0, drawingWidth, drawingHeight);
  }

  #fit() {
    const across = Math.round(this.#canvas.clientWidth * devicePixelRatio);
    const width = Math.min(Math.max(across, drawingWidth), maxPixelsAcross);
    if (this.#across === width) return;
    this.#across = width;
    // Setting the width clears the canvas and everything that was set on its context.
    this.#canvas.width = width;
    this.#canvas.height = Math.round((width * drawingHeight) / drawingWidth);
    const scale = width / drawingWidth;
    this.#context.setTransform(scale, 0, 0, scale, 0, 0);
    this.#context.lineCap = 'round';
    for (const command of this.#commands) this.#stroke(command);
  }

  #stroke(command) {
    const context = this.#context;
    context.strokeStyle = command.colour;
    context.beginPath();
    if (command.kind === 'line') {
      context.lineWidth = command.width;
      context.moveTo(command.x0, command.y0);
      context.lineTo(command.x1, command.y1);
    } else {
      context.lineWidth = 1.5;
      context.arc(command.x, command.y, command.radius, 0, 2 * Math.PI);
    }
    context.stroke();
  }
}
