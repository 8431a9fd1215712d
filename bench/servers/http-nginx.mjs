/** nginx with sendfile and its cache of open files. */
import { hello, rootOf } from './http-files.mjs';
import { runNginx } from './run-nginx.mjs';

await runNginx(
  `  sendfile on;
  tcp_nopush on;
  default_type text/plain;
  open_file_cache max=1000 inactive=20s;
  open_file_cache_valid 1s;`,
  `    root ${rootOf()};
    location = /hello { return 200 "${hello.replace('\n', '\\n')}"; }`,
);
