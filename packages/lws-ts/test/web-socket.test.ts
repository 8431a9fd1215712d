import { createContext, dumbIncrement, setLogLevel, WebSocket } from 'lws-ts';
import { afterEach, beforeEach, expect, test } from 'vitest';

beforeEach(() => void setLogLevel(0));
afterEach(() => void setLogLevel('err,warn,notice'));

test('the class of browsers counts with a server of ours', async () => {
  const context = await createContext({
    port: 0,
    interface: '127.0.0.1',
    protocols: [dumbIncrement.with({ periodMs: 5 })],
  });
  const socket = new WebSocket(`ws://127.0.0.1:${context.vhosts[0]?.port}/`, dumbIncrement.name);
  const heard: string[] = [];
  await new Promise<void>((resolve) => {
    socket.onmessage = ({ data }) => {
      heard.push(data as string);
      if (heard.length === 5) resolve();
    };
  });
  expect(heard).toEqual(['0', '1', '2', '3', '4']);
  expect(socket.protocol).toBe('dumb-increment-protocol');
  const closed = new Promise<number>((resolve) => {
    socket.onclose = ({ code }) => resolve(code);
  });
  socket.send('closeme\n');
  expect(await closed).toBe(1001);
  await context.close();
});
