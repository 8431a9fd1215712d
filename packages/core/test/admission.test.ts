/** Modules that say who may connect. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type Context, createContext } from '@lws-ts/core';
import type {
  Admission,
  AdmissionTicket,
  AnyModule,
  CodedError,
  TransportSecurity,
} from '@lws-ts/interface';
import { connectRawPeer, settle, VirtualClock } from '@lws-ts/test-kit';
import { afterEach, expect, test } from 'vitest';
import { captureLog } from './captured-log.ts';
import { lines } from './line-role.ts';

const logged = captureLog();
const full: CodedError = { code: 'LWS_ERR_TEST_FULL', message: 'no room', hint: 'wait' };
const contexts: Context[] = [];

afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close({ deadlineSecs: 0 });
});

/** A context of lines whose connections `admit` lets in; a number is how often a ticket was given back. */
async function open(
  admit: () => Partial<AdmissionTicket> | CodedError,
  security?: Partial<TransportSecurity>,
) {
  const given = { back: 0 };
  const admission: Admission = {
    admit() {
      const answer = admit();
      if ('code' in answer) return answer;
      return {
        takeHeaderTable: () => true,
        giveHeaderTable: () => undefined,
        headerTableWanted: false,
        beginRequest: () => undefined,
        endRequest: () => undefined,
        spend: () => undefined,
        release: () => void given.back++,
        ...answer,
      };
    },
  };
  const limits: AnyModule = {
    name: 'limits',
    needs: [],
    contextOptions: {},
    vhostOptions: {},
    install: () => ({ admission, security: () => security as TransportSecurity | undefined }),
  };
  const context = await createContext({
    use: [lines(), limits],
    clock: new VirtualClock(),
    port: -1,
  });
  contexts.push(context);
  const [vhost] = context.vhosts;
  if (vhost === undefined) throw new Error('no vhost');
  return { context, vhost, given };
}

test('who is refused is cut before a byte, and counted by the code', async () => {
  const { context, vhost } = await open(() => full);
  const { peer } = await connectRawPeer(vhost);
  expect([peer.isClosed, peer.text]).toEqual([true, '']);
  expect(context.counters).toMatchObject({ rejected: 1, wsi_alive: 0 });
  expect([...vhost.counters.refused]).toEqual([[full.code, 1]]);
});

test('who is refused is told to the error channel', async () => {
  const told: unknown[] = [];
  const listener = (event: unknown): void => void told.push(event);
  subscribe('lws:error', listener);
  const { vhost } = await open(() => full);
  await connectRawPeer(vhost, { clientAddress: '192.0.2.7' });
  unsubscribe('lws:error', listener);
  expect(told).toMatchObject([
    { vhost: vhost.name, error: full, wsi: { peer: { address: '192.0.2.7' }, open: false } },
  ]);
});

test.each([
  ['fails', 'LWS_ERR_TEST_HANDSHAKE', 0],
  ['takes too long', 'LWS_ERR_TIMEOUT', 3000],
])('a ticket is given back once, when a handshake %s', async (_how, code, ms) => {
  const { context, vhost, given } = await open(() => ({}), {
    serves: true,
    acceptTimeoutSecs: 2,
    accept(_plain, _vhostFor, done) {
      if (ms === 0) queueMicrotask(() => done({ ...full, code: 'LWS_ERR_TEST_HANDSHAKE' }));
      return { cancel: () => undefined };
    },
    destroy: () => undefined,
  });
  await connectRawPeer(vhost);
  await (context.clock as VirtualClock).advance(ms);
  expect([...vhost.counters.refused]).toEqual([[code, 1]]);
  expect(given.back).toBe(1);
});

test('a ticket is given back once, when its connection is gone', async () => {
  const { vhost, given } = await open(() => ({}));
  const { peer } = await connectRawPeer(vhost);
  expect(given.back).toBe(0);
  await peer.reset();
  await settle();
  expect(given.back).toBe(1);
});

test('an admission that throws when it gets its ticket back keeps no connection', async () => {
  const { context, vhost } = await open(() => ({
    release() {
      throw new Error('lost the books');
    },
  }));
  const { peer } = await connectRawPeer(vhost);
  await peer.reset();
  await settle();
  expect(context.counters.wsi_alive).toBe(0);
  expect(logged).toEqual([expect.stringContaining('lost the books')]);
});
