/** A listening socket that another process made is served by its descriptor, as systemd hands one over. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { missing } from './missing.ts';

const built = fileURLToPath(new URL('../../packages/lws-ts/dist/index.js', import.meta.url));
const program = `
import { createContext } from ${JSON.stringify(built)};
const context = await createContext({
  name: 'fd', listenFd: 3, bindIface: true, interface: 'lo',
  mounts: [{ mountpoint: '/', origin: '>http://elsewhere.test' }],
  ...JSON.parse(process.argv[1]),
});
console.log(context.vhosts[0].port);
process.stdin.once('end', () => void context.close({ deadlineSecs: 1 })).resume();
`;

/** A server that has the descriptor of a socket which this process made, and its port. */
async function serve(options: object) {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const { fd } = (listener as unknown as { readonly _handle: { readonly fd: number } })._handle;
  const args = ['--input-type=module', '--eval', program, JSON.stringify(options)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit', fd] });
  const [printed] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  // from here on the child alone accepts
  listener.close();
  expect(Number(printed.toString())).toBe(port);
  return { child, port };
}

/** What becomes of a connection that asks for something: the status line, or the code of its error. */
function ask(port: number): { readonly socket: Socket; readonly said: Promise<string> } {
  const socket = connect(port, '127.0.0.1');
  const said = new Promise<string>((resolve) => {
    socket.once('data', (bytes) => resolve(String(bytes).split('\r\n')[0] as string));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)));
    socket.write('GET /x HTTP/1.1\r\nHost: fd\r\n\r\n');
  });
  return { socket, said };
}

test('listenFd serves it, and bindIface is content with it', async (task) => {
  if (!existsSync(built)) task.skip(missing('lws-ts is not built: npm run build'));
  const { child, port } = await serve({});
  const answer = await fetch(`http://127.0.0.1:${port}/x`, { redirect: 'manual' });
  expect(answer.status).toBeGreaterThanOrEqual(300);
  expect(answer.headers.get('location')).toContain('elsewhere.test');
  child.stdin?.end();
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test("it could not be had again: with whenFull 'stop-listening' too it stays open, and who comes too many is reset", async (task) => {
  if (!existsSync(built)) task.skip(missing('lws-ts is not built: npm run build'));
  const { child, port } = await serve({ fdLimitPerThread: 1, whenFull: 'stop-listening' });
  const first = ask(port);
  expect(await first.said).toMatch(/^HTTP\/1\.1 30\d /);
  expect(await ask(port).said).toBe('ECONNRESET');
  first.socket.destroy();
  await expect.poll(() => ask(port).said, { interval: 50 }).toMatch(/^HTTP\/1\.1 30\d /);
  child.stdin?.end();
  expect(await once(child, 'exit')).toEqual([0, null]);
});
