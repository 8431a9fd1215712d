/** CAs that a process trusts by itself: `NODE_EXTRA_CA_CERTS` stands for the store of the system. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { Authority, TestDir } from '../../packages/tls/test/authority.ts';
import { missing } from './missing.ts';
import { type TlsServer, tlsServerKinds } from './tls-servers.ts';

const built = fileURLToPath(new URL('../../packages/lws-ts/dist/index.js', import.meta.url));
const ca = new Authority();
const dir = new TestDir();
const caFile = dir.write('ca.pem', ca.cert);
let server: TlsServer | undefined;
beforeEach((task) => {
  if (!existsSync(built)) task.skip(missing('lws-ts is not built: npm run build'));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
});
afterAll(() => dir.remove());

/** `ok`, or the code of why a client with those options does not trust the server. */
async function outcome(port: number, options: object): Promise<string> {
  const program = `
import { createContext, protocol, setLogLevel } from ${JSON.stringify(built)};
setLogLevel('err', () => undefined);
const out = protocol({ name: 'out', client: {} });
const context = await createContext({ vhosts: [{ port: -1, protocols: [out], ...${JSON.stringify(options)} }] });
const error = await context.open({ url: 'wss://localhost:${port}/' }).then(() => undefined, (reason) => reason);
console.log(error?.code ?? 'ok');
await context.close({ deadlineSecs: 0 });
`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: caFile },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  await new Promise((resolve) => child.once('close', resolve));
  return printed.trim();
}

const refused = 'LWS_ERR_TLS_SERVER_CERTIFICATE';
test.each([
  ['trusted by default', {}, 'ok'],
  ['not with disableOsCaCerts', { disableOsCaCerts: true }, refused],
  [
    'but by clientSslCaFilepath with it',
    { disableOsCaCerts: true, clientSslCaFilepath: caFile },
    'ok',
  ],
  [
    'nor beside CAs of the vhost',
    { clientSslCaFilepath: dir.write('other.pem', new Authority('another').cert) },
    refused,
  ],
])('%s', async (_name, options, expected) => {
  const [node] = tlsServerKinds;
  server = await node?.start(ca.issue(['localhost']));
  expect(await outcome(server?.port ?? 0, options)).toBe(expected);
});
