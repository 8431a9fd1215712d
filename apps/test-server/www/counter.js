/** dumb-increment-protocol: a number from the server every 50 ms, and how many come a second. */
import { Link, setUsable } from './link.js';

const sampleMs = 250;
/** The rate is a mean over this many samples. */
const meanOver = 8;
const historySamples = 60;
const historyHeight = 32;

export function startCounter() {
  const value = document.querySelector('#counter-value');
  const rate = document.querySelector('#counter-rate');
  const history = document.querySelector('#counter-history path');
  const reset = document.querySelector('#counter-reset');
  const counts = [];
  let received = 0;
  let shown = '';
  let latest = '';

  const link = new Link(
    {
      protocol: 'dumb-increment-protocol',
      badge: document.querySelector('#counter-state'),
    },
    {
      open() {
        setUsable(reset, true);
      },
      message(data) {
        if (!/^\d{1,16}$/.test(data)) return;
        received++;
        if (latest === shown) requestAnimationFrame(show);
        latest = data;
      },
      closed() {
        setUsable(reset, false);
      },
    },
  );

  reset.addEventListener('click', () => link.send('reset\n'));
  setInterval(sample, sampleMs);

  function show() {
    shown = latest;
    value.textContent = latest;
  }

  function sample() {
    counts.push(received);
    received = 0;
    if (counts.length > historySamples) counts.shift();
    const last = counts.slice(-meanOver);
    const perSecond = (1000 / sampleMs) * (last.reduce((sum, n) => sum + n, 0) / last.length);
    rate.textContent = link.isOpen ? perSecond.toFixed(1) : '–';
    history.setAttribute('d', bars(counts));
  }
}

/** One bar a sample, the newest at the right edge; the highest leaves a little room above. */
function bars(counts) {
  const highest = Math.max(1, ...counts) * 1.2;
  const from = historySamples - counts.length;
  return counts
    .map(
      (n, at) =>
        `M${from + at + 0.5} ${historyHeight}v-${((historyHeight * n) / highest).toFixed(1)}`,
    )
    .join('');
}
