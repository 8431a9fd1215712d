/** haproxy in one process with one thread, which keeps its connections to the upstream, and without a log. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startForeign } from './foreign.mjs';
import { upstreamPort } from './proxy-upstream-of.mjs';

const folder = mkdtempSync(join(tmpdir(), 'bench-haproxy-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const port = await freePort();
const file = join(folder, 'haproxy.cfg');
writeFileSync(
  file,
  `global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
  option forwardfor
frontend in
  bind 127.0.0.1:${port} backlog 1024
  default_backend out
backend out
  server upstream 127.0.0.1:${upstreamPort()}
`,
);
await startForeign('haproxy', ['-db', '-f', file], port);
