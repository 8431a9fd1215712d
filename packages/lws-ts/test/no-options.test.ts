/** What is no object would be spread away, and a server would listen where nobody asked for it. */
import { createContext } from 'lws-ts';
import { expect, test } from 'vitest';

test.each([undefined, null, 5, 'port', true, [7681], new Map([['port', 7681]]), new Headers()])(
  'createContext(%s) is refused',
  async (given) => {
    await expect(createContext(given as never)).rejects.toMatchObject({ code: 'LWS_ERR_OPTION' });
  },
);
