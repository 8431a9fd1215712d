/** A script in `sh` behind a cgi mount: `/down?N` writes N MiB, `/up?N` reads N MiB and pauses behind each. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext } from 'lws-ts';
import { announce } from './announce.mjs';

const folder = mkdtempSync(join(tmpdir(), 'bench-cgi-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const scripts = {
  down: 'exec head -c "$QUERY_STRING"M /dev/zero',
  up: 'i=0; while [ $i -lt "$QUERY_STRING" ]; do head -c 1M >/dev/null; sleep 0.005; i=$((i + 1)); done; echo ok',
};
const mounts = Object.entries(scripts).map(([name, script]) => {
  const head = "printf 'Content-Type: application/octet-stream\\n\\n'";
  writeFileSync(join(folder, name), `#!/bin/sh\n${head}\n${script}\n`, { mode: 0o755 });
  return {
    mountpoint: `/${name}`,
    origin: `cgi://${join(folder, name)}`,
    maxHttpBodySize: 2 ** 40,
    cgienv: { PATH: process.env.PATH },
  };
});
const context = await createContext({ interface: '127.0.0.1', port: 0, mounts });
announce(context.vhosts[0].port);
