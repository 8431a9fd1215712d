import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { startHttpGenerator } from '../harness/generator.mjs';
import { contentOf } from '../servers/http-files.mjs';
import { generatorOf, runLoad } from './run-load.ts';

const connections = 3;
const warmup = 20;
const messages = 200;
const size = 1024;
const good = whole(contentOf(size).toString());
const { binary, reason } = generatorOf('httpload');

/** What one request is answered with; `nth` from 0 on. */
type Answer = (request: string, nth: number) => string;

describe.skipIf(reason !== '')(`the load generator for HTTP${reason}`, () => {
  test.each([1, 7])('asks as often as it was told and no more: %i in flight', async (inflight) => {
    const asked = new Set<string>();
    let count = 0;
    const run = await load({ inflight, fields: ['X-One: 1', 'X-Two: 2'] }, (request) => {
      asked.add(request.replace(/:\d+/, ''));
      count++;
      return good;
    });
    expect(run).toEqual({ counted: messages, status: 0 });
    expect(count).toBe(warmup + messages);
    expect([...asked]).toEqual(['GET /it HTTP/1.1\r\nHost: localhost\r\nX-One: 1\r\nX-Two: 2']);
  });

  test('answers may come in any pieces', async () => {
    expect(await load({ inflight: 3 }, () => good, 700)).toEqual({ counted: messages, status: 0 });
    expect(await load({ inflight: 3, messages: 6, warmup: 0 }, () => good, 1)).toEqual({
      counted: 6,
      status: 0,
    });
  });

  test('a body may be what it is told', async () => {
    const run = { size: 5, body: 'hello' };
    expect(await load(run, () => whole('hello'))).toEqual({ counted: messages, status: 0 });
    expect(await load(run, () => whole('hallo'))).toEqual({ counted: 0, status: 3 });
  });

  test.each<[string, Answer]>([
    ['of another status', () => good.replace('200', '206')],
    ['of another length', () => whole(contentOf(size - 1).toString())],
    ['without a length', () => good.replace(/Content-Length.*\r\n/, '')],
    ['with another byte', () => `${good.slice(0, -1)}!`],
    ['no HTTP', () => `x${good}`],
    ['twice', () => good + good],
    ['a head without an end', () => `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(9000)}`],
  ])('an answer that is %s ends it with 3', async (_name, answer) => {
    expect(await load({}, answer)).toEqual({ counted: 0, status: 3 });
  });

  test('a server that is not there ends it with 2, one that closes with 4', async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await go(port, {})).toEqual({ counted: 0, status: 4 });
    server.close();
    await once(server, 'close');
    expect(await go(port, {})).toEqual({ counted: 0, status: 2 });
  });
});

interface Load {
  readonly inflight?: number;
  readonly size?: number;
  readonly messages?: number;
  readonly warmup?: number;
  readonly body?: string;
  readonly fields?: readonly string[];
}

/** Runs the generator, every byte compared, against a server that sends its answers in pieces of so many bytes. */
async function load(given: Load, answer: Answer, piece = 1 << 20): Promise<object> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    serve(socket, answer, piece);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const result = await go((server.address() as AddressInfo).port, given);
  for (const socket of sockets) socket.destroy();
  server.close();
  return result;
}

async function go(port: number, given: Load): Promise<{ counted: number; status: unknown }> {
  const run = { port, connections, inflight: 2, path: '/it', size, warmup, messages, verify: true };
  return runLoad(startHttpGenerator(binary, { ...run, ...given }, 'ignore'));
}

function serve(socket: Socket, answer: Answer, piece: number): void {
  let rest = '';
  let nth = 0;
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    const requests = (rest + chunk.toString('latin1')).split('\r\n\r\n');
    rest = requests.pop() ?? '';
    for (const request of requests) {
      const bytes = Buffer.from(answer(request, nth++));
      for (let at = 0; at < bytes.length; at += piece) socket.write(bytes.subarray(at, at + piece));
    }
  });
}

function whole(body: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nX: y\r\n\r\n${body}`;
}
