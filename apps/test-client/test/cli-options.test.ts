import { UsageError } from '@lws-ts/cli';
import { describe, expect, test } from 'vitest';
import { helpText, readCommandLine } from '../src/cli-options.ts';

const url = 'ws://localhost:7681/';
const secure = 'wss://localhost:7681/';
const defaults = {
  url,
  tls: {
    lax: false,
    caFilepath: undefined,
    crlFilepath: undefined,
    certFilepath: undefined,
    keyFilepath: undefined,
  },
  undeflated: false,
  multi: false,
  noMirror: false,
  justMirror: false,
  longLived: false,
  post: false,
  pingSecs: undefined,
  retryMs: undefined,
  json: false,
  debug: 'err,warn',
  help: false,
};

describe('the command line', () => {
  test.each([
    [[url], {}],
    [['-u', url], { undeflated: true }],
    [['--undeflated', url], { undeflated: true }],
    [['-m', url], { multi: true }],
    [['--multi-test', url], { multi: true }],
    [['-n', url], { noMirror: true }],
    [['--nomirror', url], { noMirror: true }],
    [['-j', url], { justMirror: true }],
    [['--justmirror', url], { justMirror: true }],
    [['-l', url], { longLived: true }],
    [['--longlived', url], { longLived: true }],
    [['-P', '5', url], { pingSecs: 5 }],
    [['--ping-secs', '86400', url], { pingSecs: 86_400 }],
    [['--retry-ms', '1,20', url], { retryMs: [1, 20] }],
    [['--retry-ms', 'none', url], { retryMs: [] }],
    [['-v', '13', url], {}],
    [['--json', url], { json: true }],
    [['-d', '15', url], { debug: '15' }],
    [['--debug', 'err', url], { debug: 'err' }],
    [['-h'], { url: '', help: true }],
    [['--help'], { url: '', help: true }],
  ])('%j', (args, expected) => {
    expect(readCommandLine(args)).toEqual({ ...defaults, ...expected });
  });

  test.each([
    [['-s', secure], { lax: true }],
    [['--ssl', 'localhost'], { lax: true }],
    [['-S', secure], {}],
    [['-A', 'ca', secure], { caFilepath: 'ca' }],
    [['-R', 'crl', '-S', 'localhost'], { crlFilepath: 'crl' }],
    [['-C', 'c', '-K', 'k', 'raws://h:1'], { certFilepath: 'c', keyFilepath: 'k' }],
  ])('%j is about TLS', (args, expected) => {
    expect(readCommandLine(args).tls).toEqual({ ...defaults.tls, ...expected });
  });

  test.each([
    [['localhost'], 'ws://localhost:7681/'],
    [['localhost:80'], 'ws://localhost/'],
    [['127.0.0.1', '-p', '5'], 'ws://127.0.0.1:5/'],
    [['[::1]/x?mirror=y', '--port', '5'], 'ws://[::1]:5/x?mirror=y'],
    [['ws://h'], 'ws://h/'],
    [['ws://h/p', '-p', '5'], 'ws://h:5/p'],
    [['ws://h:6/p', '-p', '5'], 'ws://h:6/p'],
    [['WS://h:80/p', '-p', '5'], 'ws://h/p'],
    [['wss://h/p'], 'wss://h/p'],
    [['http://h'], 'http://h/'],
    [['-o', 'https://h/p', '-p', '5'], 'https://h:5/p'],
    [['-s', 'h'], 'wss://h:7681/'],
    [['-S', 'h', '-p', '443'], 'wss://h/'],
    [['raw://h:9'], 'raw://h:9'],
    [['raw://[::1]', '-p', '9'], 'raw://[::1]:9'],
    [['raws://h:9', '-p', '5'], 'raws://h:9'],
  ])('%j connects to %s', (args, expected) => {
    expect(readCommandLine(args).url).toBe(expected);
  });

  test.each([
    [[], 'one URL is needed, not 0'],
    [[url, url], 'one URL is needed, not 2'],
    [['-v', '8', url], 'there is only 13'],
    [['-p', '0', 'localhost'], 'not a number from 1 to 65535'],
    [['-P', '0', url], '--ping-secs is "0"'],
    [['--retry-ms', '1,,2', url], '--retry-ms is ""'],
    [['-m', '-j', url], '-m opens no mirror'],
    [['-m', '-n', url], '-m opens no mirror'],
    [['ws://'], 'is not a URL'],
    [['ws://h:0/'], 'names port 0'],
    [['h:0'], 'names port 0'],
    [['raw://h:0'], 'names port 0'],
    [['raw:///x', '-p', '9'], 'names no host'],
    [['ws://h/p#here'], 'has a fragment'],
    [['ws://h/p#'], 'has a fragment'],
    [['h/p?a#b'], 'has a fragment'],
    [['raw://h:1#b'], 'has a fragment'],
    [['ftp://h'], 'ftp:// is none of ws://'],
    [['--mirror', url], '--mirror'],
    [['-s', '-S', url], 'give one of them'],
    [['-C', 'cert.pem', url], '-C and -K go together'],
    [['-o', url], '-o sends a form by HTTP'],
    [['raw://h'], 'raw:// needs a port'],
    [['-s', url], '--ssl needs TLS, and ws:// has none: give wss://'],
    [['-S', 'WS://h'], '--ssl-strict needs TLS, and ws:// has none: give wss://'],
    [['-s', 'http://h'], '--ssl needs TLS, and http:// has none: give https://'],
    [['-S', 'raw://h:1'], '--ssl-strict needs TLS, and raw:// has none: give raws://'],
    [['-A', 'ca', 'localhost'], '--ssl-ca needs TLS, and ws:// has none: give wss://'],
    [['-R', 'crl', url], '--ssl-crl needs TLS'],
    [['-C', 'c', '-K', 'k', url], '--ssl-cert needs TLS'],
    [['-n', 'raw://h:1'], '--nomirror means nothing to raw://'],
    [['https://h', '-m'], '--multi-test means nothing to http://'],
    [['raws://h:1', '-P', '5'], '--ping-secs means nothing to raw://'],
  ])('%j is refused', (args, why) => {
    expect(() => readCommandLine(args)).toThrow(UsageError);
    expect(() => readCommandLine(args)).toThrow(why);
  });

  test.each([
    '-p, --port',
    '-v, --version',
    '-u, --undeflated',
    '-m, --multi-test',
    '-n, --nomirror',
    '-j, --justmirror',
    '-l, --longlived',
    '-P, --ping-secs',
    '--retry-ms',
    '--json',
    '-d, --debug',
    '-h, --help',
    '-s, --ssl',
    '-S, --ssl-strict',
    '-A, --ssl-ca',
    '-C, --ssl-cert',
    '-K, --ssl-key',
    '-o, --post',
  ])('%s stands in --help', (option) => {
    expect(helpText).toContain(option);
  });
});
