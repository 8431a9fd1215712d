/** HTTP servers that are not ours, with the same files: node:http, node:https, nginx and Python's http.server. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import type { DevCerts } from 'lws-ts';
import { freePort } from './program.ts';

export interface HttpOrigin {
  readonly url: string;
  close(): Promise<void>;
}

export interface HttpOriginKind {
  readonly name: string;
  readonly missing: string | undefined;
  /** @param folder its own; what is in `www` is served */
  start(folder: string, certs: DevCerts): Promise<HttpOrigin>;
}

const absent = (program: string, flag: string): string | undefined =>
  spawnSync(program, [flag]).status === 0 ? undefined : `${program} is not installed`;

export const httpOriginKinds: readonly HttpOriginKind[] = [
  { name: 'node:http', missing: undefined, start: startNode },
  { name: 'node:https', missing: undefined, start: startNodeTls },
  { name: 'nginx', missing: absent('nginx', '-v'), start: startNginx },
  { name: "Python's http.server", missing: absent('python3', '--version'), start: startPython },
];

/** Files of `www`, and an echo of whatever is posted. */
function serveFiles(folder: string): RequestListener {
  return (request, response) => {
    if (request.method === 'POST') {
      response.writeHead(200, { 'content-type': 'application/octet-stream' });
      request.pipe(response);
      return;
    }
    try {
      response.end(readFileSync(join(folder, 'www', request.url ?? '')));
    } catch {
      response.writeHead(404).end('no such file');
    }
  };
}

async function startNode(folder: string): Promise<HttpOrigin> {
  return listening(createHttpServer(serveFiles(folder)), 'http');
}

async function startNodeTls(folder: string, certs: DevCerts): Promise<HttpOrigin> {
  const cert = readFileSync(certs.sslCertFilepath);
  const key = readFileSync(certs.sslPrivateKeyFilepath);
  return listening(createHttpsServer({ cert, key }, serveFiles(folder)), 'https');
}

async function listening(server: Server, scheme: string): Promise<HttpOrigin> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function startNginx(folder: string): Promise<HttpOrigin> {
  const port = await freePort();
  for (const name of ['body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'])
    mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(
    join(folder, 'nginx.conf'),
    `worker_processes 1; daemon off; error_log stderr crit; pid ${folder}/nginx.pid;
     events { worker_connections 64; }
     http { access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
       fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
       server { listen 127.0.0.1:${port}; root ${folder}/www; } }`,
  );
  const args = ['-p', folder, '-c', join(folder, 'nginx.conf')];
  // a master that is root gives its workers to another user
  if (process.getuid?.() === 0) args.push('-g', 'user root;');
  return program('nginx', args, port);
}

async function startPython(folder: string): Promise<HttpOrigin> {
  const port = await freePort();
  const args = ['-m', 'http.server', '--bind', '127.0.0.1', '--directory', join(folder, 'www')];
  return program('python3', [...args, String(port)], port);
}

async function program(
  command: string,
  args: readonly string[],
  port: number,
): Promise<HttpOrigin> {
  const child = spawn(command, args, { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; ; tries++) {
    const there = await fetch(url).then(
      (answer) => answer.text().then(() => true),
      () => false,
    );
    if (there) break;
    if (tries > 200 || child.exitCode !== null) throw new Error(`${command} does not answer`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url,
    async close() {
      if (child.exitCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
    },
  };
}
