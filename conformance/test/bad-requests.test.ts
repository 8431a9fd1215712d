/**
 * Every request head that has to be refused, over TCP and with a good request right behind it: the peer gets
 * the refusal whole and then the end, though what it sent last was never read, and the good one is not served.
 */
import { connect } from 'node:net';
import { type Context, createContext, setLogLevel } from '@lws-ts/core';
import type { HttpErrorCode } from '@lws-ts/http';
import { http, httpErrors } from '@lws-ts/http';
import type { HttpResponder } from '@lws-ts/interface';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requestCases } from '../../packages/http/test/framing/request-cases.ts';

const served: string[] = [];
const responder: HttpResponder = {
  name: 'all',
  respond(exchange) {
    served.push(exchange.request.path);
    exchange.reply(200, []);
    return { kind: 'answer', writeable() {}, done() {} };
  },
};
let context: Context;

beforeAll(async () => {
  setLogLevel(undefined, () => {});
  const use = [
    http(),
    {
      name: 'all',
      needs: [],
      contextOptions: {},
      vhostOptions: {},
      install: () => ({ responders: [responder] }),
    },
  ];
  context = (await createContext({
    use,
    vhosts: [{ port: 0, interface: '127.0.0.1' }],
  })) as unknown as Context;
});
afterAll(async () => {
  await context.close({ deadlineSecs: 0 });
  setLogLevel(undefined, null);
});

/** What comes back until the end, or the error that came instead of it. */
function say(pieces: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(context.vhosts[0]?.port ?? 0, '127.0.0.1');
    let heard = '';
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (text) => {
      heard += String(text);
    });
    socket.on('end', () => resolve(heard));
    socket.on('error', (error) => resolve(`${heard}${error.message}`));
    for (const piece of pieces) socket.write(piece, 'latin1');
  });
}

const behind = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
const bad = requestCases.filter(([, , outcome]) => typeof outcome === 'string');

test.each([
  ['in one piece', (bytes: string) => [bytes + behind]],
  [
    'in pieces of 7, and much behind it',
    (bytes: string) => [...(bytes.match(/.{1,7}/gs) ?? []), behind, 'x'.repeat(50_000)],
  ],
] as const)('each is refused and nothing behind it served, %s', async (_how, cut) => {
  const { refused } = context.vhosts[0]?.counters ?? { refused: new Map() };
  const wrong: string[] = [];
  for (const [id, bytes, outcome] of bad) {
    const code = outcome as HttpErrorCode;
    const before = new Map(refused);
    const heard = await say(cut(bytes));
    const counted = [...refused].filter(([each, count]) => count !== (before.get(each) ?? 0));
    const answers = heard.match(/HTTP\/1\.1 \d{3}/g) ?? [];
    const whole = heard.endsWith('</html>\n') && heard.includes('\r\nconnection: close\r\n');
    const status = `HTTP/1.1 ${httpErrors[code].status}`;
    if (!whole || answers.at(-1) !== status || counted.length !== 1 || counted[0]?.[0] !== code)
      wrong.push(`${id}: ${answers.join()} ${counted.join()} ${JSON.stringify(heard.slice(-80))}`);
  }
  expect(wrong).toEqual([]);
  expect(served).not.toContain('/smuggled');
  expect(bad.length).toBeGreaterThan(150);
});
