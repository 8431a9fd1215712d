import { expect, test } from 'vitest';
import { FormReader } from '../../src/index.ts';

test.each([
  [{ files: 3 }],
  [{ files: null }],
  [{ files: new Map([['start', () => undefined]]) }],
  [{ files: { start: 3 } }],
  [{ files: { content: null } }],
  [{ wsi: 3 }],
  [{ wsi: { holdsMore: 1 } }],
])('%j is refused when the reader is made', (options) => {
  expect(() => new FormReader('text/plain', options as never)).toThrow(
    expect.objectContaining({ code: 'LWS_ERR_OPTION' }),
  );
});

test('functions may be those of a class', () => {
  class Kept {
    start(): void {}
  }
  expect(new FormReader('text/plain', { files: new Kept() }).error?.code).toBe('LWS_ERR_FORM_TYPE');
});
