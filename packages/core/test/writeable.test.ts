import { createContext } from '@lws-ts/core';
import { protocol } from '@lws-ts/interface';
import { connectRawPeer, settle, VirtualClock } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { type LineState, lines } from './line-role.ts';

/** Two vhosts with the same two protocols, two connections of each protocol on each. */
async function open() {
  const chat = protocol({ name: 'chat' });
  const other = protocol({ name: 'other' });
  const module = lines();
  const context = await createContext({
    use: [module],
    clock: new VirtualClock(),
    vhosts: ['a.com', 'b.com'].map((name) => ({ name, port: -1, protocols: [chat, other] })),
  });
  const states = new Map<string, LineState>();
  for (const vhost of context.vhosts)
    for (const bound of vhost.protocols)
      for (const number of [1, 2]) {
        await connectRawPeer(vhost);
        const state = module.states.at(-1) as LineState;
        state.host.bind(bound, undefined);
        states.set(`${vhost.name} ${bound.name} ${number}`, state);
      }
  const asked = async (): Promise<string[]> => {
    await settle();
    const served = [...states].filter(([, state]) => state.events.splice(0).length > 0);
    return served.map(([name]) => name);
  };
  return { context, chat, other, states, asked };
}

describe('requestWriteable', () => {
  test('of one wsi', async () => {
    const { states, asked } = await open();
    states.get('a.com chat 2')?.host.requestWriteable();
    expect(await asked()).toEqual(['a.com chat 2']);
    expect(await asked()).toEqual([]);
  });

  test('of all of a protocol on a vhost', async () => {
    const { context, chat, asked } = await open();
    context.vhost('b.com')?.requestWriteableAll(chat);
    expect(await asked()).toEqual(['b.com chat 1', 'b.com chat 2']);
    context.vhost('a.com')?.protocolByName('other')?.requestWriteableAll();
    expect(await asked()).toEqual(['a.com other 1', 'a.com other 2']);
  });

  test('of all of a protocol in the context', async () => {
    const { context, chat, asked } = await open();
    context.requestWriteableAll(chat);
    expect(await asked()).toEqual(['a.com chat 1', 'a.com chat 2', 'b.com chat 1', 'b.com chat 2']);
  });

  test('asks nobody for a protocol that is not there', async () => {
    const { context, asked } = await open();
    context.requestWriteableAll(protocol({ name: 'stranger' }));
    expect(await asked()).toEqual([]);
  });

  test.each(['chat', undefined, null, 5, function chat() {}, {}])(
    'of all of %s, which is no protocol, is refused',
    async (wrong) => {
      const { context } = await open();
      const refused = expect.objectContaining({ code: 'LWS_ERR_OPTION' });
      for (const one of [context, context.vhosts[0]])
        expect(() => one?.requestWriteableAll(wrong as never)).toThrow(refused);
    },
  );

  test('often is once', async () => {
    const { states } = await open();
    const state = states.get('a.com chat 1') as LineState;
    for (let at = 0; at < 10; at++) state.host.requestWriteable();
    await settle();
    expect(state.events).toEqual(['writeable']);
  });

  test('who is gone, or bound to another, is not asked', async () => {
    const { context, chat, states, asked } = await open();
    const vhost = context.vhost('a.com');
    const [first, second] = [1, 2].map((at) => states.get(`a.com chat ${at}`) as LineState);
    first?.host.abort();
    second?.host.bind(vhost?.protocolByName('other'), undefined);
    await settle();
    first?.events.splice(0);
    expect(vhost?.connectionsByProtocol()).toEqual(
      new Map([
        ['chat', 0],
        ['other', 3],
      ]),
    );
    vhost?.requestWriteableAll(chat);
    expect(await asked()).toEqual([]);
    second?.host.bind(undefined, undefined);
    expect(vhost?.connectionsByProtocol().get('other')).toBe(2);
  });

  test('who was asked by another in its own turn is not asked for ever', async () => {
    const { states, context, chat } = await open();
    for (const state of states.values()) state.host.requestWriteable();
    await settle();
    for (let at = 0; at < 5; at++) context.requestWriteableAll(chat);
    await settle();
    expect(states.get('a.com chat 1')?.events).toEqual(['writeable', 'writeable']);
  });
});

describe('selectVhost', () => {
  test('takes a connection off the list it stood on', async () => {
    const chat = protocol({ name: 'chat' });
    const module = lines();
    const context = await createContext({
      use: [module],
      clock: new VirtualClock(),
      vhosts: ['a.com', 'b.com'].map((name) => ({
        name,
        interface: '127.0.0.1',
        protocols: [chat],
      })),
    });
    const [a, b] = context.vhosts;
    if (a === undefined || b === undefined) throw new Error('no vhosts');
    const { peer } = await connectRawPeer(a);
    const host = (module.states[0] as LineState).host;
    host.bind(a.protocolByName('chat'), undefined);
    expect(host.selectVhost('www.b.com:80')).toBe(b);
    expect([host.vhost, a.connectionsByProtocol().get('chat')]).toEqual([b, 0]);
    host.bind(b.protocolByName('chat'), undefined);
    await peer.send('a\n');
    expect([a.counters.rx, b.counters.rx]).toEqual([0, 2]);
    await peer.reset();
    expect(b.connectionsByProtocol().get('chat')).toBe(0);
    await context.close({ deadlineSecs: 0 });
  });
});
