/** `lend` of a role's host: whose memory a read is, and for how long. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type {
  LwsModule,
  Role,
  RoleHost,
  RoleState,
  Transport,
  TransportSink,
} from '@lws-ts/interface';
import { settle } from '@lws-ts/test-kit';
import { afterEach, describe, expect, test } from 'vitest';
import { createContext, type Vhost } from '../src/index.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** Takes of each read what a test says, and keeps a view of all it saw. */
class TakingState implements RoleState {
  readonly name = 'taking';
  readonly host: RoleHost;
  readonly seen: Uint8Array[] = [];
  take: (bytes: Uint8Array) => number = (bytes) => bytes.length;

  constructor(host: RoleHost) {
    this.host = host;
  }

  rx(bytes: Uint8Array): number {
    this.seen.push(bytes);
    return this.take(bytes);
  }

  writeable(): void {}
  service(): boolean {
    return false;
  }
  timeout(): void {}
  timer(): void {}
  peerEnded(): void {}
  drained(): void {}
  closing(): boolean {
    return false;
  }
  threw(): void {
    this.host.finish();
  }
  leaving(): void {}
  gone(): void {}
}

/** A vhost whose connections take what a test says. */
async function openVhost() {
  const states: TakingState[] = [];
  const role: Role = {
    name: 'taking',
    accept(host) {
      const state = new TakingState(host);
      states.push(state);
      return state;
    },
  };
  const module: LwsModule = {
    name: 'taking',
    needs: [],
    contextOptions: {},
    vhostOptions: {},
    install: () => ({ roles: [role] }),
  };
  const context = await createContext({ use: [module], vhosts: [{ port: -1 }] });
  closers.push(() => context.close({ deadlineSecs: 0 }));
  return { states, vhost: context.vhosts[0] as Vhost };
}

/** A connection whose reads a test makes. */
async function open(readsAlone: boolean | undefined, givesMemory = true) {
  const { states, vhost } = await openVhost();
  let sink: TransportSink | undefined;
  const nobody = { address: '', port: 0, family: 'none' } as const;
  const transport: Transport = {
    kind: 'memory',
    givesMemory,
    ...(readsAlone === undefined ? {} : { readsAlone }),
    peer: nobody,
    local: nobody,
    security: undefined,
    bufferedBytes: 0,
    attach: (to) => {
      sink = to;
    },
    write: () => true,
    read: () => {},
    end: () => {},
    abort: () => {},
    probe: () => true,
    standsFor: () => {},
    release: () => undefined,
  };
  vhost.adopt(transport);
  const [state] = states;
  if (state === undefined) throw new Error('nobody accepted it');
  return {
    state,
    read: (length = 32_768, memory = length): Uint8Array => {
      const bytes = new Uint8Array(memory).subarray(0, length);
      sink?.rx(bytes);
      return bytes;
    },
    /** Takes so much of what is read next, and the rest when it goes on. */
    pauseAfter: (length: number): void => {
      state.take = () => {
        state.host.rxFlowControl(false);
        return length;
      };
    },
    /** Whose memory, and how long, all was that the role got. */
    goOn: async (): Promise<[ArrayBufferLike, number][]> => {
      const got: [ArrayBufferLike, number][] = [];
      state.take = ({ buffer, length }) => {
        got.push([buffer, length]);
        return length;
      };
      state.host.rxFlowControl(true);
      await settle();
      return got;
    },
  };
}

const sizes = (seen: readonly Uint8Array[]): readonly number[] => seen.map(({ length }) => length);

test('memory is the role’s, as long as it does not say otherwise', async () => {
  const { state, read } = await open(true);
  read();
  read();
  expect(sizes(state.seen)).toEqual([32_768, 32_768]);
});

test('of who keeps nothing it is gone when it was taken', async () => {
  const { state, read } = await open(true);
  state.host.lend(true);
  read();
  read();
  state.host.lend(false);
  read();
  expect(sizes(state.seen)).toEqual([0, 0, 32_768]);
});

test.each([
  ['a short one', true, 4096],
  ['one of a transport that others read with', undefined, 32_768],
  ['one of a transport that says so', false, 32_768],
])('%s stays', async (_what, readsAlone, length) => {
  const { state, read } = await open(readsAlone);
  state.host.lend(true);
  expect([read(length).length, ...sizes(state.seen)]).toEqual([length, length]);
});

test('what comes of a socket that a program brought along stays: it may listen itself', async () => {
  const { states, vhost } = await openVhost();
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const peer = connect((server.address() as AddressInfo).port, '127.0.0.1');
  closers.push(() => {
    peer.destroy();
    server.close();
  });
  const [socket] = (await once(server, 'connection')) as [Socket];
  const heard: Uint8Array[] = [];
  socket.on('data', (chunk) => heard.push(chunk));
  const put = new Uint8Array(32_768);
  socket.unshift(put);
  vhost.adopt(socket);
  states[0]?.host.lend(true);
  const all = (): number => heard.reduce((sum, { length }) => sum + length, 0);
  peer.write(new Uint8Array(65_536));
  await expect.poll(all).toBe(98_304);
  await settle();
  expect([put.length, all()]).toEqual([32_768, 98_304]);
});

