import { totalmem } from 'node:os';
import { createContext, type Vhost } from '@lws-ts/core';
import type { Transport } from '@lws-ts/interface';
import { connectRawPeer, settle, VirtualClock } from '@lws-ts/test-kit';
import { describe, expect, test, vi } from 'vitest';
import { ConnectionOutput } from '../src/connection-output.ts';
import { BytesKeeper, KeptBytes } from '../src/kept-bytes.ts';
import { OutputArena } from '../src/output-arena.ts';
import { captureLog } from './captured-log.ts';
import { type LineState, lines } from './line-role.ts';

const log = captureLog();

describe('KeptBytes', () => {
  const keeping = (limit: number) => {
    const kept = new KeptBytes(limit);
    const ended: string[] = [];
    const keeper = (name: string, bytes: number): BytesKeeper => {
      const one = new (class extends BytesKeeper {
        overLimit(): void {
          ended.push(name);
          kept.changed(one, bytes, 0);
        }
      })();
      kept.changed(one, 0, bytes);
      return one;
    };
    return { kept, ended, keeper };
  };

  test('ends nobody within the bound', () => {
    const { kept, ended, keeper } = keeping(100);
    keeper('a', 60);
    keeper('b', 40);
    kept.relieve();
    expect([kept.bytes, ended]).toEqual([100, []]);
  });

  test('over it, ends whoever has waited longest, and no more than are needed', () => {
    const { kept, ended, keeper } = keeping(100);
    for (const name of ['a', 'b', 'c', 'd']) keeper(name, 40);
    kept.relieve();
    expect([kept.bytes, ended]).toEqual([80, ['a', 'b']]);
  });

  test('whose peer took all begins to wait anew', () => {
    const { kept, ended, keeper } = keeping(100);
    const a = keeper('a', 60);
    keeper('b', 30);
    kept.changed(a, 60, 0);
    kept.changed(a, 0, 60);
    keeper('c', 20);
    kept.relieve();
    expect(ended).toEqual(['b']);
  });

  test('who leaves from between others is not asked, nor is one that another ended', () => {
    const { kept, ended, keeper } = keeping(100);
    const all = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => keeper(name, 40));
    const [, b, , d] = all as [BytesKeeper, BytesKeeper, BytesKeeper, BytesKeeper];
    kept.changed(b, 40, 0);
    const c = all[2] as BytesKeeper;
    const ends = c.overLimit.bind(c);
    c.overLimit = () => {
      kept.changed(d, 40, 0);
      ends();
    };
    kept.relieve();
    expect([kept.bytes, ended]).toEqual([80, ['a', 'c']]);
    keeper('g', 40);
    kept.relieve();
    expect([kept.bytes, ended]).toEqual([80, ['a', 'c', 'e']]);
  });

  test('who keeps what it has all the same is asked again', () => {
    const kept = new KeptBytes(100);
    let asked = 0;
    const stubborn = new (class extends BytesKeeper {
      overLimit(): void {
        asked++;
      }
    })();
    kept.changed(stubborn, 0, 101);
    kept.relieve();
    kept.relieve();
    expect(asked).toBe(2);
    kept.changed(stubborn, 101, 0);
    kept.relieve();
    expect([asked, kept.bytes]).toEqual([2, 0]);
  });

  test.each([
    ['of what the process may have', 400 * 2 ** 20, 100 * 2 ** 20],
    ['of the machine, where nothing says less', 0, Math.floor(totalmem() / 4)],
    ['of the machine, where it is said to have more', 2 ** 60, Math.floor(totalmem() / 4)],
  ])('is a quarter %s', (_name, constrained, limit) => {
    const asked = vi.spyOn(process, 'constrainedMemory').mockReturnValue(constrained);
    expect(new KeptBytes(0).limit).toBe(limit);
    asked.mockRestore();
    expect(new KeptBytes(5).limit).toBe(5);
  });
});

