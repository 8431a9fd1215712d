/** What a connection on its way out lends its role beyond dialling: open transports, requests, and handing over. */
import { type Context, createContext } from '@lws-ts/core';
import type {
  ClientRoleState,
  CodedError,
  ConnectCall,
  LwsModule,
  RoleHost,
  TimeoutReason,
  Transport,
  Wsi,
} from '@lws-ts/interface';
import { memoryTransportPair, RawPeer, settle, VirtualClock } from '@lws-ts/test-kit';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ConnectionWsi } from '../src/connection-wsi.ts';

interface Steps {
  connected?(role: AskingRole): void;
  rx?(role: AskingRole, text: string): void;
  writeable?(role: AskingRole): void;
  lost?(role: AskingRole): boolean;
}

/** A role that goes by transports a test gives it. */
class AskingRole implements ClientRoleState {
  readonly name = 'asking';
  readonly wsi: Wsi<unknown, unknown>;
  readonly host: RoleHost;
  readonly events: string[];
  readonly #steps: Steps;
  readonly #call: ConnectCall;
  readonly #transports: Transport[];

  constructor(
    host: RoleHost,
    call: ConnectCall,
    steps: Steps,
    transports: Transport[],
    events: string[],
  ) {
    this.host = host;
    this.events = events;
    this.#steps = steps;
    this.#call = call;
    this.#transports = transports;
    const [protocol] = host.vhost.protocols;
    this.wsi = new ConnectionWsi(host, protocol ?? nobody);
  }

  say(text: string): void {
    this.host.reserve(text.length).set(Buffer.from(text), this.host.reservedAt);
    this.host.commit(text.length);
  }

  attempt(): void {
    this.events.push('attempt');
    this.dial();
  }

