/** wss: against the protocols of the test server: who is trusted, and what is shown. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandRun } from '@lws-ts/test-kit';
import {
  createContext,
  devCerts,
  dumbIncrement,
  type LwsContext,
  lwsMirror,
  setLogLevel,
} from 'lws-ts';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Authority } from '../../../packages/tls/test/authority.ts';
import { runTestClient } from '../src/run-test-client.ts';

let folder: string;
let certs: ReturnType<typeof devCerts>;
let server: LwsContext;
const runs: CommandRun[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'test-client-tls-'));
  certs = devCerts({ dir: folder, names: ['localhost'] });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => void setLogLevel('err'));
afterEach(async () => {
  for (const run of runs.splice(0)) await run.end();
  await server.close({ deadlineSecs: 0 });
  setLogLevel('err,warn,notice');
});

async function serve(options: object = {}): Promise<number> {
  const { sslCertFilepath, sslPrivateKeyFilepath } = certs;
  const protocols = [dumbIncrement, lwsMirror];
  const own = { name: 'localhost', port: 0, interface: '127.0.0.1', protocols };
  server = await createContext({
    vhosts: [{ ...own, sslCertFilepath, sslPrivateKeyFilepath, ...options }],
  });
  return server.vhosts[0]?.port ?? 0;
}

function run(...args: string[]): CommandRun {
  const client = new CommandRun(runTestClient, [...args, '--retry-ms', 'none']);
  runs.push(client);
  return client;
}

test.each([
  ['-s for a name', ['-s'], 'localhost'],
  ['-s for another name', ['-s'], '127.0.0.1'],
  ['-S with the CA', ['-S', '-A', 'CA'], 'localhost'],
])('counts with %s', async (_name, args, host) => {
  const port = await serve();
  const given = args.map((arg) => (arg === 'CA' ? certs.caFilepath : arg));
  const client = run(...given, `${host}:${port}`);
  await client.printed(/^dumb: 2$/m);
  expect(await client.end()).toBe(0);
});

test.each([
  ['strict without the CA', ['-S'], 'localhost'],
  ['with the CA and another name', ['-A', 'CA'], '127.0.0.1'],
  ['wss:// alone', [], 'localhost'],
])('gives up %s', async (_name, args, host) => {
  const port = await serve();
  const given = args.map((arg) => (arg === 'CA' ? certs.caFilepath : arg));
  const client = run(...given, `wss://${host}:${port}`);
  expect(await client.code).toBe(1);
  expect(client.stderr).toMatch(
    /LWS_ERR_TLS_SERVER_CERTIFICATE: .* \(.*-A FILE; -s .*\); gives up$/m,
  );
});

test('-C and -K show a certificate to a server that wants one', async () => {
  const port = await serve({
    sslCaFilepath: certs.caFilepath,
    requireValidOpensslClientCert: true,
  });
  const without = run('-s', `localhost:${port}`);
  expect(await without.code).toBe(1);
  const { sslCertFilepath, sslPrivateKeyFilepath } = certs;
  const client = run('-s', '-C', sslCertFilepath, '-K', sslPrivateKeyFilepath, `localhost:${port}`);
  await client.printed(/^dumb: 2$/m);
  expect(await client.end()).toBe(0);
});

test.each([
  ['on the list', [true], 1],
  ['on none', [false], 0],
])('-R knows what was revoked: %s', async (_name, [listed], expected) => {
  const ca = new Authority();
  const own = ca.issue(['localhost']);
  const at = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  const port = await serve({
    sslCertFilepath: at('own.pem', own.cert),
    sslPrivateKeyFilepath: at('own.key', own.key),
  });
  const list = at('crl.pem', ca.revoked(listed === true ? [own] : []));
  const client = run('-S', '-A', at('ca.pem', ca.cert), '-R', list, `localhost:${port}`);
  if (expected === 0) await client.printed(/^dumb: 2$/m);
  else await client.code;
  expect(await client.end()).toBe(expected);
  expect(client.stderr.includes('CERT_REVOKED')).toBe(listed);
});
