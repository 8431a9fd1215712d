import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { DuplexTransport } from '@lws-ts/core';
import { settle } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { captureLog } from './captured-log.ts';
import { duplexPair } from './duplex-pair.ts';
import type { LineState } from './line-role.ts';
import { openLine } from './open-line.ts';

const logged = captureLog();

/** What a connection was told; when a Duplex confirms what it was given is its own affair. */
function told(line: LineState | undefined): string[] {
  return line?.events.filter((event) => event !== 'drained') ?? [];
}

describe('adopting a Duplex', () => {
  test.each([undefined, null, 5, 'a', {}, new Map()])('%s is none', async (value) => {
    const { vhost } = await openLine();
    expect(() => vhost.adopt(value as never)).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_OPTION' }),
    );
  });

  test('a connection like any other', async () => {
    const { vhost, states } = await openLine({ line: (one, text) => one.say(`${text}!\n`) });
    const [ours, theirs] = duplexPair();
    vhost.adopt(ours);
    const heard: string[] = [];
    theirs.setEncoding('latin1').on('data', (text: string) => heard.push(text));
    theirs.write('a\nb\n');
    await settle();
    theirs.end('c\n');
    await settle();
    expect(heard.join('')).toBe('a!\nb!\nc!\n');
    expect(told(states[1])).toEqual(['a', 'b', 'c', 'fin', 'gone']);
    expect(theirs.readableEnded).toBe(true);
  });

  test('one that answers inside write is heard after it', async () => {
    const { vhost, states } = await openLine({
      opened: (one) => one.say('0\n'),
      line: (one, text) =>
        Number(text) < 500 ? one.say(`${Number(text) + 1}\n`) : one.host.abort(),
    });
    const echo = new Duplex({
      read() {},
      write(chunk: Uint8Array, _encoding, done) {
        this.push(chunk);
        done();
      },
    });
    vhost.adopt(echo);
    for (let at = 0; at < 300 && !echo.destroyed; at++) await settle();
    expect(told(states[1])).toEqual([...Array.from({ length: 501 }, (_, at) => `${at}`), 'gone']);
  });

  test.each<['end' | 'pause' | 'resume' | 'destroy', (one: LineState | undefined) => void]>([
    ['end', (one) => one?.host.close(undefined, '')],
    ['pause', (one) => one?.host.rxFlowControl(false)],
    ['resume', () => undefined],
    ['destroy', (one) => one?.host.abort()],
  ])('one whose %s throws is over, with a line, and holds nothing up', async (what, cause) => {
    const { vhost, states, context } = await openLine();
    const broken = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
    broken[what] = () => {
      throw new Error(`no ${what}`);
    };
    vhost.adopt(broken);
    await settle();
    cause(states[1]);
    await settle();
    if (what === 'end' || what === 'resume') states[1]?.host.abort();
    await settle();
    expect([context.counters.wsi_alive, logged.join('').includes(`no ${what}`)]).toEqual([1, true]);
  });

  test('one that says nothing of its end is gone all the same', async () => {
    const { vhost, states } = await openLine();
    const silent = new Duplex({
      emitClose: false,
      read() {},
      write: (_chunk, _encoding, done) => done(),
    });
    vhost.adopt(silent);
    await settle();
    states[1]?.host.abort();
    await settle();
    expect([silent.destroyed, told(states[1])]).toEqual([true, ['gone']]);
  });

  test('what it has not confirmed counts as output that is kept, until it does', async () => {
    const { vhost, states, context } = await openLine();
    const confirm: (() => void)[] = [];
    const slow = new Duplex({
      read() {},
      write: (_chunk, _encoding, done) => void confirm.push(done),
    });
    vhost.adopt(slow);
    await settle();
    states[1]?.say('x'.repeat(5000));
    await settle();
    expect(context.memory.output).toBe(5000);
    confirm[0]?.();
    await settle();
    expect(context.memory.output).toBe(0);
  });

  test('a socket that its program wrote a little to is writeable once that is gone', async () => {
    const { vhost, states } = await openLine({ opened: (one) => one.host.requestWriteable() });
    const sockets: Socket[] = [];
    const server = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const peer = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await once(peer, 'connect');
    while (sockets.length === 0) await settle();
    const [ours] = sockets as [Socket];
    // below its high-water mark, so that no 'drain' comes of it
    for (let at = 0; at < 100_000 && ours.writableLength === 0; at++)
      ours.write(Buffer.alloc(1000));
    expect([ours.writableLength > 0, ours.writableNeedDrain]).toEqual([true, false]);
    vhost.adopt(ours);
    await settle();
    expect(told(states[1])).toEqual([]);
    peer.resume();
    await expect.poll(() => told(states[1])).toEqual(['writeable']);
    peer.destroy();
    server.close();
  });

  test('what the stream wrote stays as it was', async () => {
    const [ours, theirs] = duplexPair();
    const transport = new DuplexTransport(ours);
    transport.attach({
      rx: (bytes) => bytes.fill(0),
      peerEnded() {},
      drained() {},
      closed() {},
    });
    transport.read(true);
    const said = Buffer.from('mine');
    theirs.write(said);
    await settle();
    expect(said.toString()).toBe('mine');
  });

  test.each<[string, Error, string]>([
    ['broken', new Error('broken pipe of a test'), 'LWS_ERR_TRANSPORT_FAILED'],
    ['reset', Object.assign(new Error('x'), { code: 'ECONNRESET' }), 'LWS_ERR_TRANSPORT_RESET'],
    ['EPIPE', Object.assign(new Error('x'), { code: 'EPIPE' }), 'LWS_ERR_TRANSPORT_RESET'],
  ])('an error of the stream is the end: %s', async (_name, error, code) => {
    const { vhost, states } = await openLine();
    const [ours] = duplexPair();
    vhost.adopt(ours);
    await settle();
    ours.destroy(error);
    await settle();
    expect(states[1]?.events).toEqual([`gone ${code}`]);
  });

  test('one that throws in write costs its own connection', async () => {
    const { vhost, states, peer, line } = await openLine();
    const broken = new Duplex({
      read() {},
      write() {
        throw new Error('no writing here');
      },
    });
    vhost.adopt(broken);
    states[1]?.say('x');
    await settle();
    expect(logged).toEqual([expect.stringContaining('no writing here')]);
    expect(states[1]?.events).toEqual(['gone']);
    await peer.send('a\n');
    expect(line.events).toEqual(['a']);
  });

  test('a plain socket keeps its address, and is reset by an abort', async () => {
    const { vhost, states } = await openLine({ line: (one, text) => one.say(`${text}!\n`) });
    const server = createServer((socket) => vhost.adopt(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.write('a\n');
    const [answer] = (await once(client, 'data')) as [Uint8Array];
    expect(Buffer.from(answer).toString()).toBe('a!\n');
    const host = states[1]?.host;
    expect([host?.transport.kind, host?.transport.peer.address]).toEqual(['tcp', '127.0.0.1']);
    host?.abort();
    const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNRESET');
    server.close();
  });

  test('one that is destroyed already', async () => {
    const { vhost, states, context } = await openLine();
    const [ours] = duplexPair();
    ours.destroy();
    await settle();
    vhost.adopt(ours);
    await settle();
    expect(states[1]?.events).toEqual(['gone']);
    expect(context.counters.wsi_alive).toBe(1);
  });
});
