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
    ['is not taken at all', looks(9, 0), 6],
    ['is taken at 32 bytes in 5 s', looks(9, 32), 6],
    ['is taken at just under 1 KiB a second', looks(9, 5119), 6],
    ['is taken at 1 KiB a second', looks(60, 5120), undefined],
    ['is taken in bites, too little in the mean', [0, 0, 0, 0, 5120, 0, 0, 0, 0, 5120], 6],
    [
      'is taken in bites of 30 KiB',
      Array.from({ length: 60 }, (_, at) => (at % 6 === 5 ? 30_720 : 0)),
      undefined,
    ],
    [
      'is taken in bites of a byte less',
      Array.from({ length: 60 }, (_, at) => (at % 6 === 5 ? 30_719 : 0)),
      6,
    ],
    ['is taken well, then not at all', [90_000, 90_000, ...looks(8, 0)], 8],
  ] as const)('%s', (_how, taken, look) => {
    expect(answerCutAt(taken)).toBe(look);
  });

  test.each([
    ['the kernel has none of it', looks(9, 0), 6],
    ['of what the kernel has too little is confirmed', looks(9, 5119), 6],
    ['of what the kernel has enough is confirmed', looks(9, 5120), undefined],
    [
      'of what the kernel has enough is confirmed in the mean',
      [0, 0, 0, 0, 0, 30_720, 0, 0, 0, 0, 0, 30_720],
      undefined,
    ],
    ['nothing more of what the kernel has is confirmed', [30_720, ...looks(9, 0)], 7],
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
    expect(looks(9, 0).some(() => watch.answerStalled(0, untold))).toBe(false);
  });

  test('that was all out once is judged anew', () => {
    const watch = new ProgressWatch();
    watch.wrote(10);
    watch.start();
    for (let look = 0; look < 6; look++) expect(watch.answerStalled(10, untold)).toBe(false);
    expect(watch.answerStalled(0, untold)).toBe(false);
    for (let look = 0; look < 5; look++) expect(watch.answerStalled(10, untold)).toBe(false);
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
      if (at % 3 === 0) pending -= 5120;
      else unconfirmed -= 5120;
      expect(look()).toBe(false);
    }
  });

  test('that goes on starts anew with each start', () => {
    const watch = new ProgressWatch();
    watch.wrote(10);
    watch.start();
    for (let look = 0; look < 6; look++) expect(watch.answerStalled(10, untold)).toBe(false);
    watch.start();
    for (let look = 0; look < 6; look++) expect(watch.answerStalled(10, untold)).toBe(false);
    expect(watch.answerStalled(10, untold)).toBe(true);
  });
});

describe('SLO-3 a body', () => {
  test.each([
    ['does not come', looks(9, 0), 2],
    ['comes at just under 256 bytes a second', looks(9, 1279), 2],
    ['comes at 256 bytes a second', looks(59, 1280), undefined],
    ['comes for 300 seconds', looks(99, 1280), 60],
    ['comes in bites, too little in the mean', [0, 1280, 0, 1280, 0, 1280], 2],
    ['rests for one look in two', [0, 2560, 0, 2560, 0, 2560], undefined],
  ] as const)('%s', (_how, sent, look) => {
    expect(bodyCutAt(sent)).toBe(look);
  });

  test('that nobody reads is not the fault of the peer', () => {
    expect(bodyCutAt(looks(99, 0), false)).toBeUndefined();
  });
});
