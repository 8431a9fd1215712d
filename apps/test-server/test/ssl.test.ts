/** `-s` and the letters beside it, as the original's. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get as getPlain } from 'node:http';
import { get, type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandRun } from '@lws-ts/test-kit';
import { devCerts, setLogLevel } from 'lws-ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Authority } from '../../../packages/tls/test/authority.ts';
import { runTestServer } from '../src/run-test-server.ts';

let folder: string;
let cache: string | undefined;
let lines: string[];
const runs: CommandRun[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'test-server-ssl-'));
  cache = process.env['XDG_CACHE_HOME'];
  process.env['XDG_CACHE_HOME'] = folder;
  lines = [];
  setLogLevel('err,warn,notice', (_level, line) => lines.push(line));
});
afterEach(async () => {
  for (const run of runs.splice(0)) await run.end();
  setLogLevel('err,warn,notice', null);
  if (cache === undefined) delete process.env['XDG_CACHE_HOME'];
  else process.env['XDG_CACHE_HOME'] = cache;
  rmSync(folder, { recursive: true, force: true });
});

/** Starts it; gives what it printed and its port. */
async function start(...args: string[]) {
  const run = new CommandRun(runTestServer, ['-p', '0', '-i', '127.0.0.1', '-s', ...args]);
  runs.push(run);
  const [, port] = await run.printed(/https:\/\/127\.0\.0\.1:(\d+)\//);
  return { run, port: Number(port) };
}

function page(port: number, options: RequestOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const ca = options.ca ?? readFileSync(join(folder, 'lws-ts', 'dev-certs', 'ca-ec.pem'));
    get({ host: '127.0.0.1', port, agent: false, ...options, ca }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(`${answer.statusCode}`));
    }).on('error', reject);
  });
}

function plainPage(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    getPlain({ host: '127.0.0.1', port, path: '/test.html?a=1', agent: false }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(`${answer.statusCode} ${answer.headers.location ?? ''}`));
    }).on('error', reject);
  });
}

test('-s serves by a certificate for development, and prints how to trust it', async () => {
  const { run, port } = await start();
  expect(await page(port)).toBe('200');
  const dev = devCerts();
  expect(dev.made).toBe(false);
  expect(run.stdout).toContain(dev.fingerprint);
  expect(run.stdout).toContain(dev.trustCommand);
  expect(await plainPage(port)).toBe(`301 https://127.0.0.1:${port}/test.html?a=1`);
  expect(lines.filter((line) => line.includes('SSL_INFO'))).toEqual([]);
});

test('-a serves plain HTTP too', async () => {
  const { port } = await start('-a');
  expect(await page(port)).toBe('200');
  expect(await plainPage(port)).toBe('200 ');
});

test('-C and -K serve another pair', async () => {
  const own = devCerts({ dir: join(folder, 'own'), keys: 'rsa' });
  const { run, port } = await start('-C', own.sslCertFilepath, '-K', own.sslPrivateKeyFilepath);
  expect(await page(port, { ca: readFileSync(own.caFilepath) })).toBe('200');
  expect(run.stdout).not.toContain('for development');
});

test('-A and -v want a certificate of clients', async () => {
  const own = devCerts({ dir: join(folder, 'own') });
  const { port } = await start('-A', own.caFilepath, '-v');
  await expect(page(port)).rejects.toThrow(/socket|ECONN|alert|TLS/);
  const cert = readFileSync(own.sslCertFilepath);
  const key = readFileSync(own.sslPrivateKeyFilepath);
  expect(await page(port, { cert, key })).toBe('200');
});

test('-R refuses clients whose certificates are on the list', async () => {
  const clients = new Authority('a CA of clients');
  const [good, bad] = [clients.issue(['good']), clients.issue(['bad'])];
  const at = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  const list = at('crl.pem', clients.revoked([bad]));
  const { port } = await start('-A', at('ca.pem', clients.cert), '-v', '-R', list);
  expect(await page(port, good)).toBe('200');
  await expect(page(port, bad)).rejects.toThrow(/socket|ECONN|alert|TLS/);
});

test('-S prints where and ret', async () => {
  const { port } = await start('-S');
  await page(port);
  const printed = lines.filter((line) => line.includes('SSL_INFO')).join('\n');
  expect(printed).toMatch(/where 0x10 ret 1/);
  expect(printed).toMatch(/where 0x20 ret 1/);
});

test('certificates for development that cannot be kept end it with 1 and say so', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  process.env['XDG_CACHE_HOME'] = file;
  const run = new CommandRun(runTestServer, ['-p', '0', '-s', '-f', 'none']);
  expect(await run.code).toBe(1);
  expect(run.stdout).toBe('');
  expect(run.stderr).toMatch(
    /^lws-test-server: LWS_ERR_TLS_DEV_CERTS: [^\n]*(?:ENOTDIR|EEXIST)[^\n]* \(.+\)\n$/,
  );
});

test('a certificate that is not there ends it with 1 and names the file', async () => {
  const args = ['-p', '0', '-s', '-C', '/nothing/here.pem', '-K', '/nothing/here.key'];
  const run = new CommandRun(runTestServer, args);
  expect(await run.code).toBe(1);
  expect(run.stderr).toContain('LWS_ERR_TLS_FILE');
  expect(run.stderr).toContain('/nothing/here.pem');
});
