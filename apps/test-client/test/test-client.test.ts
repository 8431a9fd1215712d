import { VirtualClock } from '@lws-ts/test-kit';
import { expect, test } from 'vitest';
import { startTestClient, type TestClientEvent } from '../src/index.ts';
import { startServer } from './server.ts';

test('multi: all are asked to write every five seconds', async () => {
  const { context, port } = await startServer();
  const clock = new VirtualClock();
  const events: TestClientEvent[] = [];
  const client = await startTestClient({
    url: `ws://127.0.0.1:${port}/`,
    multi: true,
    clock,
    onEvent: (event) => void events.push(event),
  });
  const count = (name: string): number => events.filter(({ event }) => event === name).length;
  while (count('established') < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  await clock.advance(4999);
  expect(count('writeable')).toBe(0);
  await clock.advance(1);
  while (count('writeable') < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  await clock.advance(5000);
  while (count('writeable') < 6) await new Promise((resolve) => setTimeout(resolve, 5));
  await client.close();
  expect(await client.over).toBe(undefined);
  await context.close({ deadlineSecs: 0 });
});

test('a mirror that has drawn its lifetime closes, and comes again after the first delay', async () => {
  const { context, port } = await startServer();
  const events: TestClientEvent[] = [];
  const client = await startTestClient({
    url: `ws://127.0.0.1:${port}/`,
    lifetime: 3,
    retry: { tableMs: [20], jitterPercent: 0 },
    onEvent: (event) => void events.push(event),
  });
  const ofMirror = (): TestClientEvent[] =>
    events.filter(({ connection }) => connection === 'mirror');
  while (ofMirror().length < 7) await new Promise((resolve) => setTimeout(resolve, 5));
  await client.close();
  expect(ofMirror().slice(0, 7)).toMatchObject([
    { event: 'connecting' },
    { event: 'established' },
    { event: 'lifetime', circles: 3 },
    { event: 'closed', code: 1000, retryMs: 20 },
    { event: 'connecting' },
    { event: 'established' },
    { event: 'lifetime', circles: 3 },
  ]);
  await context.close({ deadlineSecs: 0 });
});

test('a URL that cannot be used is refused, and nothing stays', async () => {
  await expect(startTestClient({ url: 'ws://h/#x' })).rejects.toMatchObject({
    code: 'LWS_ERR_OPTION',
  });
});
