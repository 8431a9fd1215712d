/** A listening socket that another process made is served by its descriptor, as systemd hands one over. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { missing } from './missing.ts';

const built = fileURLToPath(new URL('../../packages/lws-ts/dist/index.js', import.meta.url));
const program = `
import { createContext } from ${JSON.stringify(built)};
const context = await createContext({
  name: 'fd', listenFd: 3, bindIface: true, interface: 'lo',
  mounts: [{ mountpoint: '/', origin: '>http://elsewhere.test' }],
});
console.log(context.vhosts[0].port);
process.stdin.once('end', () => void context.close()).resume();
`;

test('listenFd serves it, and bindIface is content with it', async (task) => {
  if (!existsSync(built)) task.skip(missing('lws-ts is not built: npm run build'));
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const { fd } = (listener as unknown as { readonly _handle: { readonly fd: number } })._handle;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['pipe', 'pipe', 'inherit', fd],
  });
  const [printed] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  // from here on the child alone accepts
  listener.close();
  expect(Number(printed.toString())).toBe(port);
  const answer = await fetch(`http://127.0.0.1:${port}/x`, { redirect: 'manual' });
  expect(answer.status).toBeGreaterThanOrEqual(300);
  expect(answer.headers.get('location')).toContain('elsewhere.test');
  child.stdin?.end();
  expect(await once(child, 'exit')).toEqual([0, null]);
});