describe('ConnectionOutput', () => {
  /** A connection whose transport takes nothing. */
  function choked() {
    const keptOutput = new KeptBytes(1000);
    const wire: string[] = [];
    const given: Uint8Array[] = [];
    const transport = {
      bufferedBytes: 0,
      write(bytes: Uint8Array) {
        given.push(bytes);
        wire.push(Buffer.from(bytes).toString());
        transport.bufferedBytes += bytes.length;
        return false;
      },
    };
    const loop = { arena: new OutputArena(), keptOutput, pinnedOutput: 0 };
    const owner = {
      overLimit: () => undefined,
      sent: () => undefined,
      transport: transport as unknown as Transport,
    };
    const output = new ConnectionOutput(owner, loop);
    return { output, owner, keptOutput, loop, transport, wire, given };
  }

  function say(output: ConnectionOutput, text: string): void {
    output.reserve(text.length).set(Buffer.from(text), output.end);
    output.commit(text.length);
  }

  function share(output: ConnectionOutput, text: string): void {
    output.writeShared(Buffer.from(text));
  }

  test('keeps what was written and what waits, until each is gone', () => {
    const { output, keptOutput } = choked();
    output.keepsMore(30);
    output.writeOwned(new Uint8Array(100), undefined);
    expect(keptOutput.bytes).toBe(130);
    output.drained();
    expect(keptOutput.bytes).toBe(30);
    output.keepsMore(-10);
    expect(keptOutput.bytes).toBe(20);
    output.drop();
    expect(keptOutput.bytes).toBe(0);
    output.keepsMore(10);
    expect(keptOutput.bytes).toBe(0);
  });

  test.each([
    ['is drained', (output: ConnectionOutput) => output.drained()],
    ['is given up', (output: ConnectionOutput) => output.drop()],
    ['is another', (output: ConnectionOutput) => output.retarget()],
  ])('pins each piece whole until the transport %s', (_how, over) => {
    const { output, loop, owner, transport } = choked();
    for (const bytes of [1000, 500]) {
      output.reserve(bytes);
      output.commit(bytes);
      output.flush();
      transport.bufferedBytes = 1;
    }
    output.writeOwned(new Uint8Array(100), undefined);
    expect(loop.pinnedOutput).toBe(1500);
    owner.transport = choked().transport as unknown as Transport;
    over(output);
    expect(loop.pinnedOutput).toBe(0);
    output.drained();
    expect(loop.pinnedOutput).toBe(0);
  });

  test.each([
    ['takes both at once', true],
    ['takes them one by one', false],
  ])(
    'what many have goes behind what was collected, and counts not, where a transport %s',
    (_how, both) => {
      const { output, keptOutput, transport, wire } = choked();
      if (both)
        Object.assign(transport, {
          writeBoth: (first: Uint8Array, second: Uint8Array) => {
            wire.push('both');
            transport.write(first);
            return transport.write(second);
          },
        });
      const many = Buffer.alloc(16_385, 'm');
      say(output, 'head');
      output.writeShared(many);
      expect(wire).toEqual([...(both ? ['both'] : []), 'head', many.toString()]);
      expect([keptOutput.bytes, output.length]).toEqual([4, 0]);
      output.writeShared(many);
      output.writeOwned(Buffer.from('own'), undefined);
      expect(wire.slice(-2)).toEqual([many.toString(), 'own']);
      expect(keptOutput.bytes).toBe(7);
      output.drained();
      output.drop();
      output.writeShared(many);
      expect([wire.at(-1), keptOutput.bytes]).toEqual(['own', 0]);
    },
  );

  test('what many had does not stand for what follows once it is gone', () => {
    const { output, keptOutput, transport } = choked();
    output.writeShared(Buffer.alloc(20_000, 'm'));
    expect(keptOutput.bytes).toBe(0);
    transport.bufferedBytes = 0;
    output.drained();
    output.writeOwned(new Uint8Array(100), undefined);
    expect(keptOutput.bytes).toBe(100);
  });

  test('up to 16 KiB that many have is collected, leaves as it is, and counts', () => {
    const { output, keptOutput, loop, given } = choked();
    const many = Buffer.alloc(16_384, 'm');
    output.writeShared(many);
    expect([given.length, output.length]).toEqual([0, 16_384]);
    output.flush();
    expect([given[0] === many, output.length]).toEqual([true, 0]);
    expect([keptOutput.bytes, loop.pinnedOutput]).toEqual([16_384, 0]);
    output.flush();
    expect(given.length).toBe(1);
  });

  test.each([
    ['before', (output: ConnectionOutput) => say(output, 'own '), 'own many', ''],
    ['behind', (output: ConnectionOutput) => say(output, ' own'), 'many own', ' own'],
    [
      'more of the kind behind',
      (output: ConnectionOutput) => share(output, ' more'),
      'many more',
      ' more',
    ],
  ])('it stands in one piece with what is collected %s it', (_where, other, text, behind) => {
    const { output, wire } = choked();
    const order = [() => share(output, 'many'), () => other(output)];
    for (const add of behind === '' ? order.reverse() : order) add();
    expect(output.length).toBe(text.length);
    output.flush();
    expect(wire).toEqual([text]);
  });

  test('it leaves before what is given away', () => {
    const { output, wire } = choked();
    share(output, 'many');
    output.writeOwned(Buffer.from('own'), undefined);
    expect(wire).toEqual(['many', 'own']);
  });

  test.each([
    ['over', (output: ConnectionOutput) => output.drop()],
    ['with another transport', (output: ConnectionOutput) => output.retarget()],
  ])('it is forgotten when all is %s', (_how, ends) => {
    const { output, wire } = choked();
    share(output, 'many');
    ends(output);
    expect(output.length).toBe(0);
    output.flush();
    expect(wire).toEqual([]);
  });

  test('none of it leaves behind the end', () => {
    const { output, wire } = choked();
    output.drop();
    share(output, 'many');
    output.flush();
    expect(wire).toEqual([]);
  });

  test.each([
    ['drained', true],
    ['dropped', false],
  ])(
    'memory of the loop that the transport kept, when it is %s, is used again: %s',
    (how, again) => {
      const { output, owner } = choked();
      const write = () => {
        const memory = output.reserve(200_000);
        output.commit(200_000);
        output.flush();
        return memory;
      };
      const first = write();
      const second = write();
      expect(second).not.toBe(first);
      if (how === 'drained') output.drained();
      else {
        owner.transport = { bufferedBytes: 0, write: () => true } as unknown as Transport;
        output.retarget();
      }
      expect([first, second].includes(write())).toBe(again);
    },
  );

  test('what the transport before it had counts no more with the next', () => {
    const { output, owner, keptOutput } = choked();
    output.writeOwned(new Uint8Array(100), undefined);
    owner.transport = { bufferedBytes: 0, write: () => true } as unknown as Transport;
    output.retarget();
    expect(keptOutput.bytes).toBe(0);
  });
});

