import { type Command, runCommand, UsageError } from '@lws-ts/cli';
import { coreErrors, setLogLevel } from '@lws-ts/core';
import { LwsError } from '@lws-ts/interface';
import { CommandRun } from '@lws-ts/test-kit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

interface Options {
  readonly debug: string | undefined;
  readonly words: readonly string[];
}

let mask: number;
beforeEach(() => {
  mask = setLogLevel();
});
afterEach(() => {
  setLogLevel(mask);
});

/** A command whose first argument is its log level, if it begins with `d=`. */
function start(args: readonly string[], more: Partial<Command<Options>> = {}): CommandRun {
  const command: Command<Options> = {
    name: 'tool',
    read: ([first = '', ...rest]) =>
      first.startsWith('d=')
        ? { debug: first.slice(2), words: rest }
        : { debug: undefined, words: [first, ...rest] },
    text: ({ words }) => (words.includes('help') ? 'the help\n' : undefined),
    run: async ({ words }, io) => {
      io.out(words.join(' '));
      await io.ended();
      return 7;
    },
    ...more,
  };
  return new CommandRun((given, io) => runCommand(command, given, io), args);
}

describe('runCommand', () => {
  test('runs until it is told to end; the exit code is that of run', async () => {
    const command = start(['a', 'b']);
    await command.printed(/a b/);
    expect(await command.end()).toBe(7);
    expect(command.stderr).toBe('');
  });

  test('prints its text and does not run', async () => {
    const command = start(['help']);
    expect([await command.code, command.stdout, command.stderr]).toEqual([0, 'the help\n', '']);
  });

  test('sets the log level before it runs', async () => {
    const command = start(['d=9', 'help']);
    expect([await command.code, setLogLevel()]).toEqual([0, 9]);
  });

  const failure = new LwsError(coreErrors.LWS_ERR_CONNECT_TIMEOUT);

  test.each([
    [
      'a UsageError',
      () => new UsageError('no such thing'),
      2,
      'LWS_ERR_USAGE: the command line is wrong: no such thing (--help lists the options.)',
    ],
    ['any other error', () => new TypeError('broken'), 1, 'broken'],
    ['what is no error', () => 'a word', 1, 'a word'],
    [
      'an error with a code and a hint',
      () => failure,
      1,
      `LWS_ERR_CONNECT_TIMEOUT: ${failure.message} (${failure.hint})`,
    ],
  ])('%s of read: one line that says why', async (_what, make, code, line) => {
    const command = start([], {
      read: () => {
        throw make();
      },
    });
    expect(await command.code).toBe(code);
    expect([command.stdout, command.stderr]).toEqual(['', `tool: ${line}\n`]);
  });

  test('`hints` of the command stand in place of those of the error, by its code', async () => {
    const run = () => Promise.reject(failure);
    const command = start([], { run, hints: { LWS_ERR_CONNECT_TIMEOUT: 'Give -t.' } });
    expect(await command.code).toBe(1);
    expect(command.stderr).toBe(`tool: LWS_ERR_CONNECT_TIMEOUT: ${failure.message} (Give -t.)\n`);
  });

  test('a log level that there is not: 2', async () => {
    const command = start(['d=loud']);
    expect(await command.code).toBe(2);
    expect(command.stderr).toContain('LWS_ERR_LOG_LEVEL');
  });

  test.each([
    ['throws', () => Promise.reject(new Error('no port'))],
    [
      'throws before its promise',
      () => {
        throw new Error('no port');
      },
    ],
  ])('run %s: 1, and one line', async (_what, run) => {
    const command = start([], { run });
    expect([await command.code, command.stderr]).toEqual([1, 'tool: no port\n']);
  });
});
