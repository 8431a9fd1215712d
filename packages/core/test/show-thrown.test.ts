import { coreErrors } from '@lws-ts/core';
import { LwsError } from '@lws-ts/interface';
import { expect, test } from 'vitest';
import { showThrown } from '../src/show-thrown.ts';

const nodeError = (() => {
  try {
    new URL('no url');
  } catch (error) {
    return error;
  }
  return undefined;
})();

test.each([
  [
    'an error of lws-ts',
    new LwsError(coreErrors.LWS_ERR_TX_EXPIRED),
    /^LwsError \[LWS_ERR_TX_EXPIRED\]: .*\n +at /,
  ],
  ['one of Node.js', nodeError, /^TypeError(?: \[ERR_INVALID_URL\])+: .*\n +at /],
  ['any other error', new RangeError('far'), /^RangeError: far\n +at /],
  ['one without a stack', Object.assign(new Error('bare'), { stack: undefined }), /^bare$/],
  ['text', 'text', /^text$/],
  ['nothing', undefined, /^undefined$/],
  ['what cannot be shown', { toString: 1 }, /^something that cannot be shown$/],
])('%s is shown with what there is to look up', (_what, thrown, shown) => {
  expect(showThrown(thrown)).toMatch(shown);
});
