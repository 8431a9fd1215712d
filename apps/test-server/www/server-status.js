/** lws-status: who is connected, told anew whenever somebody comes or goes. */
import { Link } from './link.js';

const maxRows = 100;

/** @param {(server: { version: string, hostname: string }) => void} serverKnown */
export function startServerStatus(serverKnown) {
  const rows = document.querySelector('#status-rows');
  const count = document.querySelector('#status-count');

  new Link(
    { protocol: 'lws-status', badge: document.querySelector('#status-state') },
    {
      message(data) {
        const status = readStatus(data);
        if (status === undefined) return;
        serverKnown(status);
        show(status);
      },
    },
  );
  setInterval(showAges, 1000);

  function show({ conns }) {
    rows.replaceChildren(...conns.slice(0, maxRows).map(makeRow));
    const more = conns.length > maxRows ? `, the newest ${maxRows} shown` : '';
    count.textContent = `${conns.length} open${more}`;
    showAges();
  }

  function showAges() {
    for (const time of rows.querySelectorAll('time'))
      time.textContent = age(Date.now() - Date.parse(time.dateTime));
  }
}

/** Undefined for what is no status. */
function readStatus(data) {
  let read;
  try {
    read = JSON.parse(data);
  } catch {
    return undefined;
  }
  if (read === null || typeof read !== 'object' || !Array.isArray(read.conns)) return undefined;
  const conns = read.conns
    .filter((conn) => conn !== null && typeof conn === 'object')
    .map((conn) => ({ peer: text(conn.peer), ua: text(conn.ua), time: seconds(conn.time) }))
    .sort((a, b) => b.time - a.time);
  return { version: text(read.version), hostname: text(read.hostname), conns };
}

/** Since 1970; 0 for what is no time. */
function seconds(value) {
  const read = Number(value);
  return read >= 0 && read < 1e11 ? read : 0;
}

function text(value) {
  return typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, 512) : '';
}

function makeRow({ peer, ua, time }) {
  const row = document.createElement('tr');
  const since = document.createElement('time');
  since.dateTime = new Date(time * 1000).toISOString();
  since.title = new Date(time * 1000).toLocaleString();
  const client = document.createElement('span');
  client.textContent = clientName(ua);
  const agent = document.createElement('small');
  agent.textContent = ua;
  const peerCell = cell('th', peer);
  peerCell.scope = 'row';
  row.append(peerCell, cell('td', client, agent), cell('td', since));
  return row;
}

function cell(name, ...content) {
  const made = document.createElement(name);
  made.append(...content);
  return made;
}

/** `Chrome 130 on Linux` of a browser's user agent; of any other its first word. */
function clientName(ua) {
  if (ua === '') return 'Unnamed client';
  const browser = /(Edg|OPR|Firefox|HeadlessChrome|Chrome|Version)\/(\d+)/.exec(ua);
  if (browser === null) return ua.split(' ', 1)[0] ?? ua;
  const names = { Edg: 'Edge', OPR: 'Opera', Version: 'Safari', HeadlessChrome: 'Headless Chrome' };
  const system = /Android|iPhone|iPad|Windows|Mac OS X|CrOS|Linux/.exec(ua);
  const name = `${names[browser[1]] ?? browser[1]} ${browser[2]}`;
  return system === null ? name : `${name} on ${system[0] === 'Mac OS X' ? 'macOS' : system[0]}`;
}

function age(ms) {
  const since = Math.max(0, Math.round(ms / 1000));
  if (since < 60) return `${since} s`;
  if (since < 3600) return `${Math.floor(since / 60)} min`;
  if (since < 86_400) return `${Math.floor(since / 3600)} h`;
  return `${Math.floor(since / 86_400)} d`;
}
