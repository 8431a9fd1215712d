/** What every transport does, whatever it stands on: one suite for those of core and for test-kit's double. */
import type { CodedError, Transport, TransportSink } from '@lws-ts/interface';
import { afterEach, describe, expect, test } from 'vitest';

/** What is tested: two joined transports of a kind. */
export interface ComplianceSubject {
  pair(): Promise<readonly [Transport, Transport]>;
  /** What is left of a test is ended here. */
  cleanUp?(): void | Promise<void>;
  /** A reset that nobody reads is found after `probe` returned. */
  readonly probesLater?: boolean;
  /** How the other side sees an abort. */
  readonly abortLooksLike: 'reset' | 'end';
  /** More than the path between the two holds, in bytes. */
  readonly floodBytes: number;
}

/** Waits for something that happens in its own time. */
async function until(what: string, holds: () => boolean): Promise<void> {
  const end = Date.now() + 5000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}

async function pause(): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, 20);
  });
}

async function pauseShortly(): Promise<void> {
  for (let turn = 0; turn < 2; turn++)
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
}

/** Records what it is told, and that it is told it as the contract says. */
class Witness implements TransportSink {
  readonly transport: Transport;
  readonly events: string[] = [];
  readonly broken: string[] = [];
  readonly chunks: Uint8Array[] = [];
  bytes = 0;
  drains = 0;
  error: CodedError | undefined = undefined;
  onRx: (() => void) | undefined = undefined;
  #inside = 0;

  constructor(transport: Transport) {
    this.transport = transport;
    this.do((owner) => owner.attach(this));
  }

  /** A call of the owner's: while it lasts the sink must not be called. */
  do<T>(call: (transport: Transport) => T): T {
    this.#inside++;
    try {
      return call(this.transport);
    } finally {
      this.#inside--;
    }
  }

  get over(): boolean {
    return this.events.at(-1) === 'closed';
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString('latin1');
  }

  rx(bytes: Uint8Array): void {
    this.#told('rx');
    if (bytes.constructor !== Uint8Array) this.broken.push('rx was given no plain Uint8Array');
    if (bytes.length === 0) this.broken.push('rx was given nothing');
    this.bytes += bytes.length;
    this.chunks.push(this.transport.givesMemory ? bytes : Uint8Array.from(bytes));
    this.onRx?.();
  }

  peerEnded(): void {
    this.#told('peerEnded');
  }

  drained(): void {
    this.#told('drained');
    this.drains++;
    if (this.transport.bufferedBytes !== 0) this.broken.push('drained with bytes left');
  }

  closed(error: CodedError | undefined): void {
    this.#told('closed');
    this.error = error;
  }

  #told(event: string): void {
    if (this.#inside > 0) this.broken.push(`${event} inside a call`);
    if (this.over) this.broken.push(`${event} after closed`);
    this.#inside++;
    // rx on rx is one event: how bytes are cut is nobody's promise
    if (event !== 'rx' || this.events.at(-1) !== 'rx') this.events.push(event);
    this.#inside--;
  }
}

