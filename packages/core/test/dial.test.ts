import { once } from 'node:events';
import { type AddressInfo, createServer, type LookupFunction, type Server, Socket } from 'node:net';
import type { LwsError, Transport } from '@lws-ts/interface';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type DialOptions, dial } from '../src/dial.ts';

let server: Server;
let port: number;
/** A port where nobody is. */
let closedPort: number;

beforeEach(async () => {
  server = createServer((socket) => socket.on('error', () => undefined));
  server.listen(0, '127.0.0.1');
  const other = createServer().listen(0, '127.0.0.1');
  await Promise.all([once(server, 'listening'), once(other, 'listening')]);
  port = (server.address() as AddressInfo).port;
  closedPort = (other.address() as AddressInfo).port;
  await new Promise((resolve) => other.close(resolve));
});
afterEach(() => server.close());

const plain: DialOptions = {
  family: 0,
  localAddress: undefined,
  lookup: undefined,
  keepalive: { kaTime: 0, kaProbes: 0, kaInterval: 0 },
};

interface Outcome {
  readonly transport?: Transport;
  readonly error?: LwsError;
}

function outcome(host: string, at: number, options: Partial<DialOptions> = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    let returned = false;
    dial(
      { host, port: at, socketPath: undefined },
      { ...plain, ...options },
      {
        connected: (transport) => resolve(returned ? { transport } : {}),
        failed: (error) => resolve(returned ? { error } : {}),
      },
    );
    returned = true;
  });
}

/** A lookup that gives these addresses, or fails; at once, as it should not. */
const finds = (found: readonly string[] | Error): LookupFunction =>
  ((_name: string, { all }: { all?: boolean }, done: (...given: unknown[]) => void) => {
    if (found instanceof Error) done(found);
    else if (all === true)
      done(
        null,
        found.map((address) => ({ address, family: 4 })),
      );
    else done(null, found[0], 4);
  }) as LookupFunction;

const failure = (code: string, syscall: string): Error =>
  Object.assign(new Error(`${syscall} ${code}`), { code, syscall });

test('connects, and knows the peer', async () => {
  const { transport } = await outcome('127.0.0.1', port);
  expect([transport?.kind, transport?.peer]).toEqual([
    'tcp',
    { address: '127.0.0.1', port, family: 'ipv4' },
  ]);
  // decision 0009: read into one buffer for all
  expect(transport?.givesMemory).toBe(false);
  transport?.abort();
});

test('keepalive is set as the options of its context say', async () => {
  const set = vi.spyOn(Socket.prototype, 'setKeepAlive');
  const keepalive = { kaTime: 7, kaProbes: 4, kaInterval: 3 };
  const { transport } = await outcome('127.0.0.1', port, { keepalive });
  expect(set.mock.calls).toEqual([[true, 7000, 3000, 4]]);
  set.mockRestore();
  transport?.abort();
});

test('the next address is tried where one refuses', async () => {
  const { transport } = await outcome('a.example', port, {
    lookup: finds(['127.0.0.9', '127.0.0.1']),
  });
  expect(transport?.peer.address).toBe('127.0.0.1');
  transport?.abort();
});

describe('failures', () => {
  test.each([
    ['a port nobody listens on', '127.0.0.1', undefined, 'LWS_ERR_CONNECT', 'ECONNREFUSED'],
    [
      'several addresses, none of which answers',
      'a.example',
      finds(['127.0.0.9', '127.0.0.8']),
      'LWS_ERR_CONNECT',
      'ECONNREFUSED',
    ],
    [
      'a name that is none',
      'a.example',
      finds(failure('ENOTFOUND', 'getaddrinfo')),
      'LWS_ERR_CONNECT_DNS',
      'ENOTFOUND',
    ],
    [
      'a name that cannot be asked for now',
      'a.example',
      finds(failure('EAI_AGAIN', 'getaddrinfo')),
      'LWS_ERR_CONNECT_DNS',
      'EAI_AGAIN',
    ],
    [
      'a resolver of the program’s that has no data',
      'a.example',
      finds(failure('ENODATA', 'queryA')),
      'LWS_ERR_CONNECT_DNS',
      'ENODATA',
    ],
  ] as const)('%s', async (_name, host, lookup, code, cause) => {
    const { error } = await outcome(host, closedPort, { lookup });
    expect(error?.code).toBe(code);
    expect(error?.message).toContain(`${host}:${closedPort}`);
    expect(error?.message).toContain(cause);
    expect(error?.cause).toMatchObject({ code: cause });
  });
});

describe.each([
  ['at once', (run: () => void) => run()],
  ['later', (run: () => void) => void setImmediate(run)],
])('a lookup of the program’s that answers %s', (_name, when) => {
  const gives = (...given: unknown[]): LookupFunction =>
    ((_host: string, _options: object, done: (...all: unknown[]) => void) =>
      when(() => done(...given))) as LookupFunction;

  test.each([
    ['with no address', [null, []], 'lookup found no address'],
    ['with nothing', [null], 'lookup found no address'],
    ['with what is no address', [null, [null]], 'lookup found no address'],
    ['with an error that is none', ['bad'], 'bad'],
  ] as const)('%s', async (_what, given, why) => {
    const { error } = await outcome('a.example', port, { lookup: gives(...given) });
    expect(error?.code).toBe('LWS_ERR_CONNECT_DNS');
    expect(error?.message).toContain(why);
  });

  test('twice, is heard once', async () => {
    const found = [null, [{ address: '127.0.0.1', family: 4 }]];
    const lookup = ((_host: string, _options: object, done: (...all: unknown[]) => void) =>
      when(() => {
        done(...found);
        done(...found);
      })) as LookupFunction;
    const { transport } = await outcome('a.example', port, { lookup });
    expect(transport?.kind).toBe('tcp');
    transport?.abort();
  });
});

test.each([
  [new Error('no name server'), 'no name server'],
  ['bad', 'bad'],
])('a lookup whose promise is rejected with %s has failed', async (thrown, why) => {
  const lookup = (() => Promise.reject(thrown as Error)) as LookupFunction;
  const { error } = await outcome('a.example', port, { lookup });
  expect(error?.code).toBe('LWS_ERR_CONNECT_DNS');
  expect(error?.message).toContain(why);
});

test('nothing is told after cancel()', async () => {
  let told = 0;
  const accepted = once(server, 'connection');
  for (const at of [port, closedPort]) {
    const dialing = dial({ host: '127.0.0.1', port: at, socketPath: undefined }, plain, {
      connected: () => told++,
      failed: () => told++,
    });
    if (at === port) await accepted;
    dialing.cancel();
  }
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(told).toBe(0);
});
