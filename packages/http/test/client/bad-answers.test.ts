/** Answers that cannot be believed: each is a coded error, a line of the log and a counter, and never a whole answer. */
import { describe, expect, test } from 'vitest';
import { badBodies, badHeads, ok } from './answer-cases.ts';
import { ask, client, events, lines, origin, over, until } from './http-client.ts';

describe.each([1, 7, 100_000])('in pieces of %i', (size) => {
  test.each(badHeads)('a head that is %s', async (_name, bytes, code) => {
    expect(await refusal(bytes, size, code)).toEqual([[`failed ${code}`], 1, 1]);
  });

  test.each(badBodies)('a body that is %s', async (_name, bytes, code) => {
    expect(await refusal(bytes, size, code)).toEqual([['established 200', `closed ${code}`], 1, 1]);
  });
});

/** What the program was told, and how often the code was counted and logged. */
async function refusal(bytes: string, size: number, code: string): Promise<unknown[]> {
  const server = await origin(async (_request, socket) => {
    for (let at = 0; at < bytes.length && !socket.destroyed; at += size) {
      socket.write(bytes.slice(at, at + size), 'latin1');
      if (size < bytes.length && at < 400) await new Promise((resolve) => setImmediate(resolve));
    }
    socket.end();
  });
  const context = await client();
  ask(context, server.url);
  await over();
  const counted = context.counters.refused.get(code as never);
  return [events.slice(), counted, lines.filter((line) => line.includes(code)).length];
}

describe('a server that dies', () => {
  const answers = [
    `${ok}content-length: 11\r\nx: y\r\n\r\nhello world`,
    `${ok}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nx-sum: 1\r\n\r\n`,
    `HTTP/1.1 103 Early\r\na: b\r\n\r\n${ok}content-length: 3\r\n\r\nabc`,
  ];

  test.each(answers)('at every byte of %j never leaves a complete answer', async (bytes) => {
    const context = await client();
    let cut = 0;
    const server = await origin((_request, socket) => {
      socket.write(bytes.slice(0, cut));
      setTimeout(() => (cut % 2 === 0 ? socket.resetAndDestroy() : socket.destroy()), 2);
    });
    for (; cut < bytes.length; cut++) {
      events.length = 0;
      ask(context, server.url, { keepWarmSecs: 0 });
      await over();
      expect(
        events.filter((one) => one.startsWith('completed')),
        `cut at ${cut}`,
      ).toEqual([]);
      expect(events.at(-1), `cut at ${cut}`).toMatch(/^(failed|closed) LWS_ERR_/);
    }
  });
});

test('an endless head ends at its limit, however it comes', async () => {
  const server = await origin((_request, socket) => {
    const more = (): void => {
      if (!socket.destroyed) socket.write('HTTP/1.1 200 OK\r\na: '.padEnd(4000, 'x'), more);
    };
    more();
  });
  ask(await client(), server.url);
  expect(await over()).toEqual(['failed LWS_ERR_HTTP_HEAD_LIMIT']);
  await until(() => server.sockets[0]?.destroyed === true);
});
