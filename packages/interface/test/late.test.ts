import { late } from '@lws-ts/interface';
import { expect, test } from 'vitest';

test('nothing is loaded before it is asked for, and then once', () => {
  let loads = 0;
  const thing = late(() => ({ load: ++loads }));
  expect(loads).toBe(0);
  const first = thing();
  expect([first.load, thing() === first, loads]).toEqual([1, true, 1]);
});

test('what could not be loaded is tried again', () => {
  const answers = [new Error('not now'), { there: true }];
  const thing = late(() => {
    const answer = answers.shift() as object;
    if (answer instanceof Error) throw answer;
    return answer;
  });
  expect(thing).toThrow('not now');
  expect(thing()).toEqual({ there: true });
});
