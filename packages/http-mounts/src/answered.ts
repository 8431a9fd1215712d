import type { HttpAnswer } from '@lws-ts/interface';

/** The answer to whatever was answered before `respond` returned: nothing is left to do or to release. */
export const answered: HttpAnswer = Object.freeze({
  kind: 'answer',
  writeable: () => undefined,
  done: () => undefined,
});
