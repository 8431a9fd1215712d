/** nginx in one process, without an access log, in a folder of its own that goes with this process. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startForeign } from './foreign.mjs';

/**
 * @param http lines of its http block
 * @param server lines of its one server, which listens on a free port
 */
export async function runNginx(http, server) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-nginx-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const port = await freePort();
  mkdirSync(join(folder, 'logs'));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `  ${kind}_temp_path ${folder}/${kind};`)
    .join('\n');
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off;
master_process off;
pid ${folder}/pid;
error_log /dev/null crit;
events { worker_connections 4096; }
http {
${temporary}
  access_log off;
  keepalive_requests 1000000000;
${http}
  server {
    listen 127.0.0.1:${port} backlog=1024;
${server}
  }
}
`,
  );
  await startForeign('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], port);
}
