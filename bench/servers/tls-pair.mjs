/** The certificate that every server of the benchmark `tls` has: EC, made once for this machine. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { devCerts } from 'lws-ts';

export const pair = devCerts({
  dir: join(tmpdir(), 'lws-ts-bench-certs'),
  names: ['localhost', '127.0.0.1'],
});
