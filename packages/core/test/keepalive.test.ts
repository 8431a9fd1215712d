import { Socket } from 'node:net';
import { createContext } from '@lws-ts/core';
import { describe, expect, test, vi } from 'vitest';
import { keepaliveLack, setKeepalive, setsProbes } from '../src/keepalive.ts';
import { captureLog } from './captured-log.ts';
import { lines } from './line-role.ts';

const logged = captureLog();

describe('what this Node.js lacks', () => {
  test.each([
    [{ kaTime: 7, kaProbes: 4, kaInterval: 3 }, false, true],
    [{ kaTime: 7, kaProbes: 4, kaInterval: 0 }, false, true],
    [{ kaTime: 7, kaProbes: 0, kaInterval: 3 }, false, true],
    [{ kaTime: 7, kaProbes: 4, kaInterval: 3 }, true, false],
    [{ kaTime: 7, kaProbes: 0, kaInterval: 0 }, false, false],
    [{ kaTime: 7, kaProbes: 10, kaInterval: 1 }, false, false],
  ])('%o, it can: %s', (asked, can, lacks) => {
    expect(keepaliveLack(asked, can) !== undefined).toBe(lacks);
  });

  test('is one warning of a context, with what it does instead', async () => {
    const options = { port: -1, kaTime: 7, kaProbes: 4, kaInterval: 3 };
    const context = await createContext({ use: [lines({})], ...options });
    await context.close();
    expect(logged).toHaveLength(setsProbes ? 0 : 1);
    if (!setsProbes)
      expect(logged[0]).toMatch(/^warn .* sends 10 probes, 1 s apart, after kaTime$/);
  });
});

test.each([
  [{ kaTime: 7, kaProbes: 4, kaInterval: 3 }, [[true, 7000, 3000, 4]]],
  [{ kaTime: 7, kaProbes: 0, kaInterval: 0 }, [[true, 7000, 1000, 10]]],
  [{ kaTime: 0, kaProbes: 0, kaInterval: 0 }, []],
])('%o is told Node.js as %j', (options, calls) => {
  const socket = new Socket();
  const set = vi.spyOn(socket, 'setKeepAlive');
  setKeepalive(socket, options);
  expect(set.mock.calls).toEqual(calls);
  socket.destroy();
});

test.each([{ kaProbes: 4 }, { kaInterval: 3 }, { kaTime: 0, kaProbes: 4 }])(
  '%o without kaTime is refused',
  async (options) => {
    const made = createContext({ use: [lines({})], port: -1, ...options });
    await expect(made).rejects.toMatchObject({
      code: 'LWS_ERR_OPTION',
      message: expect.stringContaining('kaTime'),
    });
  },
);
