import {
  log,
  logVisible,
  lwslDebug,
  lwslErr,
  lwslInfo,
  lwslNotice,
  lwslWarn,
  parseLogLevel,
  setLogLevel,
} from '@lws-ts/core';
import { type LogLevel, logLevels } from '@lws-ts/interface';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type LogEmit, logPrefix } from '../src/log.ts';

let lines: [LogLevel, string][] = [];

beforeEach(() => {
  lines = [];
  setLogLevel('err,warn,notice', (level, line) => lines.push([level, line]));
});

afterEach(() => {
  setLogLevel('err,warn,notice', null);
});

/** What goes to stderr while `run` runs. */
function stderrOf(run: () => void, tty: boolean, noColor?: string, term = 'xterm'): string {
  const { isTTY } = process.stderr;
  let text = '';
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  process.stderr.isTTY = tty;
  vi.stubEnv('NO_COLOR', noColor);
  vi.stubEnv('TERM', term);
  try {
    run();
  } finally {
    write.mockRestore();
    process.stderr.isTTY = isTTY;
    vi.unstubAllEnvs();
  }
  return text;
}

describe('levels', () => {
  test('err, warn and notice are emitted unless asked otherwise', () => {
    expect(setLogLevel()).toBe(7);
    for (const write of [lwslErr, lwslWarn, lwslNotice, lwslInfo, lwslDebug]) write('a line');
    expect(lines).toEqual([
      ['err', 'a line'],
      ['warn', 'a line'],
      ['notice', 'a line'],
    ]);
  });

  test.each(Object.keys(logLevels) as LogLevel[])('%s is one bit', (level) => {
    expect(setLogLevel(level)).toBe(logLevels[level]);
    for (const other of Object.keys(logLevels) as LogLevel[]) {
      expect(logVisible(other)).toBe(other === level);
      log(other, other);
    }
    expect(lines).toEqual([[level, level]]);
  });

  test.each<[number | string, number]>([
    [0, 0],
    [7, 7],
    [2047, 2047],
    ['0', 0],
    ['15', 15],
    ['err', 1],
    ['err,user', 1025],
    [' err , info ', 9],
    ['err,err', 1],
  ])('%s is mask %d', (levels, mask) => {
    expect(parseLogLevel(levels)).toBe(mask);
  });

  test.each<number | string>([
    -1,
    2048,
    1.5,
    Number.NaN,
    '',
    'error',
    'ERR',
    'err,',
    'err;warn',
    '2048',
    '-1',
    '1e2',
    'constructor',
    '__proto__',
    'toString,err',
    null as never,
    ['err'] as never,
    new Map() as never,
  ])('%s is refused, and nothing changes', (levels) => {
    expect(() => setLogLevel(levels)).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_LOG_LEVEL' }),
    );
    expect(setLogLevel()).toBe(7);
  });
});

test.each(['stdout', 5, {}])('an emitter that is %s is refused, and nothing changes', (emitter) => {
  expect(() => setLogLevel('debug', emitter as never)).toThrow(
    expect.objectContaining({ code: 'LWS_ERR_OPTION' }),
  );
  expect(setLogLevel()).toBe(7);
  lwslErr('still here');
  expect(lines).toEqual([['err', 'still here']]);
});

describe('lines', () => {
  test.each([
    ['a line break', 'a\r\nb', 'a\\x0d\\x0ab'],
    ['a terminal sequence', '\u001b[2Jx', '\\x1b[2Jx'],
    ['C1 control', 'a\u009bb', 'a\\x9bb'],
    ['NUL and DEL', '\0\x7f', '\\x00\\x7f'],
    ['text turned round', 'a\u202eb', 'a\\u202eb'],
    ['line separators of Unicode', '\u2028\u2029', '\\u2028\\u2029'],
    ['zero width', 'a\u200bb\ufeff', 'a\\u200bb\\ufeff'],
    ['other languages', 'zażółć 日本 🙂', 'zażółć 日本 🙂'],
  ])('%s', (_what, line, shown) => {
    lwslErr(line);
    expect(lines).toEqual([['err', shown]]);
  });

  test('have an end', () => {
    lwslErr('x'.repeat(100_000));
    lwslErr('\u009b'.repeat(2000));
    expect(lines.map(([, line]) => line)).toEqual([
      `${'x'.repeat(4096)}…`,
      `${'\\x9b'.repeat(1024)}…`,
    ]);
  });

  test.each([
    ['err', new Date(2026, 0, 2, 3, 4, 5, 6), '[2026/01/02 03:04:05:0060] ERR: '],
    ['notice', new Date(2026, 10, 22, 23, 59, 59, 999), '[2026/11/22 23:59:59:9990] NOTICE: '],
    ['ext', new Date(1999, 11, 31, 0, 0, 0, 0), '[1999/12/31 00:00:00:0000] EXTENSION: '],
  ] as const)('of %s at %s begin as those of lws', (level, at, prefix) => {
    expect(logPrefix(level, at)).toBe(prefix);
  });
});

describe('stderr', () => {
  const shape = /^\[\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d:\d{4}\] ERR: a\\x0ab\n$/;

  test('gets a line without colours when it is no terminal', () => {
    setLogLevel(undefined, null);
    expect(stderrOf(() => lwslErr('a\nb'), false)).toMatch(shape);
    expect(lines).toEqual([]);
  });

  test.each([
    ['err', '31;1'],
    ['warn', '36;1'],
    ['notice', '35;1'],
    ['user', '30;1'],
  ] as const)('gets %s in colour when it is a terminal', (level, colour) => {
    setLogLevel(level, null);
    const text = stderrOf(() => log(level, 'a line'), true);
    expect(text.startsWith(`\u001b[${colour}m[`)).toBe(true);
    expect(text.endsWith(': a line\u001b[0m\n')).toBe(true);
  });

  test('gets no colours with NO_COLOR', () => {
    setLogLevel(undefined, null);
    expect(stderrOf(() => lwslErr('a\nb'), true, '1')).toMatch(shape);
  });

  test('gets colours with one that is empty', () => {
    setLogLevel(undefined, null);
    expect(stderrOf(() => lwslErr('a line'), true, '')).toContain('\u001b[');
  });

  test('gets no colours where the terminal has none', () => {
    setLogLevel(undefined, null);
    expect(stderrOf(() => lwslErr('a\nb'), true, undefined, 'dumb')).toMatch(shape);
  });

  test('gets what an emitter throws away', () => {
    setLogLevel(undefined, () => {
      throw new Error('no');
    });
    expect(stderrOf(() => lwslErr('a\nb'), false)).toMatch(shape);
  });

  test('gets what the promise of an emitter throws away', async () => {
    const write = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
    setLogLevel(undefined, (() => Promise.reject(new Error('no'))) as LogEmit);
    lwslErr('a line');
    await vi.waitFor(() => expect(write).toHaveBeenCalled());
    const text = String(write.mock.calls[0]?.[0]);
    write.mockRestore();
    expect(text).toMatch(/ ERR: a line/);
  });
});
