/** CAs that a process trusts by itself: `NODE_EXTRA_CA_CERTS` stands for the store of the system. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { get } from 'node:https';
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

/** A server that wants client certificates and names no CA; gives its port and how to end it. */
async function wanting(options: object) {
  const program = `
import { createContext, setLogLevel } from ${JSON.stringify(built)};
setLogLevel('err', () => undefined);
const context = await createContext({ vhosts: [${JSON.stringify(options)}] });
console.log(context.vhosts[0].port);
process.stdin.once('end', () => void context.close({ deadlineSecs: 0 })).resume();
`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: caFile },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [printed] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    port: Number(printed.toString()),
    async end() {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
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

test.each([
  ['nobody is taken that they issued', { peerCertNotRequired: true }, 'refused'],
  ['unless the vhost names them', { sslCaFilepath: caFile }, 'taken'],
])('as CAs of clients: %s', async (_name, options, expected) => {
  const { cert, key } = ca.issue(['localhost']);
  const own = { serverSslCertMem: cert, serverSslPrivateKeyMem: key };
  const vhost = { name: 'localhost', port: 0, interface: '127.0.0.1', ...own, ...options };
  const server = await wanting({ ...vhost, requireValidOpensslClientCert: true });
  const answered = new Promise<string>((resolve) => {
    get(
      {
        hostname: '127.0.0.1',
        servername: 'localhost',
        port: server.port,
        ca: ca.cert,
        agent: false,
        ...ca.issue(['a client']),
      },
      (answer) => {
        answer.resume();
        resolve('taken');
      },
    ).on('error', () => resolve('refused'));
  });
  expect(await answered).toBe(expected);
  await server.end();
});
