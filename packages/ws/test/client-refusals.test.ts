/** A client that its own program stops while it is being established, and what it can be told wrongly then. */
import { type Context, createContext, setLogLevel } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { type ClientHandlers, LwsError, protocol, type Wsi } from '@lws-ts/interface';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ws } from '../src/index.ts';
import { answerTo, fieldOf, type Script, ScriptedServer } from './scripted-server.ts';

type Handlers = ClientHandlers<{ of: string }, unknown>;

let closers: (() => unknown)[];
let lines: string[];
let events: string[];
let errors: LwsError[];

beforeEach(() => {
  closers = [];
  lines = [];
  events = [];
  errors = [];
  setLogLevel(undefined, (_level, line) => void lines.push(line));
});
afterEach(async () => {
  for (const close of closers.reverse()) await close();
  setLogLevel(undefined, null);
});

const accept: Script = (head, socket) => void socket.write(answerTo(head));

async function scripted(script: Script = accept): Promise<ScriptedServer> {
  const server = await ScriptedServer.listen(script);
  closers.push(() => server.close());
  return server;
}

/** A context of the protocols `first` and `second`, whose events are kept. */
async function client(handlers: Handlers): Promise<Context> {
  const make = (name: string) =>
    protocol({
      name,
      session: () => ({ of: name }),
      client: {
        established: (wsi) => void events.push(`${name} established ${wsi.session.of}`),
        closed: (wsi) => void events.push(`${name} closed ${wsi.session.of}`),
        connectionError(wsi, error) {
          events.push(`${name} ${error.code} ${wsi.session.of}`);
          errors.push(error);
        },
        ...handlers,
      } as Handlers,
    });
  const context = await createContext({
    use: [http(), ws()],
    vhosts: [{ name: 'out', port: -1, protocols: [make('first'), make('second')] }],
  });
  closers.push(() => context.close({ deadlineSecs: 0 }));
  return context as Context;
}

