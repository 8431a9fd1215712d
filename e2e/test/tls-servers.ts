/** WebSocket servers over TLS that are not ours: node:tls, nginx in front of one, and openssl with a test behind it. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';

/** PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** One that echoes. */
export interface TlsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** What can be started, and why it cannot be here. */
export interface TlsServerKind {
  readonly name: string;
  readonly missing: string | undefined;
  start(pair: Pair): Promise<TlsServer>;
}

const found = (program: string, flag: string): boolean =>
  spawnSync(program, [flag]).error === undefined;

export const tlsServerKinds: readonly TlsServerKind[] = [
  { name: 'node:tls', missing: undefined, start: startNode },
  {
    name: 'nginx',
    missing: found('nginx', '-v') ? undefined : 'nginx is not installed (package nginx-light)',
    start: startNginx,
  },
  {
    name: 'openssl s_server',
    missing: found('openssl', 'version') ? undefined : 'openssl is not installed',
    start: startOpenssl,
  },
];

async function startNode(pair: Pair): Promise<TlsServer> {
  const server = createHttpsServer({ ...pair });
  server.on('tlsClientError', () => undefined);
  echoOver(server);
  const port = await listen(server);
  return { port, close: () => closed(server) };
}

async function startNginx(pair: Pair): Promise<TlsServer> {
  const echo = createHttpServer();
  echoOver(echo);
  const behind = await listen(echo);
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), 'nginx-'));
  mkdirSync(join(dir, 'tmp'));
  writeFileSync(join(dir, 'cert.pem'), pair.cert);
  writeFileSync(join(dir, 'key.pem'), pair.key, { mode: 0o600 });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  writeFileSync(
    join(dir, 'nginx.conf'),
    `daemon off; master_process off; pid nginx.pid; error_log error.log;
events {}
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path tmp;`).join(' ')}
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate cert.pem;
    ssl_certificate_key key.pem;
    location / {
      proxy_pass http://127.0.0.1:${behind};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection upgrade;
    }
  }
}
`,
  );
  const child = spawn('nginx', ['-p', dir, '-c', join(dir, 'nginx.conf'), '-e', 'error.log']);
  await untilAccepts(port, child);
  return {
    port,
    async close() {
      await ended(child);
      await closed(echo);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** What comes over TLS is on its stdout, and what it reads goes back: this side of it speaks WebSocket. */
async function startOpenssl(pair: Pair): Promise<TlsServer> {
  const dir = mkdtempSync(join(tmpdir(), 's_server-'));
  const [cert, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')];
  writeFileSync(cert, pair.cert);
  writeFileSync(key, pair.key, { mode: 0o600 });
  const port = await freePort();
  const accept = ['-accept', `127.0.0.1:${port}`, '-cert', cert, '-key', key];
  const child = spawn('openssl', ['s_server', '-quiet', ...accept]);
  child.stdin.on('error', () => undefined);
  let came = Buffer.alloc(0);
  let upgraded = false;
  child.stdout.on('data', (bytes: Buffer) => {
    came = Buffer.concat([came, bytes]);
    if (!upgraded) {
      const end = came.indexOf('\r\n\r\n');
      if (end < 0) return;
      child.stdin.write(upgradeAnswer(came.toString('latin1', 0, end)));
      came = came.subarray(end + 4);
      upgraded = true;
    }
    // a short masked frame: its payload goes back
    const length = (came[1] ?? 0) & 0x7f;
    if (came.length < 6 + length) return;
    const payload = came
      .subarray(6, 6 + length)
      .map((byte, at) => byte ^ (came[2 + (at % 4)] ?? 0));
    child.stdin.write(Buffer.concat([Buffer.from([came[0] ?? 0, length]), payload]));
    came = came.subarray(6 + length);
  });
  await untilAccepts(port, child);
  return {
    port,
    async close() {
      await ended(child);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** RFC 6455 §4.2.2 */
function upgradeAnswer(head: string): string {
  const key = /^sec-websocket-key: *(\S+)/im.exec(head)?.[1] ?? '';
  const accept = createHash('sha1')
    .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64');
  return [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
    '\r\n',
  ].join('\r\n');
}

function echoOver(server: ReturnType<typeof createHttpServer>): void {
  new WebSocketServer({ server }).on('connection', (socket) => {
    socket.on('error', () => undefined);
    socket.on('message', (data, binary) => socket.send(data, { binary }));
  });
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await closed(server);
  return port;
}

function closed(server: Server & { closeAllConnections?(): void }): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections?.();
  });
}

async function untilAccepts(port: number, child: ChildProcessWithoutNullStreams): Promise<void> {
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  for (let turn = 0; turn < 500; turn++) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${said}`);
    const socket = connect(port, '127.0.0.1');
    const good = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (good) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
  throw new Error(`nothing accepts on port ${port}: ${said}`);
}

async function ended(child: ChildProcessWithoutNullStreams): Promise<void> {
  const over = child.exitCode === null ? once(child, 'exit') : undefined;
  child.kill('SIGTERM');
  await over;
}
