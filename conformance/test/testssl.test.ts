/** What testssl.sh says of a vhost with nothing but a certificate and HSTS: nothing above INFO. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createContext, type LwsContextOptions, setLogLevel } from 'lws-ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { depth } from './cases/depth.ts';

type VhostOptions = NonNullable<LwsContextOptions['vhosts']>[number];
const run = promisify(execFile);
const program = ['testssl', 'testssl.sh'].find(
  (one) => spawnSync(one, ['--version']).error === undefined,
);
/**
 * Protocols, certificate, header, renegotiation, compression, CBC; with LWS_FUZZ_DEPTH=2 all ciphers, forward secrecy,
 * preference and all vulnerabilities in place of these three, which take two minutes. No simulated clients.
 */
const checks =
  depth > 1 ? ['-p', '-s', '-f', '-P', '-S', '-h', '-U'] : ['-p', '-S', '-h', '-R', '-C', '-L'];
/** What it says of the openssl of this machine, not of the server. */
const ofThisMachine = new Set(['engine_problem', 'scanTime']);

interface Finding {
  readonly id: string;
  readonly severity: string;
  readonly finding: string;
}

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'testssl-'));
  setLogLevel('err,warn,notice', () => undefined);
});
afterAll(() => {
  setLogLevel('err,warn,notice', null);
  rmSync(dir, { recursive: true, force: true });
});

/** A CA and a certificate of it that names where its revocation list would be, as every public one does. */
async function issue(keys: 'ec' | 'rsa') {
  const own = mkdtempSync(join(dir, `${keys}-`));
  const at = (name: string): string => join(own, name);
  const algorithm =
    keys === 'ec'
      ? ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
      : ['-newkey', 'rsa:2048'];
  const made = async (name: string, subject: string, ...args: string[]): Promise<void> => {
    const out = ['-nodes', '-keyout', at(`${name}.key`), '-out', at(`${name}.pem`)];
    await run('openssl', ['req', ...algorithm, ...out, '-subj', `/CN=${subject}`, ...args]);
  };
  await made('ca', 'a CA of testssl', '-x509', '-days', '90');
  await made('request', 'localhost');
  writeFileSync(
    at('extensions'),
    [
      'subjectAltName=DNS:localhost',
      'basicConstraints=CA:FALSE',
      'keyUsage=critical,digitalSignature',
      'extendedKeyUsage=serverAuth',
      'crlDistributionPoints=URI:http://localhost/ca.crl',
    ].join('\n'),
  );
  const signing = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-extfile', at('extensions')];
  const request = ['-req', '-in', at('request.pem'), '-days', '89', '-out', at('one.pem')];
  await run('openssl', ['x509', ...request, ...signing]);
  return {
    ca: at('ca.pem'),
    sslCertFilepath: at('one.pem'),
    sslPrivateKeyFilepath: at('request.key'),
  };
}

/** All that it says, by id. */
async function findings(
  keys: 'ec' | 'rsa',
  asked: readonly string[],
  options: Partial<VhostOptions> = {},
): Promise<Map<string, Finding>> {
  const { ca, ...pair } = await issue(keys);
  writeFileSync(join(dir, 'index.html'), '<!doctype html>');
  const own = { name: 'localhost', port: 0, interface: '127.0.0.1', sts: true, ...pair };
  const mounts = [{ mountpoint: '/', origin: `file://${dir}` }];
  const context = await createContext({ vhosts: [{ ...own, mounts, ...options }] });
  try {
    const file = `${ca}.json`;
    const quiet = ['--quiet', '--color', '0', '--warnings', 'off', '--nodns', 'none'];
    const to = ['--add-ca', ca, '--jsonfile', file, `localhost:${context.vhosts[0]?.port}`];
    // its exit code counts what it could not test with this machine's openssl
    const options = { timeout: 180_000, cwd: dir };
    await run(program as string, [...quiet, ...asked, ...to], options).catch(() => undefined);
    const all = JSON.parse(readFileSync(file, 'utf8')) as Finding[];
    if (!all.some(({ id }) => id === 'scanTime'))
      throw new Error('testssl.sh did not come to its end');
    return new Map(all.map((one) => [one.id, one]));
  } finally {
    await context.close({ deadlineSecs: 0 });
  }
}

const worse = (all: ReadonlyMap<string, Finding>): string[] =>
  [...all.values()]
    .filter(({ id, severity }) => !ofThisMachine.has(id) && !/^(OK|INFO)$/.test(severity))
    .map(({ id, severity, finding }) => `${severity} ${id}: ${finding}`);

const isCutShort = (line: string): boolean => line.endsWith('because of connect problem');

test.concurrent.for(depth > 1 ? (['rsa', 'ec'] as const) : (['rsa'] as const))(
  '%s: nothing above INFO, no CBC, no renegotiation',
  { timeout: 400_000 },
  async (keys, task) => {
    if (program === undefined) task.skip('testssl.sh is not installed');
    let all = await findings(keys, checks);
    // its openssl leaves with the end of the handshake: on a busy machine before there is a ticket to come back with
    for (let again = 0; again < 5 && worse(all).some(isCutShort); again++)
      all = await findings(keys, checks);
    expect(worse(all)).toEqual([]);
    const of = (id: string): string => `${all.get(id)?.severity} ${all.get(id)?.finding}`;
    expect(of('TLS1_2')).toBe('OK offered');
    expect(of('TLS1_3')).toContain('OK offered');
    for (const id of ['TLS1', 'TLS1_1', 'SSLv3', 'SSLv2']) expect(of(id)).toMatch(/not offered$/);
    // LUCKY13 is what it calls CBC
    for (const id of ['LUCKY13', 'secure_client_renego', 'CRIME_TLS'])
      expect(of(id)).toMatch(/^OK not vulnerable/);
  },
);

test.concurrent('sslCipherList DEFAULT is what it finds CBC in', {
  timeout: 240_000,
}, async (task) => {
  if (program === undefined) task.skip('testssl.sh is not installed');
  const all = await findings('rsa', ['-L'], { sslCipherList: 'DEFAULT' });
  expect(worse(all).join('\n')).toContain('LUCKY13');
});
