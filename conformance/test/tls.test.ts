/** TLS beside clients and servers that are not ours: openssl, curl, testssl.sh, node:tls. */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createContext, devCerts, type LwsContext, protocol, setLogLevel } from 'lws-ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

const run = promisify(execFile);
let dir: string;
let context: LwsContext | undefined;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'tls-conformance-'));
  setLogLevel('err,warn,notice', () => undefined);
});
afterEach(async () => {
  await context?.close({ deadlineSecs: 0 });
  context = undefined;
});
afterAll(() => {
  setLogLevel('err,warn,notice', null);
  rmSync(dir, { recursive: true, force: true });
});

const has = (program: string, ...args: string[]): boolean =>
  spawnSync(program, args).error === undefined;

async function serve(keys: 'ec' | 'rsa', options: object = {}) {
  const certs = devCerts({ dir, keys, names: ['localhost', '127.0.0.1', '*.wild.test'] });
  const { sslCertFilepath, sslPrivateKeyFilepath } = certs;
  const vhost = { name: 'localhost', port: 0, interface: '127.0.0.1' };
  context = await createContext({
    vhosts: [
      {
        ...vhost,
        sslCertFilepath,
        sslPrivateKeyFilepath,
        mounts: [{ mountpoint: '/', origin: `file://${dir}`, extraMimetypes: { '*': '' } }],
        ...options,
      },
    ],
  });
  return { port: context.vhosts[0]?.port ?? 0, certs };
}

const matrix = [
  ['ec', '1.2', 'localhost'],
  ['ec', '1.3', 'localhost'],
  ['rsa', '1.2', 'localhost'],
  ['rsa', '1.3', 'localhost'],
  ['ec', '1.3', 'a.wild.test'],
  ['rsa', '1.2', 'a.wild.test'],
  ['ec', '1.3', '127.0.0.1'],
] as const;

describe('openssl s_client', () => {
  beforeEach((task) => {
    if (!has('openssl', 'version')) task.skip('openssl is not installed');
  });

  test.each(matrix)('%s, TLS %s, %s', async (keys, version, name) => {
    const { port, certs } = await serve(keys);
    const args = ['s_client', '-connect', `127.0.0.1:${port}`, '-CAfile', certs.caFilepath];
    const sni =
      name === '127.0.0.1'
        ? ['-noservername', '-verify_ip', name]
        : ['-servername', name, '-verify_hostname', name];
    const running = run('openssl', [
      ...args,
      ...sni,
      `-tls${version.replace('.', '_')}`,
      '-verify_return_error',
    ]);
    running.child.stdin?.end('Q\n');
    const { stdout } = await running;
    expect(stdout).toContain('Verify return code: 0 (ok)');
    expect(stdout).toMatch(new RegExp(`TLSv${version.replace('.', '\\.')}`));
  });

  test('a client certificate is shown and taken', async () => {
    const { caFilepath } = devCerts({
      dir,
      keys: 'ec',
      names: ['localhost', '127.0.0.1', '*.wild.test'],
    });
    const { port, certs } = await serve('ec', {
      sslCaFilepath: caFilepath,
      requireValidOpensslClientCert: true,
    });
    const request = 'GET /ca-ec.pem HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
    const spawned = async (shown: readonly string[]): Promise<string> => {
      const child = spawn('openssl', [
        's_client',
        '-quiet',
        '-connect',
        `127.0.0.1:${port}`,
        '-servername',
        'localhost',
        ...shown,
      ]);
      child.stdin.on('error', () => undefined);
      child.stdin.write(request);
      let printed = '';
      child.stdout.on('data', (bytes: Buffer) => {
        printed += bytes.toString('latin1');
      });
      await once(child, 'close');
      return printed;
    };
    const pair = ['-cert', certs.sslCertFilepath, '-key', certs.sslPrivateKeyFilepath];
    expect(await spawned(pair)).toContain('200 OK');
    expect(await spawned([])).not.toContain('200 OK');
  });
});

describe('curl', () => {
  beforeEach((task) => {
    if (!has('curl', '--version')) task.skip('curl is not installed');
  });

  test.each(matrix)('%s, TLS %s, %s', async (keys, version, name) => {
    const { port, certs } = await serve(keys);
    const { stdout } = await run('curl', [
      '--silent',
      '--cacert',
      certs.caFilepath,
      `--tlsv${version}`,
      '--tls-max',
      version,
      '--resolve',
      `${name}:${port}:127.0.0.1`,
      `https://${name}:${port}/ca-${keys}.pem`,
    ]);
    expect(stdout).toBe(readFileSync(certs.caFilepath, 'utf8'));
  });

  test('follows the redirect from plain HTTP on the same port', async () => {
    const { port, certs } = await serve('ec', { redirectHttpToHttps: true });
    const { stdout } = await run('curl', [
      '--silent',
      '--location',
      '--cacert',
      certs.caFilepath,
      `http://localhost:${port}/ca-ec.pem`,
    ]);
    expect(stdout).toBe(readFileSync(certs.caFilepath, 'utf8'));
  });
});

test('testssl.sh finds nothing above info', async (task) => {
  const program = ['testssl', 'testssl.sh'].find((one) => has(one, '--version'));
  if (program === undefined) {
    task.skip('testssl.sh is not installed');
    return;
  }
  const { port } = await serve('rsa');
  const { stdout } = await run(program, [
    '--quiet',
    '--color',
    '0',
    '--severity',
    'MEDIUM',
    `127.0.0.1:${port}`,
  ]);
  expect(stdout).not.toMatch(/NOT ok|VULNERABLE/);
}, 300_000);

describe('our client and openssl s_server', () => {
  beforeEach((task) => {
    if (!has('openssl', 'version')) task.skip('openssl is not installed');
  });

  test.each([
    ['a known CA', true, 'localhost', 'HTTP'],
    ['an unknown CA', false, 'localhost', 'LWS_ERR_TLS_SERVER_CERTIFICATE'],
    ['another name', true, '127.0.0.2', 'LWS_ERR_TLS_SERVER_CERTIFICATE'],
  ])('%s', async (_name, known, host, expected) => {
    const certs = devCerts({ dir, keys: 'ec', names: ['localhost', '127.0.0.1', '*.wild.test'] });
    const free = createServer().listen(0);
    await once(free, 'listening');
    const { port } = free.address() as { port: number };
    free.close();
    await once(free, 'close');
    const server = spawn('openssl', [
      's_server',
      '-accept',
      String(port),
      '-www',
      '-cert',
      certs.sslCertFilepath,
      '-key',
      certs.sslPrivateKeyFilepath,
    ]);
    let said = '';
    while (!said.includes('ACCEPT')) said += String((await once(server.stdout, 'data'))[0]);
    context = await createContext({
      vhosts: [
        {
          port: -1,
          protocols: [protocol({ name: 'out', client: {} })],
          ...(known ? { clientSslCaFilepath: certs.caFilepath } : {}),
        },
      ],
    });
    const error: unknown = await context
      .open({ url: `wss://${host}:${port}/` })
      .catch((reason: unknown) => reason);
    server.kill();
    await once(server, 'exit');
    // its page is no WebSocket: when TLS is good, HTTP is what fails
    const { code } = error as { code: string };
    expect(code).toMatch(expected === 'HTTP' ? /^LWS_ERR_(WS_CLIENT|HTTP)/ : expected);
  });
});