  dial(): void {
    this.host.dial(this.#call.target, () => this.#transports.shift());
  }

  connected(): void {
    this.events.push('connected');
    this.#steps.connected?.(this);
  }

  rx(bytes: Uint8Array): number {
    if (!this.host.mayDeliver) return 0;
    this.events.push(`rx ${Buffer.from(bytes).toString()}`);
    this.#steps.rx?.(this, Buffer.from(bytes).toString());
    return bytes.length;
  }

  writeable(): void {
    this.events.push('writeable');
    this.#steps.writeable?.(this);
  }

  lost(): boolean {
    this.events.push('lost');
    return this.#steps.lost?.(this) ?? false;
  }

  gone(error: CodedError | undefined): void {
    this.events.push(`gone ${error?.code ?? 'in order'}`);
  }

  service(): boolean {
    return false;
  }

  timeout(reason: TimeoutReason): void {
    this.events.push(`timeout ${reason}`);
  }

  timer(): void {}
  peerEnded(): void {}
  drained(): void {}
  closing(): boolean {
    return false;
  }
  threw(): void {}
  leaving(): void {}
}

const nobody = {
  name: '',
  spec: { name: 'x' },
  flags: {},
  vhostData: undefined,
  requestWriteableAll: () => undefined,
};

let context: Context | undefined;
afterEach(async () => {
  await context?.close({ deadlineSecs: 0 });
});

async function ask(steps: Steps, count = 1) {
  const events: string[] = [];
  const pairs = Array.from({ length: count }, () => memoryTransportPair());
  const transports = pairs.map(([transport]) => transport as Transport);
  const peers = pairs.map(([, other]) => new RawPeer(other));
  let role: AskingRole | undefined;
  const module: LwsModule = {
    name: 'asking',
    needs: [],
    contextOptions: {},
    vhostOptions: {},
    install: () => ({
      roles: [
        {
          name: 'asking',
          schemes: ['ws'],
          accept: () => {
            throw new Error('nothing is accepted here');
          },
          connect: (host, call) => {
            role = new AskingRole(host, call, steps, transports, events);
            return role;
          },
        },
      ],
    }),
  };
  const clock = new VirtualClock();
  context = (await createContext({ use: [module], clock, vhosts: [{ port: -1 }] })) as Context;
  const wsi = context.connect({ url: 'ws://a.example/' });
  events.push('returned');
  await settle();
  return { events, peers, clock, wsi, context, role: role as AskingRole };
}

test('dial() takes an open transport, and not before connect() returned', async () => {
  const { events, peers } = await ask({ connected: (role) => role.say('hello') });
  expect(events).toEqual(['attempt', 'returned', 'connected']);
  expect(peers[0]?.text).toBe('hello');
});

describe('requested()', () => {
  test('has writeable called before the connection is established', async () => {
    const { events, peers } = await ask({
      connected(role) {
        role.host.requested();
        role.host.requestWriteable();
      },
      writeable: (role) => role.say('body'),
    });
    expect(events.slice(2)).toEqual(['connected', 'writeable']);
    expect(peers[0]?.text).toBe('body');
  });

  test('without it there is none', async () => {
    const { events } = await ask({ connected: (role) => role.host.requestWriteable() });
    expect(events.slice(2)).toEqual(['connected']);
  });

  test('ends the deadline of the attempt', async () => {
    const { events, clock } = await ask({ connected: (role) => role.host.requested() });
    await clock.advance(60_000);
    expect(events.slice(2)).toEqual(['connected']);
  });

  test('without it the attempt ends by its deadline', async () => {
    const { events, clock } = await ask({});
    await clock.advance(6000);
    expect(events.at(-1)).toBe('gone LWS_ERR_CONNECT_TIMEOUT');
  });

  test('another hop has the deadline again', async () => {
    let hops = 0;
    const { events, peers, clock } = await ask(
      {
        connected(role) {
          if (hops++ === 0) role.host.requested();
        },
        rx: (role) => role.dial(),
      },
      2,
    );
    await clock.advance(60_000);
    await peers[0]?.send('elsewhere');
    expect(events.slice(3)).toEqual(['rx elsewhere', 'connected']);
    await clock.advance(6000);
    expect(events.at(-1)).toBe('gone LWS_ERR_CONNECT_TIMEOUT');
  });
});

describe('handOver()', () => {
  const open = (role: AskingRole): void => {
    role.host.requested();
    role.host.established();
  };

  test('ends the connection in order and leaves its transport open', async () => {
    let handed: Transport | undefined;
    const { events, peers, wsi, context } = await ask({
      connected: open,
      rx: (role) => {
        handed = role.host.handOver();
      },
    });
    await peers[0]?.send('over');
    expect(events.slice(3)).toEqual(['rx over', 'gone in order']);
    expect([peers[0]?.ended, peers[0]?.isClosed, wsi.open]).toEqual([false, false, false]);
    expect(wsi.peer.address).not.toBe('');
    expect(context.counters.wsi_alive).toBe(0);
    handed?.write(Buffer.from('again'));
    await settle();
    expect(peers[0]?.text).toBe('again');
  });

  test.each<[string, Steps]>([
    [
      'something is to be sent',
      {
        connected: open,
        rx(role) {
          role.say('x');
          role.events.push(String(role.host.handOver()));
        },
      },
    ],
    [
      'it is not established',
      {
        connected: (role) => role.host.requested(),
        rx: (role) => void role.events.push(String(role.host.handOver())),
      },
    ],
  ])('does nothing when %s', async (_why, steps) => {
    const { events, peers } = await ask(steps);
    await peers[0]?.send('over');
    expect(events.slice(3)).toEqual(['rx over', 'undefined']);
  });
});

test('passOn() gives the transport with what was not delivered, and sends what was said', async () => {
  let passed: ReturnType<RoleHost['passOn']>;
  let asking: AskingRole | undefined;
  const { events, peers } = await ask({
    connected(role) {
      asking = role;
      role.host.requested();
      role.host.established();
    },
    rx: (role) => role.host.rxFlowControl(false),
    writeable(role) {
      role.say('last');
      passed = role.host.passOn();
    },
  });
  peers[0]?.push('one');
  peers[0]?.push('two');
  await settle();
  asking?.host.requestWriteable();
  await settle();
  expect(Buffer.from(passed?.came ?? []).toString()).toBe('two');
  expect(events.at(-1)).toBe('gone in order');
  expect([peers[0]?.text, peers[0]?.isClosed]).toEqual(['last', false]);
});

test('join() goes on with an open transport before it returns', async () => {
  const [server, client] = memoryTransportPair();
  const { events, peers } = await ask({
    connected(role) {
      if (role.events.length > 3) return;
      role.host.join(server);
      role.events.push('joined');
    },
  });
  const peer = new RawPeer(client);
  expect(events).toEqual(['attempt', 'returned', 'connected', 'connected', 'joined']);
  await vi.waitUntil(() => peers[0]?.isClosed);
  await peer.send('x');
  expect(events.at(-1)).toBe('rx x');
});

describe('a transport that closes before the connection is established', () => {
  test('is the role’s to replace', async () => {
    const { events, peers } = await ask(
      {
        connected: (role) => role.host.requested(),
        lost(role) {
          role.dial();
          return true;
        },
      },
      2,
    );
    await peers[0]?.reset();
    expect(events.slice(2)).toEqual(['connected', 'lost', 'connected']);
    await peers[1]?.send('x');
    expect(events.at(-1)).toBe('rx x');
  });

  test('fails it otherwise', async () => {
    const { events, peers } = await ask({ connected: (role) => role.host.requested() });
    await peers[0]?.reset();
    await settle();
    expect(events.at(-1)).toMatch(/^gone LWS_ERR_/);
  });
});

test.each([
  [true, ['rx go', 'rx x']],
  [false, ['rx go']],
])('takeAlways() %s: input while the peer takes no output', async (always, heard) => {
  const { events, peers } = await ask({
    connected(role) {
      role.host.established();
      if (always) role.host.takeAlways();
    },
    rx(role, text) {
      if (text === 'go') for (let at = 0; at < 4; at++) role.say('x'.repeat(50_000));
    },
  });
  await peers[0]?.read(false);
  await peers[0]?.send('go');
  await peers[0]?.send('x');
  expect(events.filter((one) => one.startsWith('rx'))).toEqual(heard);
});
