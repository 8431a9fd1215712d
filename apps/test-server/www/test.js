/** Starts the page's four parts, and dims it while the mirror is not connected. */
import { startCounter } from './counter.js';
import { startMirror } from './mirror.js';
import { startOpenClose } from './open-close.js';
import { startServerStatus } from './server-status.js';

/** A connection made quicker than this needs no notice. */
const noticeAfterMs = 600;

const notice = document.querySelector('#notice');
let noticeTimer = setTimeout(showNotice, noticeAfterMs, 'Connecting to the server…');

startMirror((connected) => {
  clearTimeout(noticeTimer);
  if (connected) {
    lws_gray_out(false);
    notice.hidden = true;
  } else {
    lws_gray_out(true, { zindex: '499' });
    if (notice.hidden)
      noticeTimer = setTimeout(showNotice, noticeAfterMs, 'Connection lost. Trying again…');
  }
});
startCounter();
startOpenClose();
startServerStatus(({ version, hostname }) => {
  const [navigation] = performance.getEntriesByType('navigation');
  const transport = navigation?.nextHopProtocol || location.protocol.slice(0, -1);
  document.querySelector('#server').textContent = [version, hostname, transport]
    .filter((part) => part !== '')
    .join(' · ');
});

function showNotice(text) {
  notice.textContent = text;
  notice.hidden = false;
}
