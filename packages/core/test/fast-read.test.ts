/** `fastRead` of a context, where Node.js has what it stands on and where it has not. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, Socket } from 'node:net';
import type { Transport } from '@lws-ts/interface';
import { afterEach, expect, test } from 'vitest';
import { createContext } from '../src/create-context.ts';
import { fastReadSocket } from '../src/fast-read.ts';
import { lines as linesModule } from './line-role.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** What the transport of an accepted connection says of its memory, and the lines that came over it. */
async function accepted(fastRead: boolean): Promise<{ transport: Transport; lines: string[] }> {
  const lines: string[] = [];
  const module = linesModule({ line: (_line, text) => void lines.push(text) });
  const context = await createContext({
    use: [module],
    fastRead,
    vhosts: [{ port: 0, interface: '127.0.0.1' }],
  });
  closers.push(() => context.close({ deadlineSecs: 0 }));
  const socket = connect(context.vhosts[0]?.port ?? 0, '127.0.0.1');
  closers.push(() => socket.destroy());
  for (let at = 0; at < 2000; at++) socket.write(`line ${at} ${'x'.repeat(at % 100)}\n`);
  for (let turn = 0; turn < 1000 && lines.length < 2000; turn++)
    await new Promise((resolve) => setTimeout(resolve, 2));
  const [state] = module.states;
  if (state === undefined) throw new Error('not accepted');
  return { transport: state.host.transport, lines };
}

test.each([
  [true, false],
  [false, true],
])('fastRead %s: memory is given away: %s; all lines arrive', async (fastRead, gives) => {
  const { transport, lines } = await accepted(fastRead);
  expect(transport.givesMemory).toBe(gives);
  expect(lines).toEqual(
    Array.from({ length: 2000 }, (_, at) => `line ${at} ${'x'.repeat(at % 100)}`),
  );
});

test('where Node.js has nothing to stand on the socket stays as it is', async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [socket] = (await once(server, 'connection')) as [Socket];
  closers.push(
    () => client.destroy(),
    () => socket.destroy(),
  );
  const { _handle: handle } = socket as unknown as { readonly _handle: object };
  Object.defineProperty(handle, 'useUserBuffer', { value: undefined });
  expect(fastReadSocket(socket, () => true)).toBeUndefined();
  expect(socket.destroyed).toBe(false);
  expect(fastReadSocket(new Socket(), () => true)).toBeUndefined();
});
