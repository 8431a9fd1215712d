import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { startGenerator } from '../harness/generator.mjs';

import { generatorOf, runLoad } from './run-load.ts';

const size = 32;
const headerBytes = 6; // FIN and opcode, length, masking key
const connections = 3;
const warmup = 20;
const messages = 200;
const handshake =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n';

/** What a server writes for one message; `before` is the payload of the message before it. */
type Answer = (opcode: number, payload: Uint8Array, before: Uint8Array) => Uint8Array;

const echo: Answer = (opcode, payload) => frame(0x80 | opcode, payload);
const { binary, reason } = generatorOf('wsload');

describe.skipIf(reason !== '')(`the load generator${reason}`, () => {
  test.each([
    [1, false],
    [1, true],
    [20, false],
    [20, true],
  ])('sends what it was told and no more: %i in flight, text %s', async (inflight, text) => {
    const seen: number[] = [];
    const run = await load({ inflight, text }, (opcode, payload, before) => {
      seen.push(opcode);
      return echo(opcode, payload, before);
    });
    expect(run).toEqual({ counted: messages, status: 0 });
    expect(seen).toEqual(Array(warmup + messages).fill(text ? 1 : 2));
  });

  test('messages that follow each other differ', async () => {
    let same = 0;
    await load({}, (opcode, payload, before) => {
      if (Buffer.compare(payload, before) === 0) same += 1;
      return echo(opcode, payload, before);
    });
    expect(same).toBe(0);
  });

  test('text is UTF-8 with more than ASCII in it', async () => {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    const lengths = new Set<number>();
    await load({ text: true }, (opcode, payload, before) => {
      lengths.add(decoder.decode(payload).length);
      return echo(opcode, payload, before);
    });
    expect([...lengths]).toEqual([size - 4]);
  });

  test.each<[string, Answer]>([
    ['another opcode', (opcode, payload) => frame(0x80 | (3 - opcode), payload)],
    ['a fragment', (opcode, payload) => frame(opcode, payload)],
    ['a byte less', (opcode, payload) => frame(0x80 | opcode, payload.subarray(1))],
    ['a flipped bit', (opcode, payload) => frame(0x80 | opcode, payload.with(31, payload[0] ?? 0))],
    ['the message before', (opcode, _payload, before) => frame(0x80 | opcode, before)],
    [
      'a ping',
      (opcode, payload) => Buffer.concat([frame(0x89, payload), frame(0x80 | opcode, payload)]),
    ],
    [
      'itself twice',
      (opcode, payload) => Buffer.concat(Array(2).fill(frame(0x80 | opcode, payload))),
    ],
  ])('an echo that is %s ends it with 3', async (_name, answer) => {
    expect(await load({ inflight: 4 }, answer)).toEqual({ counted: 0, status: 3 });
  });

  test('a server that is not there ends it with 2', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    expect(await go(port, {})).toEqual({ counted: 0, status: 2 });
  });
});

interface Load {
  readonly inflight?: number;
  readonly text?: boolean;
}

/** Runs the generator, every byte compared, against a server that answers each message by `answer`. */
async function load(given: Load, answer: Answer): Promise<{ counted: number; status: unknown }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    serve(socket, answer);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const result = await go((server.address() as AddressInfo).port, given);
  for (const socket of sockets) socket.destroy();
  server.close();
  return result;
}

async function go(port: number, given: Load): Promise<{ counted: number; status: unknown }> {
  const run = { port, connections, inflight: 2, size, text: false, warmup, messages, verify: true };
  return runLoad(startGenerator(binary, { ...run, ...given }, 'ignore'));
}

/** A WebSocket server for messages of 32 bytes and nothing else. */
function serve(socket: Socket, answer: Answer): void {
  let shaken = false;
  let rest = Buffer.alloc(0);
  let before: Uint8Array = new Uint8Array(size);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    if (!shaken) {
      if (!rest.includes('\r\n\r\n')) return;
      shaken = true;
      rest = Buffer.alloc(0);
      socket.write(handshake);
    }
    for (; rest.length >= headerBytes + size; rest = rest.subarray(headerBytes + size)) {
      const key = rest.subarray(2, headerBytes);
      const payload = Uint8Array.from(
        rest.subarray(headerBytes, headerBytes + size),
        (byte, at) => byte ^ (key[at & 3] ?? 0),
      );
      socket.write(answer((rest[0] ?? 0) & 0x0f, payload, before));
      before = payload;
    }
  });
}

function frame(firstByte: number, payload: Uint8Array): Uint8Array {
  return Uint8Array.of(firstByte, payload.length, ...payload);
}
