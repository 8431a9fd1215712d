/** Whose memory a body stands in on its way from and to a script, and what is left of it. */
import { Socket } from 'node:net';
import { memoryTransportPair, RawPeer } from '@lws-ts/test-kit';
import { describe, expect, test, vi } from 'vitest';
import { get, openCgi, plain, readAnswer, sh } from './open-cgi.ts';

const size = 2 * 1024 * 1024;
const posix = process.platform === 'win32' ? 'scripts need process groups' : undefined;

describe.skipIf(posix !== undefined)('memory', () => {
  test.each<[string, number]>([
    ['takes all', 2 * size],
    ['takes slowly', 40_000],
  ])('of an answer is given back once the peer has it: one that %s', async (_how, capacity) => {
    const { vhost } = await openCgi(sh(plain, `exec head -c ${size} /dev/zero`));
    const [server, client] = memoryTransportPair({ capacity });
    const given: Uint8Array[] = [];
    const write = server.write.bind(server);
    server.write = (bytes) => {
      const whole = bytes.length >= 16_384 && bytes.length === bytes.buffer.byteLength;
      if (whole) given.push(bytes);
      return write(bytes);
    };
    const peer = new RawPeer(client);
    vhost.adopt(server);
    await peer.send(get('/s'));
    await vi.waitUntil(() => peer.ended, { timeout: 15_000 });
    const { body, whole } = readAnswer(Buffer.from(peer.bytes).toString('latin1'));
    expect([body.length, whole]).toEqual([size, true]);
    expect(given.length).toBeGreaterThan(0);
    expect(given.map((bytes) => bytes.length).filter((length) => length > 0)).toEqual([]);
  });

  test('of a request is given back once the script has it', async () => {
    const { ask } = await openCgi(sh(plain, 'sleep 0.2', 'exec wc -c'), {
      maxHttpBodySize: size,
    });
    const given: Uint8Array[] = [];
    const write = vi.spyOn(Socket.prototype, 'write');
    const heard = await ask(
      `${get('/s', `Content-Length: ${size}\r\n`, 'POST')}${'x'.repeat(size)}`,
    );
    for (const [bytes] of write.mock.calls) if (bytes instanceof Uint8Array) given.push(bytes);
    write.mockRestore();
    expect(readAnswer(heard).body.trim()).toBe(String(size));
    expect(given.length).toBeGreaterThan(0);
    expect(given.filter((bytes) => bytes.length >= 16_384)).toEqual([]);
  });
});
