/** A vhost that was being made when its context closed was not made. */
import { createContext, setLogLevel } from 'lws-ts';
import { afterEach, beforeEach, expect, test } from 'vitest';

beforeEach(() => void setLogLevel(0));
afterEach(() => void setLogLevel('err,warn,notice'));

test.each([
  ['a port of its own', []],
  ['a port that is listened on', [{ name: 'first', port: 0, interface: '127.0.0.1' }]],
])('createVhost on %s, then close() at once: LWS_ERR_CONTEXT_CLOSED', async (_name, vhosts) => {
  const context = await createContext({ vhosts });
  const making = context.createVhost({ name: 'late', port: 0, interface: '127.0.0.1' }).then(
    ({ port }) => `made on port ${port}`,
    (error: { code: string }) => error.code,
  );
  await context.close({ deadlineSecs: 0 });
  expect(await making).toBe('LWS_ERR_CONTEXT_CLOSED');
});
