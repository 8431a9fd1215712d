/** What is no object would be spread away, and a server would listen where nobody asked for it. */
import { createContext } from 'lws-ts';
import { expect, test } from 'vitest';

test.each([undefined, null, 5, 'port', true, [7681], new Map([['port', 7681]]), new Headers()])(
  'createContext(%s) is refused',
  async (given) => {
    await expect(createContext(given as never)).rejects.toMatchObject({ code: 'LWS_ERR_OPTION' });
  },
);

test('modules of its own are refused: they would be left out', async () => {
  for (const use of [[], ['mine'], null, [{ name: 'mine' }]])
    await expect(createContext({ use, vhosts: [] } as never)).rejects.toMatchObject({
      code: 'LWS_ERR_OPTION_UNKNOWN',
      message: expect.stringContaining('createContext() of @lws-ts/core'),
    });
  const context = await createContext({ use: undefined, vhosts: [] } as never);
  await context.close();
});
