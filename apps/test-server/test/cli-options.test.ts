import { UsageError } from '@lws-ts/cli';
import { describe, expect, test } from 'vitest';
import { helpText, readCommandLine } from '../src/cli-options.ts';

const defaults = {
  port: 7681,
  interface: undefined,
  resourcePath: undefined,
  fifoPath: '/tmp/lws-test-raw',
  fifoByDefault: true,
  debug: undefined,
  ssl: undefined,
  help: false,
  version: false,
};

describe('the command line', () => {
  test.each([
    [[], {}],
    [['-p', '8080'], { port: 8080 }],
    [['--port', '0'], { port: 0 }],
    [['--port=65535'], { port: 65535 }],
    [['-i', 'lo'], { interface: 'lo' }],
    [['--interface', '127.0.0.1'], { interface: '127.0.0.1' }],
    [['-r', '/srv'], { resourcePath: '/srv' }],
    [['--resource-path', 'www'], { resourcePath: 'www' }],
    [['-f', '/run/it'], { fifoPath: '/run/it', fifoByDefault: false }],
    [['--fifo', 'none'], { fifoPath: undefined, fifoByDefault: false }],
    [['-d', '15'], { debug: '15' }],
    [['--debug', 'err,info'], { debug: 'err,info' }],
    [['-h'], { help: true }],
    [['--help'], { help: true }],
    [['--version'], { version: true }],
  ])('%j', (args, expected) => {
    expect(readCommandLine(args)).toEqual({ ...defaults, ...expected });
  });

  test.each([
    [['-s'], {}],
    [['-s', '-S', '-a'], { alerts: true, allowNonSsl: true }],
    [['-s', '-C', 'c', '-K', 'k'], { cert: 'c', key: 'k' }],
    [['-s', '-A', 'ca', '-v'], { ca: 'ca', verifyClient: true }],
    [['-s', '-A', 'ca', '-v', '-R', 'l'], { ca: 'ca', crl: 'l', verifyClient: true }],
  ])('%j asks for TLS', (args, expected) => {
    expect(readCommandLine(args).ssl).toEqual({
      cert: undefined,
      key: undefined,
      ca: undefined,
      crl: undefined,
      verifyClient: false,
      allowNonSsl: false,
      alerts: false,
      ...expected,
    });
  });

  test.each([
    [['-p', '65536'], 'not a number from 0 to 65535'],
    [['-p', '-1'], '--port'],
    [['-p', '80x'], 'not a number'],
    [['-p', ''], 'not a number'],
    [['-r', ''], '--resource-path is empty'],
    [['-i', ''], '--interface is empty'],
    [['-f', ''], '--fifo is empty'],
    [['-s', '-C', '', '-K', ''], '--ssl-cert is empty'],
    [['--prot', '80'], '--prot'],
    [['stray'], 'stray'],
    [['-C', 'cert.pem', '-K', 'key.pem'], '--ssl-cert needs -s'],
    [['-a'], '--allow-non-ssl needs -s'],
    [['-s', '-C', 'cert.pem'], '-C and -K go together'],
    [['-s', '-v'], '-v needs -A'],
    [['-R', 'crl.pem'], '--ssl-crl needs -s'],
    [['-s', '-A', 'ca', '-R', 'crl.pem'], '-R needs -v'],
    [['-D'], '-D (a daemon) is reserved'],
  ])('%j is refused', (args, why) => {
    expect(() => readCommandLine(args)).toThrow(UsageError);
    expect(() => readCommandLine(args)).toThrow(why);
  });

  test('every option stands in --help', () => {
    for (const option of [
      '-p, --port',
      '-i, --interface',
      '-r, --resource-path',
      '-f, --fifo',
      '-d, --debug',
      '-h, --help',
      '    --version',
      '-s, --ssl',
      '-C, --ssl-cert',
      '-K, --ssl-key',
      '-A, --ssl-ca',
      '-v, --ssl-verify-client',
      '-a, --allow-non-ssl',
      '-S, --ssl-alerts',
    ])
      expect(helpText).toContain(option);
  });
});
