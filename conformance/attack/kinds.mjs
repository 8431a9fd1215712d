/** The kinds of attack: what each says, and how long a server may keep it. */
import { handshakeOf, stagesOf } from './stages.mjs';

/**
 * @typedef {object} Kind
 * @property {string} name
 * @property {number} withinSecs a connection is cut so long after it began; stretched by `--scale`
 * @property {'own' | undefined} [addresses] `own`: each attacker has an address of its own, else some share one
 * @property {boolean} [bare] speaks no TLS
 * @property {boolean} [reads] false: does not
 * @property {boolean} [ws] needs a server of WebSocket
 * @property {boolean} [tls] needs one of TLS
 * @property {boolean} [resets] the attacker ends it, not the server
 * @property {(attacker: import('./attacker.mjs').Attacker, target: import('./target.mjs').Target, number: number) => unknown} attack
 */

const answerMs = 10_000;
const instantSecs = 5;

const get = ({ path, hostField }) => `GET ${path} HTTP/1.1\r\nHost: ${hostField}\r\n\r\n`;
/** Begun and not ended. */
const head = ({ path, hostField }) => `GET ${path} HTTP/1.1\r\nHost: ${hostField}\r\n`;

async function upgraded(attacker, target) {
  attacker.say(handshakeOf(target));
  await attacker.until(() => attacker.heard.includes('\r\n\r\n'), answerMs);
  attacker.begin();
}

/** Masked with zeros, which is what a mask may be. */
const emptyFragment = Buffer.from('008000000000', 'hex');
const ping = Buffer.from('898000000000', 'hex');
/** The beginning of a ClientHello that says it is 512 bytes long. */
const halfHello = Buffer.from('16030102000100' + '01fc0303', 'hex');

/** Heads that are too much, in turn. */
const floods = [
  (target) => `GET /${'a'.repeat(64 * 1024)} HTTP/1.1\r\nHost: ${target.hostField}\r\n\r\n`,
  (target) => `${head(target)}X: ${'x'.repeat(100 * 1024)}\r\n\r\n`,
  (target) => `${head(target)}${'a'.repeat(20 * 1024)}: 1\r\n\r\n`,
  (target) =>
    `${head(target)}${Array.from({ length: 5000 }, (_, at) => `x-${at}: 1\r\n`).join('')}\r\n`,
  (target) => `${get(target)}${'\r\n'.repeat(512 * 1024)}`,
];

/** @type {readonly Kind[]} */
export const kinds = [
  { name: 'silent', withinSecs: 10, attack: () => undefined },
  { name: 'connection-flood', withinSecs: 10, addresses: 'own', attack: () => undefined },
  { name: 'half-tls', withinSecs: 10, tls: true, bare: true, attack: (one) => one.say(halfHello) },
  {
    name: 'slow-head',
    withinSecs: 10,
    attack(one, target) {
      one.say(head(target));
      one.drip('x');
    },
  },
  {
    name: 'slow-body',
    withinSecs: 20,
    attack(one, { post, hostField }) {
      one.say(
        `POST ${post} HTTP/1.1\r\nHost: ${hostField}\r\nContent-Length: 100000\r\n` +
          'Content-Type: application/x-www-form-urlencoded\r\n\r\n',
      );
      one.drip('x');
    },
  },
  {
    name: 'slow-read',
    withinSecs: 30,
    reads: false,
    attack(one, target) {
      one.say(get(target).repeat(900));
      one.probe('\r\n');
    },
  },
  {
    name: 'idle',
    withinSecs: 10,
    async attack(one, target) {
      one.say(get(target));
      await one.until(() => one.heard !== '', answerMs);
      one.begin();
    },
  },
  {
    name: 'stalled-ws',
    withinSecs: 30,
    ws: true,
    async attack(one, target) {
      await upgraded(one, target);
      one.say(Buffer.from('8185000000006162', 'hex'));
    },
  },
  {
    name: 'fragment-flood',
    withinSecs: instantSecs,
    ws: true,
    async attack(one, target) {
      await upgraded(one, target);
      one.say(Buffer.from('018000000000', 'hex'));
      one.say(Buffer.concat(Array(20_000).fill(emptyFragment)));
    },
  },
  {
    name: 'ping-flood',
    withinSecs: instantSecs,
    ws: true,
    async attack(one, target) {
      await upgraded(one, target);
      one.say(Buffer.concat(Array(20_000).fill(ping)));
    },
  },
  {
    name: 'head-flood',
    withinSecs: instantSecs,
    attack: (one, target, number) => one.say(floods[number % floods.length](target)),
  },
  {
    name: 'reset',
    withinSecs: instantSecs,
    resets: true,
    async attack(one, target, number) {
      const stages = stagesOf({ ...target, large: target.path });
      const { said, hears } = stages[number % stages.length];
      const [first = '', ...rest] = said;
      if (first !== '') one.say(first);
      if (hears) await one.until(() => one.heard !== '', answerMs);
      for (const bytes of rest) one.say(bytes);
      one.reset();
    },
  },
];
