import { LwsError } from '@lws-ts/interface';
import { VirtualClock } from '@lws-ts/test-kit';
import { expect, test } from 'vitest';
import { CertificateWatch } from '../src/certificate-watch.ts';
import { tlsErrors } from '../src/errors.ts';
import type { ServingVhost } from '../src/tls-services.ts';

test('what was refused is read again at each look though its files are the same, and told once', async () => {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const known: (string | undefined)[] = [];
  const unreadable = new LwsError(tlsErrors.LWS_ERR_TLS_CERTIFICATE, 'EMFILE');
  let error: LwsError | undefined = unreadable;
  const vhost = {
    vhostName: 'one.test',
    files: ['/no/such/file', import.meta.filename],
    reload(before?: string) {
      known.push(before);
      return error;
    },
  } as unknown as ServingVhost;
  const watch = new CertificateWatch(clock, 5, new Set([vhost]), (level, line) =>
    lines.push(`${level} ${line}`),
  );
  watch.begin(vhost);
  await clock.advance(20_000);
  expect(known).toEqual([]);
  // a file that is there now
  (vhost.files as string[])[0] = import.meta.filename;
  await clock.advance(15_000);
  expect(known).toEqual([undefined, unreadable.message, unreadable.message]);
  error = undefined;
  await clock.advance(15_000);
  expect(known).toHaveLength(4);
  expect(lines).toEqual([
    `err ${unreadable.code} vhost one.test keeps its certificate: ${unreadable.message}`,
    'notice vhost one.test: new certificate in use',
  ]);
  watch.end();
});
