/**
 * lws-mirror-protocol: what is drawn in one window appears in all of the same mirror.
 * Own lines are not drawn at once but when they come back, so every window shows the same in the same order.
 */
import { Link } from './link.js';
import { MirrorCanvas } from './mirror-canvas.js';
import { defaultLineWidth, MirrorReader, writeLine } from './mirror-lines.js';
import { takePen } from './mirror-pen.js';

/** Lines wait this long for more, or until they are this long. */
const batchMs = 30;
const batchLength = 400;
/** More than this on its way: wait. */
const maxBuffered = 16_384;
/** More than this waiting: what is drawn is lost. */
const maxWaiting = 65_536;
/** Older ones are not timed any more. */
const maxUnderway = 64;
const maxNameLength = 64;

/** @param {(connected: boolean) => void} connectedChanged */
export function startMirror(connectedChanged) {
  const canvas = document.querySelector('#mirror-canvas');
  const tools = document.querySelector('#mirror-tools');
  const customColour = document.querySelector('#mirror-custom-colour');
  const figures = document.querySelector('#mirror-figures');
  const drawing = new MirrorCanvas(canvas);
  const name = (new URLSearchParams(location.search).get('mirror') ?? '').slice(0, maxNameLength);
  let reader = new MirrorReader();
  /** Messages that were sent and are not back yet: their text and when they left. */
  let underway = [];
  let waitingText = '';
  let timer;
  let linesIn = 0;
  let linesOut = 0;
  let echoMs;

  const link = new Link(
    {
      protocol: 'lws-mirror-protocol',
      extra: name === '' ? '' : `?mirror=${encodeURIComponent(name)}`,
      badge: document.querySelector('#mirror-state'),
      lead: true,
    },
    {
      open() {
        reader = new MirrorReader();
        underway = [];
        waitingText = '';
        connectedChanged(true);
      },
      message(data) {
        const commands = reader.read(data);
        linesIn += commands.length;
        drawing.draw(commands);
        noteEcho(data);
      },
      closed() {
        connectedChanged(false);
      },
    },
  );

  takePen(canvas, document.querySelector('#mirror-cursor'), (x0, y0, x1, y1) => {
    if (!link.isOpen || waitingText.length > maxWaiting) return;
    linesOut++;
    waitingText += writeLine({ kind: 'line', colour: colour(), x0, y0, x1, y1, width: width() });
    if (waitingText.length > batchLength) flush();
    else timer ??= setTimeout(flush, batchMs);
  });
  customColour.addEventListener('input', () => {
    tools.elements.colour.value = 'custom';
  });
  document.querySelector('#mirror-clear').addEventListener('click', () => drawing.clear());
  setInterval(showFigures, 500);
  showInstance(name);

  function flush() {
    clearTimeout(timer);
    timer = undefined;
    if (waitingText === '') return;
    if (link.bufferedAmount > maxBuffered) {
      timer = setTimeout(flush, batchMs);
      return;
    }
    if (link.send(waitingText)) underway.push({ text: waitingText, at: performance.now() });
    if (underway.length > maxUnderway) underway.shift();
    waitingText = '';
  }

  function noteEcho(data) {
    const first = underway[0];
    if (first === undefined || !first.text.startsWith(data)) return;
    echoMs = performance.now() - first.at;
    first.text = first.text.slice(data.length);
    if (first.text === '') underway.shift();
  }

  function colour() {
    const { value } = tools.elements.colour;
    return value === 'custom' ? customColour.value : value;
  }

  function width() {
    return Number(tools.elements.width.value) || defaultLineWidth;
  }

  function showFigures() {
    const echo = echoMs === undefined ? '' : ` · back in ${echoMs.toFixed(1)} ms`;
    const text = `${linesOut} out · ${linesIn} in${echo}`;
    if (figures.textContent !== text) figures.textContent = text;
  }
}

function showInstance(name) {
  document.querySelector('#mirror-instance').textContent =
    name === '' ? 'the default mirror' : `the mirror “${name}”`;
  document.querySelector('#mirror-again').href = location.href;
}