describe('maxOutputBytesTotal', () => {
  /** Peers that read nothing, each on a path that takes 1000 bytes. */
  async function open(maxOutputBytesTotal: number, count: number) {
    const module = lines();
    const context = await createContext({
      use: [module],
      clock: new VirtualClock(),
      maxOutputBytesTotal,
      vhosts: [{ port: -1 }],
    });
    const [vhost] = context.vhosts;
    if (vhost === undefined) throw new Error('no vhost');
    const peers = [];
    for (let at = 0; at < count; at++) {
      const { peer } = await connectRawPeer(vhost, { capacity: 1000 });
      await peer.read(false);
      peers.push(peer);
    }
    return { context, vhost, peers, states: module.states as LineState[] };
  }

  test('over it the peer that waited longest is cut, with its code, a line and a count', async () => {
    const { context, vhost, states } = await open(20_000, 3);
    for (const line of states) {
      line.say('x'.repeat(9000));
      await settle();
    }
    expect(context.keptOutputBytes).toBe(16_000);
    expect(context.memory).toMatchObject({ output: 16_000, maxOutput: 20_000 });
    const gone = states.map(({ events }) => events.some((event) => event.startsWith('gone')));
    expect(gone).toEqual([true, false, false]);
    expect([...vhost.counters.refused]).toEqual([['LWS_ERR_OUTPUT_TOTAL', 1]]);
    expect(log.filter((line) => line.includes('LWS_ERR_OUTPUT_TOTAL'))).toHaveLength(1);
  });

  test('what a peer reads does not count any more, nor what a connection that ended had', async () => {
    const { context, peers, states } = await open(1_000_000, 2);
    for (const line of states) line.say('x'.repeat(9000));
    await settle();
    expect(context.keptOutputBytes).toBe(16_000);
    await peers[0]?.read(true);
    await settle();
    expect(context.keptOutputBytes).toBe(8000);
    states[1]?.host.abort();
    expect(context.keptOutputBytes).toBe(0);
  });

  test('bytes that are given away count, bytes that many have do not', async () => {
    const { context, states } = await open(1_000_000, 2);
    states[0]?.host.writeOwned(new Uint8Array(50_000));
    states[1]?.host.writeShared(new Uint8Array(50_000));
    await settle();
    expect(context.keptOutputBytes).toBe(49_000);
    states[1]?.say('x'.repeat(500));
    await settle();
    expect(context.keptOutputBytes).toBe(49_000);
  });
});

describe('a connection that writes until there is no room', () => {
  /** How much it writes in one turn. */
  async function turn(keptByOthers: number): Promise<number> {
    let written = 0;
    const module = lines({
      writeable(line) {
        while (line.host.room) {
          line.say('x'.repeat(1024));
          written += 1024;
        }
      },
    });
    const context = await createContext({
      use: [module],
      clock: new VirtualClock(),
      vhosts: [{ port: -1 }],
    });
    const [vhost] = context.vhosts;
    if (vhost === undefined) throw new Error('no vhost');
    for (let at = 0; at < 2; at++) await connectRawPeer(vhost);
    const [first, second] = module.states as LineState[];
    first?.host.keepsMore(keptByOthers);
    second?.host.requestWriteable();
    await settle();
    return written;
  }

  test.each([
    [2 * 2 ** 20, 64 * 1024],
    [2 * 2 ** 20 + 1, 16 * 1024],
  ])('with %i bytes kept by others gets %i', async (kept, budget) => {
    expect(await turn(kept)).toBe(budget);
  });
});

