import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { startVisits } from '../harness/generator.mjs';
import { pair } from '../servers/tls-pair.mjs';
import { generatorOf, runLoad } from './run-load.ts';

const warmup = 20;
const messages = 60;
const head =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n';
const goodbye = Uint8Array.of(0x88, 2, 3, 0xe8);

describe.each([
  ['visitload', false],
  ['visitload-tls', true],
] as const)('%s', (name, tls) => {
  const { binary, reason } = generatorOf(name);

  /** Runs it against a server that says `hello` to a request and ends with `bye`. */
  async function visits(hello: string, bye: Uint8Array, onCome = (_frame: Buffer) => {}) {
    const server = serverOf(tls, (socket) => {
      let shaken = false;
      socket.on('error', () => socket.destroy());
      socket.on('data', (chunk: Buffer) => {
        if (shaken) {
          onCome(chunk);
          socket.end(bye);
        } else socket.write(hello);
        shaken = true;
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const run = { port, connections: 4, tls, warmup, messages };
    const result = await runLoad(startVisits(binary, run, 'ignore'));
    server.close();
    return result;
  }

  describe.skipIf(reason !== '')(`what it does${reason}`, () => {
    test('lets as many come and go as it was told, each with its close frame', async () => {
      const frames: Buffer[] = [];
      expect(await visits(head, goodbye, (frame) => frames.push(frame))).toEqual({
        counted: messages,
        status: 0,
      });
      expect(frames).toHaveLength(warmup + messages);
      for (const frame of frames) expect([...frame]).toEqual([0x88, 0x82, 1, 2, 3, 4, 2, 0xea]);
    });

    test.each([
      ['refuses', 'HTTP/1.1 403 Forbidden\r\n\r\n', goodbye, 4],
      ['has another key', head.replace('s3pP', 'S3pP'), goodbye, 4],
      ['says more than its head', `${head}x`, goodbye, 3],
      ['answers another close frame', head, Uint8Array.of(0x88, 2, 3, 0xe9), 3],
      ['answers none', head, new Uint8Array(0), 3],
    ])('a server that %s ends it', async (_name, hello, bye, status) => {
      expect(await visits(hello, bye)).toEqual({ counted: 0, status });
    });
  });
});

function serverOf(tls: boolean, serve: (socket: Socket) => void): Server {
  if (!tls) return createServer(serve);
  const cert = readFileSync(pair.sslCertFilepath);
  const key = readFileSync(pair.sslPrivateKeyFilepath);
  return createTlsServer({ cert, key }, serve);
}
