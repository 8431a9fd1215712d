/**
 * ssh, HTTP and WebSocket on one port. Where OpenSSH is installed a real `sshd` stands behind the port, for the user who
 * runs the test, with keys made for it; elsewhere a server that greets as it does.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createContext, echo, type LwsContext, rawProxy, WebSocket } from 'lws-ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const sshd = '/usr/sbin/sshd';
/** Where sshd of root wants a folder, as its init script makes it. */
const privileges = '/run/sshd';
const installed = [sshd, '/usr/bin/ssh', '/usr/bin/ssh-keygen'].every((at) => existsSync(at));
const greeting = 'SSH-2.0-OpenSSH_9.9\r\n';

const closers: (() => unknown)[] = [];
let folder: string;
let context: LwsContext;
let port: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lws-ts-ssh-'));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'index.html'), 'a page');
  const onward = installed ? await realSshd() : await greetingServer();
  context = await createContext({
    port: 0,
    interface: '127.0.0.1',
    protocols: [
      echo.with({ default: true }),
      rawProxy.with({ raw: true, onward: `ipv4:127.0.0.1:${onward}` }),
    ],
    mounts: [{ mountpoint: '/', origin: `file://${folder}` }],
    fallbackToRaw: true,
    fallbackSilenceSecs: 1,
  });
  closers.push(() => context.close({ deadlineSecs: 1 }));
  port = context.vhosts[0]?.port ?? 0;
});

afterAll(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Listens; each connection gets an sshd of its own. */
async function realSshd(): Promise<number> {
  for (const name of ['host', 'user'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
  chmodSync(folder, 0o700);
  const config = join(folder, 'sshd_config');
  const lines = [
    `HostKey ${folder}/host`,
    `AuthorizedKeysFile ${folder}/user.pub`,
    'AuthenticationMethods publickey',
    'PermitRootLogin prohibit-password',
    'StrictModes no',
    'UsePAM no',
    'PidFile none',
    'LogLevel ERROR',
  ];
  writeFileSync(config, `${lines.join('\n')}\n`);
  if (process.getuid?.() === 0 && !existsSync(privileges)) {
    mkdirSync(privileges, { mode: 0o755 });
    closers.push(() => rmdirSync(privileges));
  }
  const running = new Set<ChildProcess>();
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    const child = spawn(sshd, ['-i', '-e', '-f', config], { stdio: [socket, socket, 'ignore'] });
    running.add(child);
    child.once('exit', () => running.delete(child));
    // the process has it now
    socket.destroy();
  });
  closers.push(() => {
    server.close();
    for (const child of running) child.kill('SIGKILL');
  });
  return listening(server);
}

/** In place of sshd: greets, and sends back what it is sent. */
function greetingServer(): Promise<number> {
  const server = createServer((socket: Socket) => {
    socket.on('error', () => socket.destroy());
    socket.write(greeting);
    socket.pipe(socket);
  });
  closers.push(() => server.close());
  return listening(server);
}

async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** What the command prints that ssh runs through the port, with `input` for it to read. */
async function overSsh(command: string, input: Uint8Array = new Uint8Array(0)): Promise<Buffer> {
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=no',
    'LogLevel=ERROR',
    'IdentitiesOnly=yes',
  ];
  const files = [`UserKnownHostsFile=${folder}/known`, `IdentityFile=${folder}/user`];
  const flags = ['-F', 'none', '-p', String(port), '-l', userInfo().username];
  for (const option of [...options, ...files]) flags.push('-o', option);
  const ssh = spawn('ssh', [...flags, '127.0.0.1', command], { stdio: 'pipe' });
  const parts: Buffer[] = [];
  let said = '';
  ssh.stdout.on('data', (part: Buffer) => parts.push(part));
  ssh.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  ssh.stdin.on('error', () => undefined);
  ssh.stdin.end(input);
  const [status] = await once(ssh, 'close');
  if (status !== 0) throw new Error(`ssh ended with ${status}: ${said}`);
  return Buffer.concat(parts);
}

/** Bytes in no order, the same each time. */
function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = 1;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

async function overWebSocket(text: string): Promise<unknown> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, 'echo');
  await new Promise((opened) => socket.addEventListener('open', opened));
  const answer = new Promise((came) =>
    socket.addEventListener('message', ({ data }) => came(data)),
  );
  socket.send(text);
  const data = await answer;
  socket.close();
  return data;
}

describe('with sshd of OpenSSH behind the port', () => {
  beforeEach((task) => {
    if (!installed) task.skip('openssh-server or openssh-client is not installed');
  });

  test('ssh logs in and runs a command', async () => {
    expect(String(await overSsh('echo "$((6 * 7)) of $SSH_CLIENT"'))).toMatch(/^42 of \S+/);
  });

  test('8 MiB go both ways through one session, with HTTP and a WebSocket beside it', async () => {
    const bytes = noise(8 * 1024 * 1024);
    const back = overSsh('cat', bytes);
    expect((await fetch(`http://127.0.0.1:${port}/index.html`)).status).toBe(200);
    expect(await overWebSocket('beside ssh')).toBe('beside ssh');
    const sha = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
    expect(sha(await back)).toBe(sha(bytes));
  });

  test('five sessions at a time have each its own', async () => {
    const answers = await Promise.all([1, 2, 3, 4, 5].map((at) => overSsh(`echo session ${at}`)));
    expect(answers.map(String)).toEqual([1, 2, 3, 4, 5].map((at) => `session ${at}\n`));
  });

  test('a command that fails says so', async () => {
    await expect(overSsh('exit 3')).rejects.toThrow('ssh ended with 3');
  });
});

describe(`who waits for ${installed ? 'sshd' : 'what stands in for sshd'} to speak`, () => {
  test('is greeted after a second of silence, and the port goes on with HTTP and WebSocket', async () => {
    const socket = connect(port, '127.0.0.1');
    closers.push(() => socket.destroy());
    const [first] = await once(socket, 'data');
    expect(String(first)).toMatch(/^SSH-2\.0-OpenSSH_\S+/);
    expect(await (await fetch(`http://127.0.0.1:${port}/index.html`)).text()).toBe('a page');
    expect(await overWebSocket('over the same port')).toBe('over the same port');
  });
});
