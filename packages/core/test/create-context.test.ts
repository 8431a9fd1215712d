import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { coreContextRules, coreVhostRules, createContext } from '@lws-ts/core';
import { type AnyModule, protocol, type Role } from '@lws-ts/interface';
import { VirtualClock } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { captureLog } from './captured-log.ts';
import { lines } from './line-role.ts';
import { connectTo, countListeners } from './loopback.ts';

const logged = captureLog();
const chat = protocol({ name: 'chat' });
const other = protocol({ name: 'other' });

/** As a program in JavaScript may call it. */
const create = createContext as (options: unknown) => ReturnType<typeof createContext>;

function module(name: string, more: Partial<AnyModule> = {}): AnyModule {
  return {
    name,
    needs: [],
    contextOptions: {},
    vhostOptions: {},
    install: () => ({}),
    ...more,
  };
}

describe('handlers that no module calls are warned of', () => {
  const groups = protocol({
    name: 'groups',
    ws: { message: () => undefined },
    raw: { rx: () => undefined },
    rawFile: { rx: () => undefined },
  });
  const role = (name: string, more: Partial<Role> = {}): AnyModule =>
    module(name, { install: () => ({ roles: [{ name, ...more }] }) });
  const adopt: Role['adopt'] = () => () => {
    throw new Error('not called');
  };

  test.each<[string, AnyModule[], string[]]>([
    ['all', [], ['ws', 'raw', 'rawFile']],
    ['of raw alone', [role('ws')], ['raw', 'rawFile']],
    ['of ws alone', [role('raw', { adopt })], ['ws']],
    ['none', [role('ws'), role('raw', { adopt })], []],
  ])('%s', async (_which, modules, warned) => {
    const context = await createContext({
      use: [lines(), ...modules],
      vhosts: [{ port: -1, protocols: [chat, groups] }],
    });
    const of = (group: string): string =>
      `warn LWS_ERR_MODULE_MISSING nothing calls the ${group} handlers of protocol groups of vhost default: ` +
      `they need @lws-ts/${group === 'ws' ? 'ws' : 'raw'} in use`;
    expect(logged).toEqual(warned.map(of));
    await context.close({ deadlineSecs: 0 });
  });
});

