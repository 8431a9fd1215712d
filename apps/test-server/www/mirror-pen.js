/** Turns pointers and arrow keys on the drawing into lines in its own coordinates. */
import { drawingHeight, drawingWidth } from './mirror-lines.js';

const keySteps = new Map([
  ['ArrowLeft', [-1, 0]],
  ['ArrowRight', [1, 0]],
  ['ArrowUp', [0, -1]],
  ['ArrowDown', [0, 1]],
]);
const keyStep = 6;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLElement} cursor shows where the arrow keys draw
 * @param {(x0: number, y0: number, x1: number, y1: number) => void} line
 */
export function takePen(canvas, cursor, line) {
  /** Where each pointer that is down was last. */
  const pointers = new Map();
  let keyX = drawingWidth / 2;
  let keyY = drawingHeight / 2;

  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    const at = place(event);
    pointers.set(event.pointerId, at);
    line(at.x, at.y, at.x, at.y);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (!pointers.has(event.pointerId)) return;
    const coalesced = event.getCoalescedEvents?.() ?? [];
    for (const step of coalesced.length > 0 ? coalesced : [event])
      moveTo(event.pointerId, place(step));
  });
  for (const end of ['pointerup', 'pointercancel', 'lostpointercapture'])
    canvas.addEventListener(end, (event) => pointers.delete(event.pointerId));

  canvas.addEventListener('keydown', (event) => {
    const step = keySteps.get(event.key);
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const x = clamp(keyX + step[0] * keyStep, drawingWidth);
    const y = clamp(keyY + step[1] * keyStep, drawingHeight);
    if (!event.shiftKey) line(keyX, keyY, x, y);
    keyX = x;
    keyY = y;
    showCursor();
  });
  showCursor();

  function moveTo(pointerId, to) {
    const from = pointers.get(pointerId);
    if (from.x === to.x && from.y === to.y) return;
    pointers.set(pointerId, to);
    line(from.x, from.y, to.x, to.y);
  }

  function place(event) {
    const box = canvas.getBoundingClientRect();
    return {
      x: clamp(Math.round(((event.clientX - box.left) * drawingWidth) / box.width), drawingWidth),
      y: clamp(Math.round(((event.clientY - box.top) * drawingHeight) / box.height), drawingHeight),
    };
  }

  function showCursor() {
    cursor.style.left = `${(100 * keyX) / drawingWidth}%`;
    cursor.style.top = `${(100 * keyY) / drawingHeight}%`;
  }
}

function clamp(value, most) {
  return Math.min(Math.max(value, 0), most);
}