export function transportCompliance(name: string, subject: ComplianceSubject): void {
  describe(`the transport contract: ${name}`, () => {
    let witnesses: Witness[] = [];

    async function meet(): Promise<readonly [Witness, Witness]> {
      const [one, other] = await subject.pair();
      witnesses = [new Witness(one), new Witness(other)];
      return witnesses as unknown as readonly [Witness, Witness];
    }

    afterEach(async () => {
      for (const witness of witnesses) witness.do((owner) => owner.abort());
      await until('both are closed', () => witnesses.every((witness) => witness.over));
      await pause();
      await subject.cleanUp?.();
      expect(witnesses.flatMap(({ broken }) => broken)).toEqual([]);
    });

    test('nothing is read before read(true)', async () => {
      const [a, b] = await meet();
      b.do((owner) => owner.write(Buffer.from('hello')));
      await pause();
      expect(a.events).toEqual([]);
      a.do((owner) => owner.read(true));
      await until('hello', () => a.bytes === 5);
      expect(a.text).toBe('hello');
    });

    test('bytes arrive as they were written, both ways at once', async () => {
      const sides = await meet();
      for (const side of sides) side.do((owner) => owner.read(true));
      let total = 0;
      for (let at = 0; at < 300; at++) {
        const bytes = pattern(total, 1 + ((at * 7919) % 5000));
        total += bytes.length;
        for (const side of sides) side.do((owner) => owner.write(bytes));
      }
      for (const side of sides) {
        await until('all of it', () => side.bytes === total);
        expect(firstWrong(side.chunks)).toBe(-1);
      }
    });

    test('memory is free after true, and kept until drained after false', async () => {
      const [a, b] = await meet();
      a.do((owner) => owner.read(true));
      let buffer = new Uint8Array(70_000);
      let total = 0;
      for (let at = 0; total < 2 * subject.floodBytes; at++) {
        a.do((owner) => owner.read(at % 5 !== 0));
        const bytes = buffer.subarray(0, at % 3 === 0 ? 70_000 : 1 + ((at * 31) % 900));
        bytes.set(pattern(total, bytes.length));
        total += bytes.length;
        const free = b.do((owner) =>
          at % 4 === 1 && owner.writeBoth !== undefined
            ? owner.writeBoth(bytes.subarray(0, 9), bytes.subarray(9))
            : owner.write(bytes),
        );
        if (free) buffer.fill(0xee);
        else buffer = new Uint8Array(70_000);
        if (!free) expect(b.transport.bufferedBytes).toBeGreaterThan(0);
        if (at % 7 === 0) await pauseShortly();
      }
      a.do((owner) => owner.read(true));
      await until('all of it', () => a.bytes === total);
      expect(firstWrong(a.chunks)).toBe(-1);
      await until('nothing is kept', () => b.transport.bufferedBytes === 0);
    });

    test('drained comes once, when what was kept is out', async () => {
      const [a, b] = await meet();
      b.do((owner) => owner.write(pattern(0, 10)));
      await pause();
      const before = b.drains;
      let total = 10;
      while (b.transport.bufferedBytes === 0 || total < subject.floodBytes) {
        b.do((owner) => owner.write(pattern(total, 60_000)));
        total += 60_000;
      }
      await pause();
      expect(b.transport.bufferedBytes).toBeGreaterThan(0);
      expect(b.drains).toBe(before);
      a.do((owner) => owner.read(true));
      await until('all of it', () => a.bytes === total);
      await until('drained', () => b.drains > before);
      await pause();
      expect(b.drains).toBe(before + 1);
      expect(b.transport.bufferedBytes).toBe(0);
    });

    test('FIN comes after what is pending, and after all bytes', async () => {
      const [a, b] = await meet();
      let total = 0;
      while (total < subject.floodBytes) {
        b.do((owner) => owner.write(pattern(total, 60_000)));
        total += 60_000;
      }
      b.do((owner) => owner.end());
      b.do((owner) => owner.end());
      await pause();
      expect(a.events).toEqual([]);
      a.do((owner) => owner.read(true));
      await until('FIN', () => a.events.includes('peerEnded'));
      expect(a.bytes).toBe(total);
      expect(firstWrong(a.chunks)).toBe(-1);
      expect(a.events.slice(0, 2)).toEqual(['rx', 'peerEnded']);
    });

    test('who got FIN may go on writing; both FINs are an orderly end', async () => {
      const [a, b] = await meet();
      for (const side of [a, b]) side.do((owner) => owner.read(true));
      a.do((owner) => owner.end());
      await until('FIN', () => b.events.includes('peerEnded'));
      expect(a.over || b.over).toBe(false);
      b.do((owner) => owner.write(Buffer.from('the answer')));
      await until('the answer', () => a.text === 'the answer');
      b.do((owner) => owner.end());
      await until('the end', () => a.over && b.over);
      expect([a.error, b.error]).toEqual([undefined, undefined]);
      expect(a.events).toEqual(['rx', 'peerEnded', 'closed']);
      expect(b.events.filter((event) => event !== 'drained')).toEqual(['peerEnded', 'closed']);
    });

    test('read(false) inside rx stops at that', async () => {
      const [a, b] = await meet();
      let told = 0;
      a.onRx = () => {
        told++;
        a.transport.read(false);
      };
      a.do((owner) => owner.read(true));
      for (let at = 0; at < 40; at++) {
        b.do((owner) => owner.write(pattern(at * 5000, 5000)));
        await pauseShortly();
      }
      b.do((owner) => owner.end());
      await pause();
      expect(told).toBe(1);
      expect(a.events).toEqual(['rx']);
      a.onRx = undefined;
      a.do((owner) => owner.read(true));
      await until('FIN', () => a.events.includes('peerEnded'));
      expect(a.bytes).toBe(200_000);
      expect(firstWrong(a.chunks)).toBe(-1);
    });

    test('reading may be turned on and off for nothing', async () => {
      const [a, b] = await meet();
      for (const on of [false, true, true, false, false, true, false])
        a.do((owner) => owner.read(on));
      b.do((owner) => owner.write(Buffer.from('hello')));
      await pause();
      expect(a.events).toEqual([]);
      a.do((owner) => owner.read(true));
      await until('hello', () => a.text === 'hello');
    });

    test('an abort is over at once here, and seen there', async () => {
      const [a, b] = await meet();
      for (const side of [a, b]) side.do((owner) => owner.read(true));
      b.do((owner) => owner.write(Buffer.from('before')));
      await until('before', () => a.bytes === 6);
      a.do((owner) => owner.abort());
      a.do((owner) => owner.abort());
      expect(a.do((owner) => owner.write(Buffer.from('after')))).toBe(true);
      a.do((owner) => owner.end());
      a.do((owner) => owner.read(true));
      await until('closed', () => a.over);
      expect(a.error).toBeUndefined();
      expect(a.do((owner) => owner.probe())).toBe(false);
      if (subject.abortLooksLike === 'reset') {
        await until('reset', () => b.over);
        expect(b.error?.code).toBe('LWS_ERR_TRANSPORT_RESET');
      } else await until('the end', () => b.over || b.events.includes('peerEnded'));
      expect(b.bytes).toBe(0);
    });

    test('an abort after FIN takes nothing back', async () => {
      const [a, b] = await meet();
      b.do((owner) => owner.write(pattern(0, 10_000)));
      b.do((owner) => owner.end());
      await pause();
      b.do((owner) => owner.abort());
      await until('closed', () => b.over);
      await pause();
      a.do((owner) => owner.read(true));
      await until('FIN', () => a.events.includes('peerEnded'));
      expect([a.bytes, a.error]).toEqual([10_000, undefined]);
    });

    test('an abort drops what is pending', async () => {
      const [a, b] = await meet();
      for (let total = 0; total < subject.floodBytes; total += 60_000)
        b.do((owner) => owner.write(pattern(total, 60_000)));
      b.do((owner) => owner.abort());
      await until('closed', () => b.over);
      expect(b.drains).toBe(0);
      a.do((owner) => owner.read(true));
      await until('the end', () => a.over || a.events.includes('peerEnded'));
      expect(a.bytes).toBeLessThan(subject.floodBytes);
    });

    test('a peer that is there is probed as there, after its FIN too', async () => {
      const [a, b] = await meet();
      expect(a.do((owner) => owner.probe())).toBe(true);
      b.do((owner) => owner.write(Buffer.from('unread')));
      b.do((owner) => owner.end());
      await pause();
      expect(a.do((owner) => owner.probe())).toBe(true);
      a.do((owner) => owner.read(true));
      await until('FIN', () => a.events.includes('peerEnded'));
      expect(a.text).toBe('unread');
    });

    test('a reset that nobody reads is found by probing', async () => {
      const [a, b] = await meet();
      // over what is read in advance
      b.do((owner) => owner.write(pattern(0, 300_000)));
      await pause();
      b.do((owner) => owner.abort());
      await until('closed', () => b.over);
      await pause();
      const found = !a.do((owner) => owner.probe());
      const gone = found || subject.probesLater === true;
      expect(gone || subject.abortLooksLike === 'end').toBe(true);
      await until('closed', () => a.over || !gone);
      expect(a.do((owner) => owner.probe())).toBe(!gone);
      expect(a.bytes).toBe(0);
    });

    test('writing to who is gone ends in closed, without an exception', async () => {
      const [a, b] = await meet();
      b.do((owner) => owner.abort());
      await until('closed', () => b.over);
      for (let at = 0; at < 20 && !a.over; at++) {
        a.do((owner) => owner.write(pattern(0, 60_000)));
        await pauseShortly();
      }
      await until('closed', () => a.over);
      expect(a.do((owner) => owner.write(pattern(0, 10)))).toBe(true);
    });

    test('who attaches late is told that it is over', async () => {
      const [one, other] = await subject.pair();
      one.abort();
      await pause();
      witnesses = [new Witness(one), new Witness(other)];
      await until('closed', () => witnesses[0]?.over === true);
      expect(witnesses[0]?.events).toEqual(['closed']);
    });

    test('says what it is', async () => {
      const [a, b] = await meet();
      for (const { transport } of [a, b]) {
        const families =
          transport.kind === 'tcp' || transport.kind === 'tls' ? ['ipv4', 'ipv6'] : [];
        if (transport.kind === 'unix') families.push('unix');
        if (transport.kind === 'duplex' || transport.kind === 'pipe') families.push('none');
        if (transport.kind === 'memory') families.push('ipv4');
        expect(families).toContain(transport.peer.family);
        expect(transport.peer.address === '').toBe(
          ['unix', 'none'].includes(transport.peer.family),
        );
        expect(transport.bufferedBytes).toBe(0);
      }
      expect(a.transport.peer.port).toBe(b.transport.local.port);
      expect(a.transport.peer.address).toBe(b.transport.local.address);
    });
  });
}

/** A stream of bytes of which any piece says where it belongs. */
function pattern(from: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = valueAt(from + at);
  return bytes;
}

function valueAt(at: number): number {
  return (at * 31 + (at >>> 8) * 7 + (at >>> 16)) & 0xff;
}

/** Where the chunks are not {@link pattern} from its beginning; -1: nowhere. */
function firstWrong(chunks: readonly Uint8Array[]): number {
  let at = 0;
  for (const chunk of chunks)
    for (const value of chunk) {
      if (value !== valueAt(at)) return at;
      at++;
    }
  return -1;
}