describe('wrong options', () => {
  const use = [lines()];
  test.each<[what: string, options: unknown, code: string, says: string]>([
    ['nothing', undefined, 'LWS_ERR_OPTION', 'no options'],
    ['null', null, 'LWS_ERR_OPTION', 'no options'],
    ['a Map', new Map([['use', use]]), 'LWS_ERR_OPTION', 'no options'],
    ['no use', {}, 'LWS_ERR_OPTION', 'use'],
    ['use of something else', { use: [{ name: 'x' }] }, 'LWS_ERR_OPTION', 'use'],
    ['use of null', { use: [null] }, 'LWS_ERR_OPTION', 'use[0] of the context is no module'],
    [
      'what makes a module, not called',
      { use: [...use, lines] },
      'LWS_ERR_OPTION',
      'use[1] of the context is no module, but a function to be called',
    ],
    ['vhosts that is no list', { use, vhosts: {} }, 'LWS_ERR_OPTION', 'vhosts'],
    ['a vhost that is none', { use, vhosts: [null] }, 'LWS_ERR_OPTION', 'vhost'],
    ['an unknown option', { use, txBudgte: 1 }, 'LWS_ERR_OPTION_UNKNOWN', 'did you mean txBudget?'],
    [
      'an unknown option beside vhosts',
      { use, vhosts: [], txbudget: 1 },
      'LWS_ERR_OPTION_UNKNOWN',
      'did you mean txBudget?',
    ],
    [
      'an unknown option of a vhost',
      { use, vhosts: [{ prot: 80 }] },
      'LWS_ERR_OPTION_UNKNOWN',
      'did you mean port?',
    ],
    [
      'a vhost option beside vhosts',
      { use, vhosts: [], port: 80 },
      'LWS_ERR_OPTION_UNKNOWN',
      'port of the context; beside vhosts it belongs into one of them',
    ],
    ['txBudget below', { use, txBudget: 4095 }, 'LWS_ERR_OPTION', '4096 to 1048576'],
    ['txBudget above', { use, txBudget: 1048577 }, 'LWS_ERR_OPTION', '4096 to 1048576'],
    ['txBudget as a string', { use, txBudget: '65536' }, 'LWS_ERR_OPTION', '"65536"'],
    ['kaTime', { use, kaTime: -1 }, 'LWS_ERR_OPTION', 'kaTime'],
    ['clock', { use, clock: { now: () => 0 } }, 'LWS_ERR_OPTION', 'clock'],
    ['an empty interface', { use, interface: '' }, 'LWS_ERR_OPTION', 'interface'],
    ['port above', { use, port: 65536 }, 'LWS_ERR_OPTION', 'port'],
    ['port below', { use, port: -2 }, 'LWS_ERR_OPTION', 'port'],
    ['port with a fraction', { use, port: 80.5 }, 'LWS_ERR_OPTION', 'port'],
    ['a name with a space', { use, name: 'a b' }, 'LWS_ERR_OPTION', 'name'],
    ['an empty name', { use, name: '' }, 'LWS_ERR_OPTION', 'name'],
    ['holdTimeoutSecs', { use, holdTimeoutSecs: 0 }, 'LWS_ERR_OPTION', '1 to 3600'],
    ['protocols that is no list', { use, protocols: chat }, 'LWS_ERR_OPTION', 'protocols'],
    [
      'a protocol that is none',
      { use, protocols: [{ name: 'chat' }] },
      'LWS_ERR_PROTOCOL_DEFINITION',
      'protocol()',
    ],
    [
      'a protocol twice',
      { use, protocols: [chat, chat.with({})] },
      'LWS_ERR_PROTOCOL_TWICE',
      'chat',
    ],
    [
      'two defaults',
      { use, protocols: [chat.with({ default: true }), other.with({ default: true })] },
      'LWS_ERR_PROTOCOL_TWICE',
      'chat and other',
    ],
    ['a first role that is not there', { use, firstRole: 'h1' }, 'LWS_ERR_NO_ROLE', 'h1'],
    ['no role', { use: [module('empty')] }, 'LWS_ERR_NO_ROLE', 'no module'],
    ['no module', { use: [] }, 'LWS_ERR_NO_ROLE', 'no module'],
    ['a module twice', { use: [...use, lines()] }, 'LWS_ERR_MODULE_TWICE', 'lines'],
    [
      'a module without what it needs',
      { use: [...use, module('m', { needs: ['@lws-ts/http'] })] },
      'LWS_ERR_MODULE_MISSING',
      'm needs @lws-ts/http',
    ],
    [
      'two vhosts of a name and port',
      { use, vhosts: [{ name: 'a.com' }, { name: 'A.COM.' }] },
      'LWS_ERR_VHOST_TWICE',
      'A.COM.',
    ],
  ])('%s', async (_what, options, code, says) => {
    await expect(create(options)).rejects.toMatchObject({ code });
    await expect(create(options)).rejects.toThrow(says);
  });

  test.each(Object.entries({ ...coreContextRules, ...coreVhostRules }))(
    'undefined is the default of %s',
    async (name, { fallback }) => {
      const context = await create({ use: [lines()], port: -1, [name]: undefined });
      const resolved = { ...context.options, ...context.vhosts[0]?.options };
      expect(resolved[name]).toBe(name === 'port' ? 0 : fallback);
      await context.close();
    },
  );

  test('options of modules are known, to the context and to vhosts', async () => {
    const one = module('one', {
      contextOptions: { pool: { kind: 'integer', fallback: 256, min: 1, max: 1000 } },
      vhostOptions: { shade: { kind: 'boolean', fallback: false } },
    });
    const all = { use: [lines(), one], port: -1, pool: 7, shade: true };
    const context = await create(all);
    expect(context.options).toMatchObject({ pool: 7, txBudget: 65536 });
    expect(context.vhosts[0]?.options).toMatchObject({ shade: true, name: 'default' });
    await context.close();
    await expect(create({ ...all, pool: 0 })).rejects.toMatchObject({ code: 'LWS_ERR_OPTION' });
    await expect(create({ ...all, shade: 1 })).rejects.toMatchObject({ code: 'LWS_ERR_OPTION' });
  });
});