test('a thousand peers that read nothing pin little more than a message of 16 KiB each', async () => {
  const count = 1000;
  const message = 'x'.repeat(16 * 1024);
  const module = lines({
    writeable(line) {
      while (line.host.room) line.say(message);
      line.host.requestWriteable();
    },
  });
  const context = await createContext({
    use: [module],
    clock: new VirtualClock(),
    vhosts: [{ port: -1 }],
  });
  const [vhost] = context.vhosts;
  if (vhost === undefined) throw new Error('no vhost');
  for (let at = 0; at < count; at++) {
    const { peer } = await connectRawPeer(vhost, { capacity: 70_000 });
    await peer.read(false);
  }
  for (const { host } of module.states as LineState[]) host.requestWriteable();
  for (let turns = 0; turns < 40; turns++) await settle();
  const { pinnedOutput } = context.loop;
  // each has said more than its path takes
  expect(pinnedOutput).toBeGreaterThanOrEqual(count * 16 * 1024);
  expect(pinnedOutput).toBeLessThan(3 * 2 ** 20 + count * 16 * 1024);
  for (const { host } of module.states as LineState[]) host.abort();
  expect([context.loop.pinnedOutput, context.memory.output]).toEqual([0, 0]);
});

describe('maxInputBytesTotal', () => {
  /** Connections whose program takes a line and no more. */
  async function open(maxInputBytesTotal: number, count: number) {
    const module = lines({ line: (line) => line.host.rxFlowControl(false) });
    const context = await createContext({
      use: [module],
      clock: new VirtualClock(),
      maxInputBytesTotal,
      vhosts: [{ port: -1 }],
    });
    const [vhost] = context.vhosts;
    if (vhost === undefined) throw new Error('no vhost');
    const connections = [];
    for (let at = 0; at < count; at++) connections.push(await connectRawPeer(vhost));
    return { context, vhost, connections, states: module.states as LineState[] };
  }
  const gone = (states: readonly LineState[]): boolean[] =>
    states.map(({ events }) => events.some((event) => event.startsWith('gone')));

  test('over it the connection that kept some for the longest is cut, with its code, a line and a count', async () => {
    const { context, vhost, states } = await open(25_000, 3);
    for (const { host } of states) {
      host.holdsMore(10_000);
      await settle();
    }
    expect(context.memory).toMatchObject({ input: 20_000, maxInput: 25_000 });
    expect(gone(states)).toEqual([true, false, false]);
    expect([...vhost.counters.refused]).toEqual([['LWS_ERR_INPUT_TOTAL', 1]]);
    expect(log.filter((line) => line.includes('LWS_ERR_INPUT_TOTAL'))).toHaveLength(1);
  });

  test('without it a quarter of the memory is the bound', async () => {
    const { context } = await open(0, 0);
    expect(context.memory.maxInput).toBeGreaterThan(2 ** 20);
    expect(context.memory.maxInput).toBe(context.memory.maxOutput);
  });

  /** A connection whose program takes one line, and parks 2,500 bytes behind it. */
  async function park(vhost: Vhost): Promise<void> {
    const { peer } = await connectRawPeer(vhost);
    await peer.send(`one\n${'x'.repeat(2499)}\n`);
  }

  test('what is parked counts until it is taken', async () => {
    const { context, vhost, states } = await open(1_000_000, 0);
    await park(vhost);
    expect(context.memory.input).toBe(2500);
    states[0]?.host.holdsMore(100);
    expect(context.memory.input).toBe(2600);
    states[0]?.host.holdsMore(-100);
    states[0]?.host.rxFlowControl(true);
    await settle();
    expect(context.memory.input).toBe(0);
  });

  test('what is parked is bounded too', async () => {
    const { context, vhost, states } = await open(6000, 0);
    for (let at = 0; at < 3; at++) await park(vhost);
    expect(gone(states)).toEqual([true, false, false]);
    expect(context.memory.input).toBe(5000);
    expect([...vhost.counters.refused]).toEqual([['LWS_ERR_INPUT_TOTAL', 1]]);
  });

  test('of a connection that is over nothing counts, whatever is told later', async () => {
    const { context, states } = await open(1_000_000, 2);
    for (const { host } of states) host.holdsMore(5000);
    expect(context.memory.input).toBe(10_000);
    states[0]?.host.abort();
    expect(context.memory.input).toBe(5000);
    states[0]?.host.holdsMore(-5000);
    expect(context.memory.input).toBe(5000);
  });
});
