/**
 * The handshakes of the table in the README, WS-9 and WS-12 to WS-14, to a server in a process of its own over TCP: the
 * status of each, the error code that is counted and logged for it, and the end. A good client works on all the while.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AttackedProcess, codesAdded } from './attacks/attacked-process.ts';
import { Attacker, GoodClient } from './attacks/attacker.ts';
import { type HandshakeAttack, handshakeAttacks } from './attacks/handshake-attacks.ts';
import { LogRoom } from './attacks/log-room.ts';

const goodMs = 1000;
/** Another request may follow, or frames. */
const keptOpen: ReadonlySet<number> = new Set([101, 404]);
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

test('there are at least 40 that are malformed', () => {
  const malformed = handshakeAttacks.filter(({ id, status }) => id === 'WS-12' && status !== 101);
  expect(malformed.length).toBeGreaterThanOrEqual(40);
});

test.each(handshakeAttacks.map((attack) => [`${attack.id} ${attack.about}`, attack] as const))(
  '%s',
  async (_, attack) => {
    expect(await good.beside(() => attempt(attack))).toBeLessThan(goodMs);
  },
);

async function attempt({ request, status, code, answer }: HandshakeAttack): Promise<void> {
  const codes = code === undefined ? [] : [code];
  await room.wait(codes);
  const before = await server.counters();
  const { head, address, ended } = await say(request, !keptOpen.has(status));
  expect(head.slice(0, 12)).toBe(`HTTP/1.1 ${status}`);
  const fields = fieldsOf(head);
  for (const [name, value] of Object.entries(answer ?? {})) expect(fields.get(name)).toBe(value);
  // a 426 names what to upgrade to, which Connection has to list (RFC 9110 §7.8)
  const connection = status === 426 ? 'close, upgrade' : 'close';
  if (!keptOpen.has(status)) expect([fields.get('connection'), ended]).toEqual([connection, true]);
  if (status === 426) expect(fields.get('upgrade')).toBe('websocket');
  expect(codesAdded(before, await server.counters())).toEqual(codes);
  for (const one of codes) expect(await server.logged(one, address)).toHaveLength(1);
}

/** Says it, and hears the head of the answer, and whether an end comes behind it. */
async function say(
  request: string,
  toEnd: boolean,
): Promise<{ head: string; address: string; ended: boolean }> {
  const socket = connect({ port: server.port, host: '127.0.0.1' });
  await once(socket, 'connect');
  const address = `127.0.0.1:${socket.localPort}`;
  let heard = '';
  let ended = false;
  const over = new Promise<void>((resolve) => {
    socket.setEncoding('latin1').on('data', (text) => {
      heard += String(text);
      if (heard.includes('\r\n\r\n') && !toEnd) resolve();
    });
    socket.on('end', () => {
      ended = true;
      resolve();
    });
    socket.on('error', () => resolve());
    socket.setTimeout(6000, resolve);
  });
  socket.write(request, 'latin1');
  await over;
  socket.destroy();
  return { head: heard.slice(0, heard.indexOf('\r\n\r\n') + 2), address, ended };
}

function fieldsOf(head: string): Map<string, string> {
  const lines = head.split('\r\n').slice(1, -1);
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}
