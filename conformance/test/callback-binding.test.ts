/** Where the binding of a connection to the protocol of a mount ends, over TCP: at another vhost, and at an upgrade. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createContext, type LwsContext, protocol, setLogLevel } from 'lws-ts';
import { afterEach, beforeEach, expect, test } from 'vitest';

let context: LwsContext | undefined;
let socket: Socket | undefined;
let events: string[];

const counter = protocol({
  name: 'counter',
  session: () => ({ count: 0 }),
  http: {
    checkAccessRights: (wsi) => wsi.header('x-no') === undefined,
    bindProtocol: (wsi) => void events.push(`bind ${wsi.vhost.name}`),
    request(wsi) {
      wsi.session.count++;
      wsi.reply(200, [], `${wsi.vhost.name} ${wsi.session.count}`);
    },
    dropProtocol: (wsi) => void events.push(`drop ${wsi.vhost.name} ${wsi.session.count}`),
  },
  ws: { established: () => void events.push('established') },
});

beforeEach(async () => {
  setLogLevel('err');
  events = [];
  const mounts = [{ mountpoint: '/', origin: 'callback://counter' }];
  const shared = { port: 0, interface: '127.0.0.1', mounts };
  context = await createContext({
    vhosts: ['a.test', 'b.test'].map((name) => ({
      ...shared,
      name,
      protocols: [counter.with({ default: true })],
    })),
  });
  socket = connect(context.vhosts[0]?.port ?? 0, '127.0.0.1');
  await once(socket, 'connect');
});
afterEach(async () => {
  socket?.destroy();
  await context?.close({ deadlineSecs: 1 });
});

/** Sends one request and gives what came, up to the text that ends it. */
async function ask(head: string, end: RegExp): Promise<string> {
  socket?.write(head);
  let heard = '';
  while (!end.test(heard)) heard += String((await once(socket as Socket, 'data'))[0]);
  return heard;
}

const get = (host: string): Promise<string> =>
  ask(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`, /\r\n\r\n\S+ \d$/).then(
    (heard) => heard.split('\r\n\r\n')[1] ?? '',
  );

test('another vhost of the port has a binding of its own, and the one before is over', async () => {
  const heard: string[] = [];
  for (const host of ['a.test', 'a.test', 'b.test', 'b.test', 'a.test'])
    heard.push(await get(host));
  expect(heard).toEqual(['a.test 1', 'a.test 2', 'b.test 1', 'b.test 2', 'a.test 1']);
  expect(events).toEqual([
    'bind a.test',
    'drop a.test 2',
    'bind b.test',
    'drop b.test 2',
    'bind a.test',
  ]);
});

test('a WebSocket ends the binding of its connection', async () => {
  expect([await get('a.test'), await get('a.test')]).toEqual(['a.test 1', 'a.test 2']);
  const heard = await ask(
    'GET / HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
    /\r\n\r\n$/,
  );
  expect(heard.slice(0, 13)).toBe('HTTP/1.1 101 ');
  expect(events).toEqual(['bind a.test', 'drop a.test 2', 'established']);
});

test('a WebSocket does not get past checkAccessRights', async () => {
  const heard = await ask(
    'GET / HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-No: 1\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
    /\r\n\r\n/,
  );
  expect(heard.slice(0, 13)).toBe('HTTP/1.1 403 ');
  expect(events).not.toContain('established');
});

test('the end of the connection ends it once', async () => {
  await get('b.test');
  socket?.destroy();
  const end = Date.now() + 5000;
  while (events.length < 2 && Date.now() < end) await new Promise((next) => setImmediate(next));
  expect(events).toEqual(['bind b.test', 'drop b.test 1']);
});
