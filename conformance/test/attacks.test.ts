/**
 * The attacks of the table in the README, WS-1 to WS-16, on a server in a process of its own over TCP: what each has to
 * end with, the error code that is counted and logged for it, and the memory that the server may take for it. A good
 * client of the same server works on all the while.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Attack, kibibyte, said } from './attacks/attack.ts';
import { AttackedProcess, codesAdded } from './attacks/attacked-process.ts';
import { Attacker, GoodClient } from './attacks/attacker.ts';
import { deflateAttacks } from './attacks/deflate-attacks.ts';
import { floodAttacks } from './attacks/flood-attacks.ts';
import { frameAttacks } from './attacks/frame-attacks.ts';
import { LogRoom } from './attacks/log-room.ts';
import { type CaseFrame, frame } from './cases/case.ts';
import { eventLine } from './framing/outcome.ts';
import { askForUpgrade } from './peer/handshake.ts';
import { SocketPeer } from './peer/socket-peer.ts';

const patienceMs = 15_000;
/** An echo of the good client takes no longer. */
const goodMs = 1000;

let server: AttackedProcess;
let good: GoodClient;
const room = new LogRoom();

beforeAll(async () => {
  server = await AttackedProcess.start();
  good = new GoodClient(await Attacker.open(server.port, 'good'));
});
afterAll(async () => {
  await good.leave();
  await server.stop();
});

describe.each([
  ['frames', frameAttacks],
  ['floods', floodAttacks],
  ['compression', deflateAttacks],
] as const)('%s', (_of, attacks) => {
  test.each(attacks.map((attack) => [`${attack.id} ${attack.about}`, attack] as const))(
    '%s',
    async (_, attack) => {
      expect(await good.beside(() => play(attack))).toBeLessThan(goodMs);
    },
  );
});

test('WS-7 12 KiB of frames, an octet a segment, behind a handshake that is held', async () => {
  const frames = said(...Array<CaseFrame>(1536).fill(frame(1, 'ab')));
  const socket = connect({ port: server.port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  const { received } = await server.counters();
  await server.watch();
  const asked = askForUpgrade(socket, 'localhost', undefined, { protocol: 'guarded' });
  for (let at = 0; at < frames.length; at++) {
    await nextTurn();
    socket.write(frames.subarray(at, at + 1));
  }
  await settled('localhost');
  const { pinned } = await server.watched();
  expect((await server.counters()).received.localhost - received.localhost).toBeGreaterThan(
    frames.length,
  );
  expect(pinned).toBeLessThan(384 * kibibyte);
  await server.letIn();
  await asked;
  const peer = new SocketPeer(socket, 'client');
  const echo = eventLine('text', Buffer.from('ab'));
  expect(await hear(peer, 1536)).toEqual(Array(1536).fill(echo));
  await peer.leave();
});

test('WS-9 a connection that keeps its contexts takes less than 128 KiB, and no more than 100 keep theirs', async () => {
  const message = Uint8Array.from({ length: 40 * kibibyte }, (_, at) => (at * at) >> 3);
  const image = said(frame(2, message));
  const peers: Attacker[] = [];
  await server.watch();
  for (let count = 0; count < 120; count++) {
    const peer = await Attacker.open(server.port, 'takeover', 'permessage-deflate');
    peers.push(peer);
    await peer.say([image]);
    expect(await peer.next(patienceMs)).toBe(eventLine('binary', message));
  }
  const { pinned } = await server.watched();
  for (const peer of peers) await peer.leave();
  expect(peers.filter(({ agreed }) => agreed === 'permessage-deflate')).toHaveLength(100);
  expect(pinned / peers.length).toBeLessThan(128 * kibibyte);
});

async function play(attack: Attack): Promise<void> {
  const { vhost = 'localhost', codes, program, hears, first = [], grows } = attack;
  await room.wait(codes);
  const before = await server.counters();
  if (grows !== undefined) await server.watch();
  const attacker = await Attacker.open(server.port, vhost, attack.offer, {
    protocol: program,
    early: attack.early?.(),
  });
  try {
    attacker.read(attack.unread !== true);
    await attacker.say(attack.says?.() ?? []);
    const heard = await hear(attacker, attack.lastly === undefined ? hears.length : first.length);
    if (grows !== undefined) {
      await settled(vhost);
      const { rss, pinned } = await server.watched();
      expect(pinned).toBeLessThan(grows.pinned ?? Number.POSITIVE_INFINITY);
      expect(rss).toBeLessThan(grows.rss ?? Number.POSITIVE_INFINITY);
    }
    if (attack.cut === true) await gone(before.alive);
    attacker.read(true);
    if (attack.lastly !== undefined) {
      await attacker.say(attack.lastly());
      heard.push(...(await hear(attacker, hears.length - heard.length)));
    }
    expect(heard).toEqual(hears);
    if (attack.wire !== undefined)
      expect(attacker.tail.slice(-attack.wire.length)).toBe(attack.wire);
    expect(codesAdded(before, await server.counters())).toEqual(codes);
    for (const code of codes) {
      const peer = code === 'LWS_ERR_HANDLER_THREW' ? '' : attacker.address;
      expect(await server.logged(code, peer)).toHaveLength(1);
    }
  } finally {
    await attacker.leave();
  }
}

/** Lines, until there are so many or the end came. */
async function hear(attacker: SocketPeer, count: number): Promise<string[]> {
  const heard: string[] = [];
  while (heard.length < count) {
    const line = await attacker.next(patienceMs);
    if (line === undefined) break;
    heard.push(line);
    if (line === 'end' || line === 'reset' || line.startsWith('wrong')) break;
  }
  return heard;
}

/** No more connections than before are there. */
async function gone(before: number): Promise<void> {
  for (let waited = 0; (await server.counters()).alive > before; waited += 20) {
    if (waited > patienceMs) throw new Error('the server did not cut it');
    await sleep(20);
  }
}

/** All that is said has come, or no more is read of it. */
async function settled(vhost: NonNullable<Attack['vhost']>): Promise<void> {
  for (let before = -1, same = 0; same < 4; ) {
    const received = (await server.counters()).received[vhost];
    same = received === before ? same + 1 : 0;
    before = received;
    await sleep(30);
  }
}
