/** WS-12 of the table in the README, with our client: each answer ends in `connectionError`, once, with its code. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { type Context, createContext, setLogLevel } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { protocol } from '@lws-ts/interface';
import { VirtualClock } from '@lws-ts/test-kit';
import { permessageDeflate, ws } from '@lws-ts/ws';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Answer, answerAttacks } from './attacks/answer-attacks.ts';

let server: Server;
let context: Context;
let answer: Answer;
const told: string[] = [];
const lines: string[] = [];
/** A second for each answer, so that the log shows a line for each. */
const clock = new VirtualClock();

const chat = protocol({
  name: 'chat',
  client: {
    established: () => void told.push('established'),
    connectionError: (_wsi, error) => void told.push(error.code),
  },
});

beforeAll(async () => {
  server = createServer((socket) => {
    let request = '';
    socket.on('error', () => undefined);
    socket.setEncoding('latin1').on('data', (text) => {
      request += String(text);
      if (request.endsWith('\r\n\r\n')) socket.end(answer(request), 'latin1');
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  context = (await createContext({
    use: [http(), ws()],
    clock,
    vhosts: [{ port: -1, protocols: [chat], extensions: [permessageDeflate()] }],
  })) as Context;
});
beforeEach(() => {
  told.length = 0;
  lines.length = 0;
  setLogLevel(undefined, (_level, line) => void lines.push(line));
});
afterAll(async () => {
  setLogLevel(undefined, null);
  await context.close({ deadlineSecs: 0 });
  server.close();
});

test('there are at least 40', () => {
  expect(answerAttacks.length).toBeGreaterThanOrEqual(40);
});

test.each(answerAttacks)('WS-12 an answer with %s: LWS_ERR_%s', async (_about, area, given) => {
  const code = `LWS_ERR_${area}`;
  await clock.advance(1000);
  answer = given;
  const counted = (): number => context.vhosts[0]?.counters.refused.get(code as never) ?? 0;
  const before = counted();
  const { port } = server.address() as AddressInfo;
  const opening = context.open({
    url: `ws://127.0.0.1:${port}/`,
    protocols: ['chat', 'talk'],
    localProtocol: 'chat',
  });
  await expect(opening).rejects.toMatchObject({ code });
  expect(told).toEqual([code]);
  expect(counted()).toBe(before + 1);
  expect(lines.filter((line) => line.includes(code))).toHaveLength(1);
  expect(context.counters.wsi_alive).toBe(0);
});
