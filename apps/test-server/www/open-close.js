/** A connection opened and closed by hand, with what the browser says of each step. */
import { setUsable, showState } from './link.js';

const maxEntries = 40;

export function startOpenClose() {
  const badge = document.querySelector('#tester-state');
  const log = document.querySelector('#tester-log');
  const open = document.querySelector('#tester-open');
  const close = document.querySelector('#tester-close');
  const closeMe = document.querySelector('#tester-closeme');
  /** @type {WebSocket | undefined} */
  let socket;

  open.addEventListener('click', () => {
    if (socket === undefined) connect();
  });
  close.addEventListener('click', () => {
    if (socket?.readyState !== WebSocket.OPEN) return;
    note('we close', '3000 “Bye!”');
    socket.close(3000, 'Bye!');
  });
  closeMe.addEventListener('click', () => {
    if (socket?.readyState !== WebSocket.OPEN) return;
    note('we send', '“closeme”');
    socket.send('closeme\n');
  });
  show('closed', 'Closed');

  function connect() {
    socket = new WebSocket(get_appropriate_ws_url(), 'dumb-increment-protocol');
    show('connecting', 'Connecting');
    socket.onopen = () => {
      note('open', socket?.protocol ?? '');
      show('open', 'Open');
    };
    socket.onclose = ({ code, reason, wasClean }) => {
      const said = reason === '' ? 'no reason' : `“${reason}”`;
      note('closed', `${code} ${said}, ${wasClean ? 'clean' : 'not clean'}`);
      socket = undefined;
      show('closed', 'Closed');
    };
  }

  function show(state, text) {
    showState(badge, state, text);
    setUsable(open, state === 'closed');
    setUsable(close, state === 'open');
    setUsable(closeMe, state === 'open');
  }

  function note(what, detail) {
    const entry = document.createElement('li');
    const time = document.createElement('time');
    const word = document.createElement('strong');
    time.textContent = new Date().toLocaleTimeString('en-GB');
    word.textContent = what;
    entry.append(time, ' ', word, ' ', detail);
    log.append(entry);
    while (log.children.length > maxEntries) log.firstElementChild?.remove();
    log.scrollTop = log.scrollHeight;
  }
}