test('what is a part of its memory stays', async () => {
  const { state, read } = await open(true);
  state.host.lend(true);
  expect(read(32_768, 65_536).length).toBe(32_768);
});

test.each<[string, readonly boolean[], readonly boolean[]]>([
  ['lends from within it', [], [true]],
  ['keeps from within it', [true], [false]],
  ['keeps, then lends again', [true], [false, true]],
])('a read whose role %s stays', async (_what, before, within) => {
  const { state, read } = await open(true);
  for (const on of before) state.host.lend(on);
  state.take = (bytes) => {
    for (const on of within) state.host.lend(on);
    return bytes.length;
  };
  read();
  expect(sizes(state.seen)).toEqual([32_768]);
});

test('the role that comes behind it says for itself', async () => {
  const { state, read } = await open(true);
  state.host.lend(true);
  let next: TakingState | undefined;
  state.host.become((host) => {
    next = new TakingState(host);
    return next;
  }, new Uint8Array(0));
  const bytes = read();
  expect([next?.seen.length, bytes.length]).toEqual([1, 32_768]);
});

test('what a role that lends keeps after all stays, and what is read next does not', async () => {
  const { state, read } = await open(true);
  state.host.lend(true);
  state.take = (bytes) => {
    state.host.keep();
    return bytes.length;
  };
  const kept = read();
  state.take = (bytes) => bytes.length;
  expect([kept.length, read().length]).toEqual([32_768, 0]);
});

test('what it kept something of stays when the rest of it was taken later', async () => {
  const { state, read, goOn } = await open(true);
  state.host.lend(true);
  state.take = () => {
    state.host.keep();
    state.host.rxFlowControl(false);
    return 10_000;
  };
  const kept = read();
  await goOn();
  expect([state.seen.length, kept.length, read().length]).toEqual([2, 32_768, 0]);
});

test('what waits is not copied, and gone when all of it was taken', async () => {
  const { state, read, pauseAfter, goOn } = await open(true);
  state.host.lend(true);
  pauseAfter(10_000);
  const bytes = read();
  const memory = bytes.buffer;
  expect(bytes.length).toBe(32_768);
  const seen = await goOn();
  expect([seen, bytes.length]).toEqual([[[memory, 22_768]], 0]);
});

test('what the role may have kept of what waits stays, and what comes behind that does not', async () => {
  const { state, read, pauseAfter, goOn } = await open(true);
  pauseAfter(10_000);
  const kept = read();
  state.host.lend(true);
  await goOn();
  const next = read();
  expect([state.seen.length, kept.length, next.length]).toEqual([3, 32_768, 0]);
});

test('what waits behind something that may have been kept stays with it', async () => {
  const { state, read, pauseAfter, goOn } = await open(true);
  pauseAfter(10_000);
  const kept = read();
  const behind = read();
  state.host.lend(true);
  await goOn();
  const next = read();
  expect([state.seen.length, kept.length, behind.length, next.length]).toEqual([
    4, 32_768, 32_768, 0,
  ]);
});

test('what was not offered yet is gone when it was', async () => {
  const { state, read, goOn } = await open(true);
  state.host.lend(true);
  state.host.rxFlowControl(false);
  const waiting = [read(), read()];
  expect(sizes(waiting)).toEqual([32_768, 32_768]);
  await goOn();
  expect([...sizes(waiting), ...sizes(state.seen)]).toEqual([0, 0, 0, 0]);
});

describe('what a role hands to the one behind it', () => {
  /** The memory that the next role gets of a read that becomes its, whether the read is gone then, and one behind it. */
  async function becomes(givesMemory: boolean, lends: boolean) {
    const { state, read } = await open(true, givesMemory);
    state.host.lend(lends);
    let next: TakingState | undefined;
    let got: ArrayBufferLike | undefined;
    state.take = (bytes) => {
      state.host.become((host) => {
        next = new TakingState(host);
        next.take = ({ buffer, length }) => {
          got = buffer;
          return length;
        };
        host.lend(true);
        return next;
      }, bytes);
      return bytes.length;
    };
    const bytes = read();
    const memory = bytes.buffer;
    await settle();
    return { copied: got !== memory, gone: bytes.length === 0, next: read().length };
  }

  test('is not copied, and gone when that took it', async () => {
    expect(await becomes(true, true)).toEqual({ copied: false, gone: true, next: 0 });
  });

  test('stays where it may have been kept', async () => {
    expect(await becomes(true, false)).toEqual({ copied: false, gone: false, next: 0 });
  });

  test('is copied where the memory is the transport’s', async () => {
    const { copied, gone } = await becomes(false, false);
    expect([copied, gone]).toEqual([true, false]);
  });
});

test('what nobody hears any more is gone at once', async () => {
  const { state, read } = await open(true);
  state.host.finish();
  await settle();
  expect(read().length).toBe(0);
});
