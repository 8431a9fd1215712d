import { setLogLevel } from '@lws-ts/core';
import type { CodedError, WsiView } from '@lws-ts/interface';
import { VirtualClock } from '@lws-ts/test-kit';
import { expect, test } from 'vitest';
import { coreErrors } from '../src/errors.ts';
import { RefusalLog } from '../src/refusal-log.ts';
import { captureLog } from './captured-log.ts';

const logged = captureLog();
const one: CodedError = { code: 'LWS_ERR_ONE', message: 'the first', hint: '' };
const other: CodedError = { code: 'LWS_ERR_OTHER', message: 'the other', hint: '' };
const wsi = {
  id: 1,
  vhost: { name: 'abc.com', port: 80 },
  peer: { address: '192.0.2.7', port: 4000, family: 'ipv4' },
} as WsiView;

test('a refusal is one line: code, peer, vhost, message and detail', () => {
  const log = new RefusalLog(new VirtualClock());
  log.report(one, wsi, undefined);
  log.report(one, wsi, 'in detail\n');
  expect(logged).toEqual([
    'notice LWS_ERR_ONE 192.0.2.7:4000 vhost abc.com: the first',
    'notice LWS_ERR_ONE 192.0.2.7:4000 vhost abc.com: the first: in detail\\x0a',
  ]);
});

test('what never works is an error, as a handler that throws', () => {
  new RefusalLog(new VirtualClock()).report(coreErrors.LWS_ERR_HANDLER_ASYNC, wsi, undefined);
  expect(logged[0]).toMatch(/^err LWS_ERR_HANDLER_ASYNC /);
});

test('a long detail is cut', () => {
  new RefusalLog(new VirtualClock()).report(one, wsi, 'x'.repeat(8000));
  expect(logged[0]).toMatch(/: the first: x{256}…$/);
});

test('of a code ten lines a second are written, the rest is counted', async () => {
  const clock = new VirtualClock();
  const log = new RefusalLog(clock);
  for (let at = 0; at < 1000; at++) log.report(one, wsi, String(at));
  expect(logged).toHaveLength(10);
  log.report(other, wsi, undefined);
  expect(logged).toHaveLength(11);
  await clock.advance(999);
  log.report(one, wsi, 'still quiet');
  expect(logged).toHaveLength(11);
  await clock.advance(1);
  log.report(one, wsi, 'again');
  expect(logged.slice(11)).toEqual([
    'notice LWS_ERR_ONE: 991 more in a second, not shown',
    expect.stringMatching(/again$/),
  ]);
  await clock.advance(1000);
  log.report(one, wsi, 'nothing to tell');
  expect(logged).toHaveLength(14);
});

test('lines that nobody asked for are not counted as shown', async () => {
  const log = new RefusalLog(new VirtualClock());
  const before = setLogLevel();
  setLogLevel('err');
  for (let at = 0; at < 20; at++) log.report(one, wsi, undefined);
  expect(logged).toHaveLength(0);
  setLogLevel(before);
  log.report(one, wsi, undefined);
  expect(logged).toHaveLength(1);
});
