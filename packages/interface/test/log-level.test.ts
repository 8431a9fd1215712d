import { defaultLogMask, type LogLevel, logLevels } from '@lws-ts/interface';
import { expect, test } from 'vitest';

test.each<[LogLevel, number]>([
  ['err', 1],
  ['warn', 2],
  ['notice', 4],
  ['info', 8],
  ['debug', 16],
  ['parser', 32],
  ['header', 64],
  ['ext', 128],
  ['client', 256],
  ['latency', 512],
  ['user', 1024],
])('%s is the bit it is in lws', (level, bit) => {
  expect(logLevels[level]).toBe(bit);
});

test('every level has one bit of its own', () => {
  const all = Object.values(logLevels);
  expect(all.reduce((mask, bit) => mask | bit, 0)).toBe(2 ** all.length - 1);
  expect(Object.isFrozen(logLevels)).toBe(true);
});

test('errors, warnings and notices are emitted by default', () => {
  expect(defaultLogMask).toBe(logLevels.err | logLevels.warn | logLevels.notice);
});
