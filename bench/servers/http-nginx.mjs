/** nginx in one process, with sendfile and its cache of open files, and without an access log. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startForeign } from './foreign.mjs';
import { hello, rootOf } from './http-files.mjs';

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
  sendfile on;
  tcp_nopush on;
  default_type text/plain;
  keepalive_requests 1000000000;
  open_file_cache max=1000 inactive=20s;
  open_file_cache_valid 1s;
  server {
    listen 127.0.0.1:${port} backlog=1024;
    root ${rootOf()};
    location = /hello { return 200 "${hello.replace('\n', '\\n')}"; }
  }
}
`,
);
await startForeign('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], port);