async function until(done: () => boolean): Promise<void> {
  for (let turn = 0; !done(); turn++) {
    if (turn > 1000) throw new Error(`waited in vain: ${JSON.stringify([events, lines])}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Gives every event the time to come twice. */
async function told(): Promise<string[]> {
  await until(() => events.length > 0);
  await new Promise((resolve) => setTimeout(resolve, 10));
  return events;
}

describe.each<[string, (wsi: Wsi<unknown, unknown>) => void]>([
  ['abort()', (wsi) => wsi.abort()],
  ['close()', (wsi) => wsi.close()],
])('%s', (_how, stop) => {
  test.each<[string, Handlers]>([
    ['appendHandshakeHeader', { appendHandshakeHeader: (wsi) => stop(wsi) }],
    [
      'filterPreEstablish',
      {
        filterPreEstablish(wsi) {
          stop(wsi);
          return true;
        },
      },
    ],
  ])('in %s: never established', async (_name, handlers) => {
    const context = await client(handlers);
    const { url } = await scripted();
    const opening = context.open({ url }).catch((error: unknown) => error);
    expect(await told()).toEqual(['first LWS_ERR_CONNECT_ABORTED first']);
    expect(await opening).toBe(errors[0]);
  });
});

describe('a handler that says no', () => {
  test.each<[string, Handlers]>([
    ['appendHandshakeHeader', { appendHandshakeHeader: () => -1 }],
    ['filterPreEstablish', { filterPreEstablish: () => false }],
  ])('%s: refused, once in log and counter, and not tried again', async (_name, handlers) => {
    const context = await client(handlers);
    const server = await scripted();
    const opening = context.open({ url: server.url, retry: { tableMs: [1] } });
    await expect(opening).rejects.toMatchObject({ code: 'LWS_ERR_WS_CLIENT_REFUSED' });
    expect(await told()).toEqual(['first LWS_ERR_WS_CLIENT_REFUSED first']);
    expect(server.sockets.length).toBe(1);
    expect([...(context.vhosts[0]?.counters.refused ?? [])]).toEqual([
      ['LWS_ERR_WS_CLIENT_REFUSED', 1],
    ]);
  });

  test('once the server chose a subprotocol, its protocol is told, with its own session', async () => {
    const context = await client({ filterPreEstablish: () => false });
    const { url } = await scripted((head, socket) =>
      socket.write(answerTo(head, { 'Sec-WebSocket-Protocol': 'second' })),
    );
    context.connect({ url, protocols: ['first', 'second'] });
    expect(await told()).toEqual(['second LWS_ERR_WS_CLIENT_REFUSED second']);
  });

  test('a protocol without a client group is not chosen', async () => {
    const context = await createContext({
      use: [http(), ws()],
      vhosts: [
        {
          port: -1,
          protocols: [
            protocol({ name: 'first', client: { established: () => void events.push('first') } }),
            protocol({ name: 'second', ws: { established: () => void events.push('ws') } }),
          ],
        },
      ],
    });
    closers.push(() => context.close({ deadlineSecs: 0 }));
    const { url } = await scripted((head, socket) =>
      socket.write(answerTo(head, { 'Sec-WebSocket-Protocol': 'second' })),
    );
    await context.open({ url, protocols: ['second', 'first'] });
    expect(await told()).toEqual(['first']);
  });

  test('one that throws is counted once, and what it threw is the cause', async () => {
    const thrown = new Error('x');
    const context = await client({
      filterPreEstablish: () => {
        throw thrown;
      },
    });
    const { url } = await scripted();
    context.connect({ url });
    expect(await told()).toEqual(['first LWS_ERR_HANDLER_THREW first']);
    expect(errors[0]?.cause).toBe(thrown);
    expect(context.vhosts[0]?.counters.refused.get('LWS_ERR_HANDLER_THREW')).toBe(1);
    expect(lines.filter((line) => line.includes('LWS_ERR_HANDLER_THREW'))).toHaveLength(1);
  });
});

test('a context that cuts at once: open() rejects with what connectionError is told', async () => {
  const context = await client({});
  const { url } = await scripted(() => undefined);
  const opening = context.open({ url }).catch((error: unknown) => error);
  await context.close({ deadlineSecs: 0 });
  const error = await opening;
  expect(error).toBeInstanceOf(LwsError);
  expect(error).toBe(errors[0]);
  expect(await told()).toEqual(['first LWS_ERR_CONNECT_ABORTED first']);
  expect(context.vhosts[0]?.counters.refused.get('LWS_ERR_CONNECT_ABORTED')).toBe(1);
});

test('a proxy of the environment that cannot be spoken to is named, not blamed on a handler', async () => {
  const context = await client({});
  const before = process.env['http_proxy'];
  process.env['http_proxy'] = 'https://proxy.example:1';
  try {
    context.connect({ url: 'ws://a.example/' });
    expect(events).toEqual([]);
    expect(await told()).toEqual(['first LWS_ERR_OPTION first']);
    expect(errors[0]?.message).toContain('http_proxy');
  } finally {
    if (before === undefined) delete process.env['http_proxy'];
    else process.env['http_proxy'] = before;
  }
});

test('a request head that is too long is told as such', async () => {
  const context = await client({});
  const { url } = await scripted();
  context.connect({ url: `${url}${'x'.repeat(70_000)}` });
  expect(await told()).toEqual(['first LWS_ERR_HTTP_REPLY_LIMIT first']);
});

test('a lookup that throws is the program’s', async () => {
  const context = await client({});
  context.connect({
    url: 'ws://a.example/',
    lookup: () => {
      throw new Error('x');
    },
  });
  expect(await told()).toEqual(['first LWS_ERR_HANDLER_THREW first']);
});

describe('credentials of the URL', () => {
  test('go again to the same server', async () => {
    const context = await client({});
    const server = await scripted((head, socket) =>
      head.startsWith('GET /to ')
        ? accept(head, socket)
        : void socket.end(answerTo(head, { Location: '/to' }, '302 x')),
    );
    await context.open({ url: server.url.replace('//', '//u:p@') });
    expect(server.heads.map((head) => fieldOf(head, 'authorization'))).toEqual([
      'Basic dTpw',
      'Basic dTpw',
    ]);
  });

  test('do not come back by way of another server', async () => {
    const context = await client({});
    const other = await scripted((head, socket) =>
      socket.end(answerTo(head, { Location: `${server.url}back` }, '302 x')),
    );
    const server: ScriptedServer = await scripted((head, socket) =>
      head.startsWith('GET /back ')
        ? accept(head, socket)
        : void socket.end(answerTo(head, { Location: other.url }, '302 x')),
    );
    await context.open({
      url: server.url.replace('//', '//u:p@'),
      headers: { cookie: 'a=b' },
    });
    const seen = [...server.heads, ...other.heads].map((head) => [
      fieldOf(head, 'authorization'),
      fieldOf(head, 'cookie'),
    ]);
    expect(seen).toEqual([
      ['Basic dTpw', 'a=b'],
      [undefined, undefined],
      [undefined, undefined],
    ]);
  });
});

test('an answer of HTTP/1.0 cannot upgrade', async () => {
  const context = await client({});
  const { url } = await scripted((head, socket) =>
    socket.write(answerTo(head).replace('HTTP/1.1', 'HTTP/1.0')),
  );
  context.connect({ url });
  expect(await told()).toEqual(['first LWS_ERR_WS_CLIENT_ANSWER first']);
});

test('a deadline and a timer of an attempt that failed do not fire in the next one', async () => {
  let asked = 0;
  const server = await scripted((head, socket) => {
    asked++;
    if (asked === 1) socket.destroy();
    else setTimeout(() => socket.write(answerTo(head)), 120);
  });
  const context = await client({
    appendHandshakeHeader(wsi) {
      if (asked > 0) return;
      wsi.setTimeout('user-1', 0.1);
      wsi.setTimerMs(100);
    },
    timer: () => void events.push('timer'),
  });
  const wsi = await context.open({
    url: server.url,
    protocols: 'first',
    retry: { tableMs: [1], concealCount: 1 },
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect([asked, events]).toEqual([2, ['first established first']]);
  expect(wsi.timeoutReason).toBeUndefined();
});
