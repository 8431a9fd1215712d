import { UsageError } from '@lws-ts/cli';
import { describe, expect, test } from 'vitest';
import { helpText, readCommandLine } from '../src/cli-options.ts';

const defaults = {
  host: undefined,
  port: 7681,
  interface: undefined,
  seed: undefined,
  rounds: undefined,
  both: false,
  deflate: false,
  json: false,
  ssl: false,
  debug: 'err,warn',
  help: false,
  version: false,
};

describe('the command line', () => {
  test.each([
    [[], {}],
    [['-c', 'localhost'], { host: 'localhost' }],
    [['localhost', '--client'], { host: 'localhost' }],
    [['-c', '::1'], { host: '::1' }],
    [['-c', '[::1]'], { host: '[::1]' }],
    [['-c', '+/run/a b.sock'], { host: '+/run/a b.sock' }],
    [['-p', '8080'], { port: 8080 }],
    [['--port=0'], { port: 0 }],
    [['-i', 'lo'], { interface: 'lo' }],
    [['--interface', '127.0.0.1'], { interface: '127.0.0.1' }],
    [['-n', '1'], { rounds: 1 }],
    [['--rounds', '2147483647'], { rounds: 2147483647 }],
    [['--seed', '0'], { seed: 0 }],
    [['--seed', '4294967295'], { seed: 4294967295 }],
    [['-c', 'h', '--both', '--seed', '7'], { host: 'h', both: true, seed: 7 }],
    [['--deflate'], { deflate: true }],
    [['--json'], { json: true }],
    [['-s'], { ssl: true }],
    [['-c', 'h', '--ssl'], { host: 'h', ssl: true }],
    [['-d', '15'], { debug: '15' }],
    [['--debug', 'err'], { debug: 'err' }],
    [['-h'], { help: true }],
    [['--help'], { help: true }],
    [['-v'], { version: true }],
    [['--version'], { version: true }],
  ])('%j', (args, expected) => {
    expect(readCommandLine(args)).toEqual({ ...defaults, ...expected });
  });

  test.each([
    [['-c'], 'address of one server, not 0'],
    [['-c', 'one', 'two'], 'one server, not 2'],
    [['-c', ''], '"" is not the name or address'],
    [['-c', 'http://a.test'], '"http://a.test" is not'],
    [['-c', 'a.test:80'], '"a.test:80" is not'],
    [['-c', '[::1]:80'], '"[::1]:80" is not'],
    [['-c', 'a.test/x'], '"a.test/x" is not'],
    [['-c', 'user@a.test'], '"user@a.test" is not'],
    [['host'], 'only a client (-c)'],
    [['-c', 'h', '-p', '0'], 'not a number from 1 to 65535'],
    [['-p', '65536'], 'not a number from 0 to 65535'],
    [['-i', ''], '--interface is empty'],
    [['-n', '0'], 'not a number from 1'],
    [['-n', '1e3'], 'not a number'],
    [['--seed', '4294967296'], 'not a number'],
    [['-c', 'h', '--seed', '1'], '--seed is for the side that sends'],
    [['--rouns', '1'], '--rouns'],
  ])('%j is refused', (args, why) => {
    expect(() => readCommandLine(args)).toThrow(UsageError);
    expect(() => readCommandLine(args)).toThrow(why);
  });

  test.each([
    '-c, --client',
    '-p, --port',
    '-i, --interface',
    '-n, --rounds',
    '--both',
    '--seed',
    '--deflate',
    '--json',
    '-d, --debug',
    '-h, --help',
    '-v, --version',
    '-s, --ssl',
  ])('%s stands in --help', (option) => {
    expect(helpText).toContain(option);
  });
});
