/** What an accepted connection costs before anybody knows what it is. */
import type { Transport, TransportSink } from '@lws-ts/interface';
import { afterEach, expect, test, vi } from 'vitest';
import { Acceptance } from '../src/acceptance.ts';
import { HandshakeGate } from '../src/handshake-gate.ts';
import type { ServingVhost, TlsServices } from '../src/tls-services.ts';

afterEach(() => vi.restoreAllMocks());

test('first bytes that trickle in are kept in memory that grows by doubling, and given back whole', () => {
  let sink: TransportSink | undefined;
  let unread: Uint8Array | undefined;
  const plain = {
    attach: (given: TransportSink) => {
      sink = given;
    },
    read: () => undefined,
    unread: (bytes: Uint8Array) => {
      unread = bytes;
    },
    abort: () => undefined,
  } as unknown as Transport;
  const security = {
    mixed: true,
    refusesNames: true,
    sibling: () => undefined,
  } as unknown as ServingVhost;
  const services = { gate: new HandshakeGate(0), serving: new Set() } as unknown as TlsServices;
  new Acceptance(security, services, plain, () => undefined);
  const hello = new Uint8Array(64 * 1024).fill(1);
  for (let at = 0; at < hello.length; at += 16_389)
    hello.set([0x16, 0x03, 0x01, 0x40, 0x00, 0x01], at);
  // no session, and a list of ciphers that goes on for ever
  hello.set([0, 0xff, 0xff], 43);
  let copied = 0;
  vi.spyOn(Uint8Array.prototype, 'set').mockImplementation(function (
    this: Uint8Array,
    from: ArrayLike<number>,
    start = 0,
  ) {
    copied += from.length;
    for (let at = 0; at < from.length; at++) this[start + at] = from[at] as number;
  });
  for (let at = 0; at < hello.length; at++) sink?.rx(hello.subarray(at, at + 1));
  vi.restoreAllMocks();
  expect(unread).toEqual(hello);
  expect(copied).toBeLessThan(4 * hello.length);
});
