/** nginx in one process as a proxy that keeps its connections to the upstream, and without an access log. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startForeign } from './foreign.mjs';
import { upstreamPort } from './proxy-upstream-of.mjs';

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
  upstream behind { server 127.0.0.1:${upstreamPort()}; keepalive 128; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} backlog=1024;
    location / {
      proxy_pass http://behind;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Real-IP $remote_addr;
    }
  }
}
`,
);
await startForeign('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], port);
