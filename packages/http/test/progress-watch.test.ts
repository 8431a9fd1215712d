import { describe, expect, test } from 'vitest';
import { ProgressWatch, WATCH_SECS } from '../src/progress-watch.ts';

/** A platform that says nothing of what its kernel holds. */
const untold = {};

/** At which look, the first being 1, the peer has been too slow for too long; undefined: never in `looks`. */
function answerCutAt(takenEachLook: readonly number[]): number | undefined {
  const watch = new ProgressWatch();
  let pending = 1_000_000;
  watch.wrote(pending);
  watch.start();
  expect(watch.answerStalled(pending, untold)).toBe(false);
  for (const [at, taken] of takenEachLook.entries()) {
    pending -= taken;
    if (watch.answerStalled(pending, untold)) return at + 1;
  }
  return undefined;
}

function bodyCutAt(sentEachLook: readonly number[], due = true): number | undefined {
  const watch = new ProgressWatch();
  let received = 100;
  watch.bodyBegins(0);
  watch.start();
  expect(watch.bodyStalled(received, due, 0)).toBe(false);
  for (const [at, sent] of sentEachLook.entries()) {
    received += sent;
    if (watch.bodyStalled(received, due, (at + 1) * WATCH_SECS * 1000)) return at + 1;
  }
  return undefined;
}

const looks = (count: number, bytes: number): number[] =>
  Array.from({ length: count }, () => bytes);

describe('SLO-4 an answer', () => {
  test.each([
    ['is not taken at all', looks(15, 0), 10],
    ['is taken at 32 bytes in 2 s', looks(15, 32), 10],
    ['is taken at just under 1 KiB a second', looks(15, 2047), 10],
    ['is taken at 1 KiB a second', looks(60, 2048), undefined],
    [
      'is taken in bites, too little in the mean',
      Array.from({ length: 20 }, (_, at) => (at % 5 === 4 ? 5120 : 0)),
      10,
    ],
    [
      'is taken in bites of 20 KiB',
      Array.from({ length: 60 }, (_, at) => (at % 10 === 9 ? 20_480 : 0)),
      undefined,
    ],
    [
      'is taken in bites of a byte less',
      Array.from({ length: 60 }, (_, at) => (at % 10 === 9 ? 20_479 : 0)),
      10,
    ],
    ['is taken well, then not at all', [90_000, 90_000, ...looks(12, 0)], 12],
  ] as const)('%s', (_how, taken, look) => {
    expect(answerCutAt(taken)).toBe(look);
  });

  test.each([
    ['the kernel has none of it', looks(15, 0), 10],
    ['of what the kernel has too little is confirmed', looks(15, 2047), 10],
    ['of what the kernel has enough is confirmed', looks(15, 2048), undefined],
    [
      'of what the kernel has enough is confirmed in the mean',
      [...looks(9, 0), 20_480, ...looks(9, 0), 20_480],
      undefined,
    ],
    ['nothing more of what the kernel has is confirmed', [20_480, ...looks(15, 0)], 11],
  ] as const)('stands still, and %s', (_how, confirmedEachLook, look) => {
    const watch = new ProgressWatch();
    watch.wrote(1_000_000);
    watch.start();
    let unconfirmed = 400_000;
    expect(watch.answerStalled(500_000, { unconfirmedBytes: () => unconfirmed })).toBe(false);
    const cutAt = confirmedEachLook.findIndex((bytes) => {
      unconfirmed -= bytes;
      return watch.answerStalled(500_000, { unconfirmedBytes: () => unconfirmed });
    });
    expect(cutAt < 0 ? undefined : cutAt + 1).toBe(look);
  });

  test('that is all out is not waited for', () => {
    const watch = new ProgressWatch();
    watch.wrote(10);
    watch.start();
    expect(looks(15, 0).some(() => watch.answerStalled(0, untold))).toBe(false);
  });

  test('that was all out once is judged anew', () => {
    const watch = new ProgressWatch();
    watch.wrote(10);
    watch.start();
    for (let look = 0; look < 10; look++) expect(watch.answerStalled(10, untold)).toBe(false);
    expect(watch.answerStalled(0, untold)).toBe(false);
    for (let look = 0; look < 9; look++) expect(watch.answerStalled(10, untold)).toBe(false);
    expect(watch.answerStalled(10, untold)).toBe(true);
  });

  test('behind a good look the next is not judged by what the kernel had before it', () => {
    const watch = new ProgressWatch();
    watch.wrote(1_000_000);
    watch.start();
    let pending = 500_000;
    let unconfirmed = 400_000;
    const look = (): boolean =>
      watch.answerStalled(pending, { unconfirmedBytes: () => unconfirmed });
    look();
    for (let at = 0; at < 20; at++) {
      if (at % 3 === 0) pending -= 2048;
      else unconfirmed -= 2048;
      expect(look()).toBe(false);
    }
  });

  test('that goes on starts anew with each start', () => {
    const watch = new ProgressWatch();
    watch.wrote(10);
    watch.start();
    for (let look = 0; look < 10; look++) expect(watch.answerStalled(10, untold)).toBe(false);
    watch.start();
    for (let look = 0; look < 10; look++) expect(watch.answerStalled(10, untold)).toBe(false);
    expect(watch.answerStalled(10, untold)).toBe(true);
  });
});

describe('SLO-3 a body', () => {
  test.each([
    ['does not come', looks(9, 0), 5],
    ['comes at just under 256 bytes a second', looks(9, 511), 5],
    ['comes at 256 bytes a second', looks(149, 512), undefined],
    ['comes for 300 seconds', looks(199, 512), 150],
    ['comes in bites, too little in the mean', [0, 1024, 0, 512, 0, 1024], 5],
    ['rests for four looks in five', [0, 0, 0, 0, 2560, 0, 0, 0, 0, 2560], undefined],
    ['comes well, then not at all', [2560, ...looks(9, 0)], 6],
  ] as const)('%s', (_how, sent, look) => {
    expect(bodyCutAt(sent)).toBe(look);
  });

  test('that nobody reads is not the fault of the peer', () => {
    expect(bodyCutAt(looks(199, 0), false)).toBeUndefined();
  });

  test('that is waited for anew is judged anew', () => {
    const watch = new ProgressWatch();
    watch.bodyBegins(0);
    watch.start();
    const look = (due: boolean): boolean => watch.bodyStalled(100, due, 1);
    for (let at = 0; at < 6; at++) expect(look(false)).toBe(false);
    for (let at = 0; at < 4; at++) expect(look(true)).toBe(false);
    expect(look(true)).toBe(true);
  });
});
