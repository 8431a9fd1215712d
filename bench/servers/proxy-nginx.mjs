/** nginx as a proxy that keeps its connections to the upstream. */
import { upstreamPort } from './proxy-upstream-of.mjs';
import { runNginx } from './run-nginx.mjs';

await runNginx(
  `  upstream behind { server 127.0.0.1:${upstreamPort()}; keepalive 128; keepalive_requests 1000000000; }`,
  `    location / {
      proxy_pass http://behind;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Real-IP $remote_addr;
    }`,
);
