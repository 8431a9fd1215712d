import { errorTable, interfaceErrors, LwsError } from '@lws-ts/interface';
import { describe, expect, test } from 'vitest';

const errors = errorTable({
  LWS_ERR_TEST_PLAIN: { message: 'plain', hint: 'Do nothing.' },
  LWS_ERR_TEST_NAMED: { message: 'named', hint: 'Look.', status: 431, closeCode: 1009 },
});

describe('errorTable', () => {
  test('puts the code into each row', () => {
    expect({ ...errors.LWS_ERR_TEST_PLAIN }).toEqual({
      code: 'LWS_ERR_TEST_PLAIN',
      message: 'plain',
      hint: 'Do nothing.',
    });
    expect(errors.LWS_ERR_TEST_NAMED.status).toBe(431);
    expect(errors.LWS_ERR_TEST_NAMED.closeCode).toBe(1009);
  });

  test('is frozen, rows too', () => {
    expect(Object.isFrozen(errors)).toBe(true);
    expect(Object.isFrozen(errors.LWS_ERR_TEST_PLAIN)).toBe(true);
  });

  test('has no members but its codes, so that a name from outside finds nothing', () => {
    expect('toString' in errors).toBe(false);
    expect(Object.keys(errors)).toEqual(['LWS_ERR_TEST_PLAIN', 'LWS_ERR_TEST_NAMED']);
  });
});

describe('LwsError', () => {
  test('carries a row, and the detail behind its message', () => {
    const error = new LwsError(errors.LWS_ERR_TEST_NAMED, 'port is 3');
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('LwsError');
    expect(error.code).toBe('LWS_ERR_TEST_NAMED');
    expect(error.message).toBe('named: port is 3');
    expect(error.hint).toBe('Look.');
    expect(error.status).toBe(431);
    expect(error.closeCode).toBe(1009);
  });

  test('has no status or close code where the row names none', () => {
    const error = new LwsError(errors.LWS_ERR_TEST_PLAIN);
    expect(error.message).toBe('plain');
    expect(error.status).toBeUndefined();
    expect(error.closeCode).toBeUndefined();
    for (const member of ['cause', 'status', 'closeCode']) expect(member in error).toBe(false);
  });

  test('shows its code as text, as errors of Node.js do', () => {
    const error = new LwsError(errors.LWS_ERR_TEST_PLAIN);
    expect(String(error)).toBe('LwsError [LWS_ERR_TEST_PLAIN]: plain');
  });

  test('keeps its cause', () => {
    const cause = new Error('below');
    expect(new LwsError(errors.LWS_ERR_TEST_PLAIN, undefined, { cause }).cause).toBe(cause);
  });
});

test.each(Object.values(interfaceErrors))('$code reads as a log line and a hint', (error) => {
  expect(error.code).toMatch(/^LWS_ERR_[A-Z]+(_[A-Z0-9]+)*$/);
  expect(error.message).toMatch(/[^.]$/);
  expect(error.hint).toMatch(/^[A-Z].*\.$/);
});