describe('vhosts', () => {
  test('without `vhosts` there is one named default', async () => {
    const context = await createContext({ use: [lines()], port: -1, protocols: [chat] });
    const [vhost] = context.vhosts;
    expect([context.vhosts.length, vhost?.name, vhost?.port]).toEqual([1, 'default', -1]);
    expect(vhost?.protocolByName('chat')?.name).toBe('chat');
    expect(vhost?.protocolByName('other')).toBeUndefined();
    await context.close();
  });

  test('an empty list makes none until createVhost', async () => {
    const context = await createContext({ use: [lines()], vhosts: [] });
    expect(context.vhosts).toEqual([]);
    const vhost = await context.createVhost({ name: 'late', interface: '127.0.0.1' });
    expect([vhost.name, context.vhosts, context.vhost('late')]).toEqual(['late', [vhost], vhost]);
    expect(await connectTo(vhost.port)).toBe('connected');
    await expect(context.createVhost({ name: 'x', prot: 1 } as object)).rejects.toMatchObject({
      code: 'LWS_ERR_OPTION_UNKNOWN',
    });
    await context.close();
    await expect(context.createVhost({})).rejects.toMatchObject({ code: 'LWS_ERR_CONTEXT_CLOSED' });
    expect(await connectTo(vhost.port)).toBe('refused');
  });

  test('a later one may name the port that the system chose', async () => {
    const at = { interface: '127.0.0.1' };
    const context = await createContext({ use: [lines()], vhosts: [{ name: 'a', ...at }] });
    const before = await countListeners();
    const port = context.vhosts[0]?.port as number;
    const later = await context.createVhost({ name: 'b', ...at, port });
    expect([later.port, await countListeners()]).toEqual([port, before]);
    await context.vhost('a')?.destroy();
    const again = await context.createVhost({ name: 'c', ...at });
    expect(again.port).toBe(port);
    await context.close({ deadlineSecs: 0 });
  });

  test('of one port and interface share a listener, and tell its port', async () => {
    const before = await countListeners();
    const context = await createContext({
      use: [lines()],
      vhosts: ['a.com', 'b.com', 'c.com'].map((name) => ({ name, interface: '127.0.0.1' })),
    });
    const ports = new Set(context.vhosts.map(({ port }) => port));
    expect(ports.size).toBe(1);
    expect((await countListeners()) - before).toBe(1);
    const later = await context.createVhost({ name: 'd.com', interface: '127.0.0.1' });
    expect(ports.has(later.port)).toBe(true);
    expect(later.sibling('www.b.com').name).toBe('b.com');
    expect(later.sibling('nobody').name).toBe('a.com');
    await context.close();
  });

  test('of another port are not chosen by the name a peer asks for', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    taken.close();
    await once(taken, 'close');
    const context = await createContext({
      use: [lines()],
      vhosts: [
        { name: 'a.com', interface: '127.0.0.1' },
        { name: 'b.com', interface: '127.0.0.1', port },
      ],
    });
    const [a, b] = context.vhosts;
    expect(b?.port).toBe(port);
    expect(a?.port).not.toBe(port);
    expect(a?.sibling('b.com').name).toBe('a.com');
    expect(b?.sibling('a.com').name).toBe('b.com');
    await context.close();
  });

  test('`interface` takes an address or a name', async () => {
    const context = await createContext({
      use: [lines()],
      vhosts: [
        { name: 'a.com', interface: 'lo' },
        { name: 'b.com', interface: '127.0.0.2' },
      ],
    });
    const [a, b] = context.vhosts.map(({ port }) => port);
    expect(a).not.toBe(b);
    expect(await connectTo(a as number, '127.0.0.1')).toBe('connected');
    expect(await connectTo(a as number, '127.0.0.2')).toBe('refused');
    expect(await connectTo(b as number, '127.0.0.2')).toBe('connected');
    await context.close();
  });

  test('protocols are told of their vhost: init, then destroy, once each', async () => {
    const told: string[] = [];
    const counted = protocol({
      name: 'counted',
      vhostData: (vhost) => vhost.name,
      init: (vhost, data) => void told.push(`init ${vhost.name} ${data}`),
      destroy: (vhost, data) => void told.push(`destroy ${vhost.name} ${data}`),
    });
    const context = await createContext({
      use: [lines()],
      vhosts: ['a', 'b'].map((name) => ({ name, port: -1, protocols: [counted] })),
    });
    expect(told).toEqual(['init a a', 'init b b']);
    await context.close();
    await context.close();
    expect(told.slice(2)).toEqual(['destroy a a', 'destroy b b']);
  });
});

