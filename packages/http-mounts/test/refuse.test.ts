import { createContext } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { protocol } from '@lws-ts/interface';
import { connectRawPeer, VirtualClock } from '@lws-ts/test-kit';
import { expect, test } from 'vitest';
import { captureLog } from '../../core/test/captured-log.ts';
import { formErrors, httpMounts } from '../src/index.ts';

const error = formErrors.LWS_ERR_FORM_BYTES;

const logged = captureLog();

async function ask(handlers: Parameters<typeof protocol>[0]['http'] & object) {
  const context = await createContext({
    use: [http(), httpMounts()],
    clock: new VirtualClock(),
    port: -1,
    protocols: [protocol({ name: 'refusing', http: handlers })],
    mounts: [{ mountpoint: '/', origin: 'callback://refusing' }],
  });
  const [vhost] = context.vhosts;
  if (vhost === undefined) throw new Error('no vhost');
  const { peer } = await connectRawPeer(vhost);
  await peer.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  return { peer, refused: context.counters.refused };
}

test('refuse answers with the status of the error, logs and counts it', async () => {
  const { peer, refused } = await ask({ request: (wsi) => wsi.refuse(error) });
  expect(peer.text).toMatch(/^HTTP\/1\.1 413 /);
  expect(logged.filter((line) => line.includes(error.code)).length).toBe(1);
  expect(refused.get(error.code)).toBe(1);
});

test('refuse cuts an answer that was begun', async () => {
  const { peer, refused } = await ask({
    request: (wsi) => wsi.requestWriteable(),
    writeable(wsi, tx) {
      if (wsi.answered) return;
      tx.head(200, []);
      tx.body('half');
      wsi.refuse(error);
    },
  });
  expect(peer.text).not.toContain('\r\n0\r\n');
  expect(peer.isClosed).toBe(true);
  expect(refused.get(error.code)).toBe(1);
});