describe('a port that cannot be had', () => {
  async function taken() {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    return { server, port: typeof address === 'object' && address !== null ? address.port : 0 };
  }

  test('is LWS_ERR_LISTEN with its cause, and nothing stays open', async () => {
    const { server, port } = await taken();
    const before = await countListeners();
    const told: string[] = [];
    const vhosts = [
      { name: 'fine', interface: '127.0.0.1' },
      { name: 'taken', interface: '127.0.0.1', port },
    ];
    const use = [
      lines(),
      module('m', {
        install: () => ({
          vhostCreated: ({ name }) => void told.push(`created ${name}`),
          vhostDestroyed: ({ name }) => void told.push(`destroyed ${name}`),
          destroy: () => void told.push('destroy'),
        }),
      }),
    ];
    await expect(createContext({ use, vhosts })).rejects.toMatchObject({
      code: 'LWS_ERR_LISTEN',
      message: expect.stringContaining(`vhost taken on port ${port}`),
      cause: expect.objectContaining({ code: 'EADDRINUSE' }),
      hint: 'Another program listens there: end it, or choose another port.',
    });
    expect(await countListeners()).toBe(before);
    expect(told).toEqual([
      'created fine',
      'created taken',
      'destroyed taken',
      'destroyed fine',
      'destroy',
    ]);
    server.close();
  });

  test('costs createVhost its vhost, and nobody else anything', async () => {
    const { server, port } = await taken();
    const context = await createContext({ use: [lines()], interface: '127.0.0.1' });
    const [vhost] = context.vhosts;
    const add = () => context.createVhost({ name: 'late', interface: '127.0.0.1', port });
    await expect(add()).rejects.toMatchObject({ code: 'LWS_ERR_LISTEN' });
    expect([context.closed, context.vhosts]).toEqual([false, [vhost]]);
    expect(await connectTo(vhost?.port ?? 0)).toBe('connected');
    await new Promise((resolve) => server.close(resolve));
    expect((await add()).port).toBe(port);
    await context.close();
  });

  test('an address that is not one', async () => {
    const options = { use: [lines()], interface: '192.0.2.1' };
    await expect(createContext(options)).rejects.toMatchObject({ code: 'LWS_ERR_LISTEN' });
  });

  test('vhosts that are added together', async () => {
    const context = await createContext({ use: [lines()], vhosts: [], clock: new VirtualClock() });
    const made = await Promise.all(
      ['a', 'b', 'c'].map((name) => context.createVhost({ name, interface: '127.0.0.1' })),
    );
    expect(new Set(made.map(({ port }) => port)).size).toBe(1);
    await context.close();
  });

  test('a context that is closed while a vhost is added', async () => {
    const before = await countListeners();
    const context = await createContext({ use: [lines()], vhosts: [] });
    const adding = context.createVhost({ interface: '127.0.0.1' });
    const closing = context.close();
    await expect(adding).rejects.toMatchObject({ code: 'LWS_ERR_CONTEXT_CLOSED' });
    await closing;
    expect(await countListeners()).toBe(before);
  });
});

describe('what a vhost throws when it is made', () => {
  const broken = protocol({
    name: 'broken',
    init() {
      throw new Error('no init');
    },
  });

  test('fails the context, and what was begun is ended', async () => {
    const told: string[] = [];
    const fine = protocol({ name: 'fine', destroy: () => void told.push('destroy') });
    const options = { use: [lines()], vhosts: [{ port: -1, protocols: [fine, broken] }] };
    await expect(createContext(options)).rejects.toThrow('no init');
    expect(told).toEqual(['destroy']);
  });

  test('fails createVhost alone; its name is free again', async () => {
    const context = await createContext({ use: [lines()], vhosts: [] });
    const options = { name: 'late', interface: '127.0.0.1' };
    await expect(context.createVhost({ ...options, protocols: [broken] })).rejects.toThrow(
      'no init',
    );
    expect(context.vhosts).toEqual([]);
    expect((await context.createVhost(options)).name).toBe('late');
    await context.close();
  });
});
