/** The first bytes of a connection: what they are, and which name they ask for. */
import { httpMethods } from '@lws-ts/interface';
import { describe, expect, test } from 'vitest';
import { MethodStart } from '../../http/src/framing/method-start.ts';
import {
  beginsAsHttp,
  type FirstBytes,
  FirstBytesReader,
  readFirstBytes,
} from '../src/client-hello.ts';

const u16 = (n: number): Buffer => Buffer.from([n >> 8, n & 255]);

/** A ClientHello; `name` undefined: without the extension. */
function hello(name: string | undefined, split = 16_384): Buffer {
  const wire = Buffer.from(name ?? '', 'latin1');
  const sni = Buffer.concat([u16(wire.length + 3), Buffer.from([0]), u16(wire.length), wire]);
  const extensions = Buffer.concat([
    Buffer.from('000b00020100', 'hex'),
    ...(name === undefined ? [] : [u16(0), u16(sni.length), sni]),
    Buffer.from('00170000', 'hex'),
  ]);
  const body = Buffer.concat([
    Buffer.from('0303', 'hex'),
    Buffer.alloc(32, 1),
    Buffer.from([4, 1, 2, 3, 4]),
    Buffer.from('0002c02b', 'hex'),
    Buffer.from('0100', 'hex'),
    u16(extensions.length),
    extensions,
  ]);
  const message = Buffer.concat([Buffer.from([1, 0]), u16(body.length), body]);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += split) {
    const part = message.subarray(at, at + split);
    records.push(Buffer.from('160301', 'hex'), u16(part.length), part);
  }
  return Buffer.concat(records);
}

const tls = (serverName: string): FirstBytes => ({ kind: 'tls', serverName });

describe('a ClientHello', () => {
  test.each([
    ['with a name', hello('one.test'), tls('one.test')],
    ['with a name over many records', hello('one.test', 3), tls('one.test')],
    ['with octets that are no name', hello('\0\xff__proto__'), tls('\0\xff__proto__')],
    ['without a name', hello(undefined), tls('')],
    ['with an empty name', hello(''), tls('')],
  ])('%s', (_name, bytes, expected) => {
    expect(readFirstBytes(bytes)).toEqual(expected);
  });

  test('wants more for every beginning of it, and never throws', () => {
    for (const split of [16_384, 5]) {
      const whole = hello('one.test', split);
      let decided = 0;
      for (let length = 0; length <= whole.length; length++) {
        const read = readFirstBytes(whole.subarray(0, length));
        if (read.kind !== 'more') {
          expect(read).toEqual(tls('one.test'));
          decided++;
        }
      }
      expect(decided).toBeGreaterThan(0);
    }
  });

  test('goes on where it stopped, whatever the pieces are', () => {
    for (const split of [16_384, 5, 1])
      for (const size of [1, 2, 3, 64]) {
        const whole = hello('one.test', split);
        const reader = new FirstBytesReader();
        let said: FirstBytes = { kind: 'more' };
        for (let length = size; said.kind === 'more'; length += size)
          said = reader.read(whole.subarray(0, length));
        expect(said).toEqual(tls('one.test'));
      }
  });

  test('that trickles in is not looked at again and again', () => {
    // extensions of four octets each, as many as there is room for
    const body = Buffer.concat([
      Buffer.from('0303', 'hex'),
      Buffer.alloc(32, 1),
      Buffer.from('000002c02b0100ffff', 'hex'),
      Buffer.alloc(0xffff, Buffer.from('00170000', 'hex')),
    ]);
    const message = Buffer.concat([Buffer.from([1, 0]), u16(0xffff), body]);
    const records: Buffer[] = [];
    for (let at = 0; at < message.length; at += 16_000) {
      const part = message.subarray(at, at + 16_000);
      records.push(Buffer.from('160301', 'hex'), u16(part.length), part);
    }
    const whole = Buffer.concat(records).subarray(0, 60_000);
    let looks = 0;
    const reader = new FirstBytesReader();
    for (let length = 1; length <= whole.length; length++) {
      const seen = whole.subarray(0, length);
      const watched = new Proxy(seen, {
        get(target, key) {
          if (typeof key === 'string' && /^\d+$/.test(key)) looks++;
          return Reflect.get(target, key);
        },
      });
      expect(reader.read(watched).kind).toBe('more');
    }
    expect(looks).toBeLessThan(5 * whole.length);
  });

  test('a name longer than any is none', () => {
    expect(readFirstBytes(hello('a'.repeat(255)))).toEqual(tls('a'.repeat(255)));
    expect(readFirstBytes(hello('a'.repeat(256)))).toEqual(tls(''));
  });

  test('any octet of it may be wrong', () => {
    const whole = hello('one.test');
    for (let at = 0; at < whole.length; at++)
      for (const bit of [1, 0x80, 0xff]) {
        const broken = Buffer.from(whole);
        broken[at] = (broken[at] as number) ^ bit;
        expect(['tls', 'more', 'plain']).toContain(readFirstBytes(broken).kind);
      }
  });

  test('of 64 KiB without an end goes on without a name', () => {
    const endless = Buffer.concat(
      Array.from({ length: 5 }, () =>
        Buffer.concat([Buffer.from('1603014000', 'hex'), Buffer.alloc(0x4000, 1)]),
      ),
    );
    expect(readFirstBytes(endless)).toEqual(tls(''));
  });
});

test.each([
  ['nothing', '', 'more'],
  ['HTTP', '474554', 'plain'],
  ['an alert', '1503', 'plain'],
  ['SSL 2', '802e', 'plain'],
  ['the first octet of a record', '16', 'more'],
])('%s', (_name, hex, kind) => {
  expect(readFirstBytes(Buffer.from(hex, 'hex')).kind).toBe(kind);
});

describe('what begins as HTTP', () => {
  const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

  test.each(httpMethods)('is %s and a space; as far as it goes it is undecided', (method) => {
    expect([beginsAsHttp(bytes(`${method} `)), beginsAsHttp(bytes(`${method} /`))]).toEqual([
      true,
      true,
    ]);
    for (let length = 0; length <= method.length; length++)
      expect(beginsAsHttp(bytes(method.slice(0, length)))).toBeUndefined();
  });

  test('is nothing that HTTP does not take for its own: it would be raw, and not secured', () => {
    for (const method of httpMethods)
      for (let at = 0; at <= method.length; at++)
        for (let octet = 0; octet < 256; octet++) {
          const begun = bytes(method.slice(0, at) + String.fromCharCode(octet));
          const says = beginsAsHttp(begun);
          const isPreface = says === false && begun[0] === 0x50 && begun[1] === 0x52;
          if (!isPreface) expect(new MethodStart().push(begun), begun.toString()).toBe(says);
        }
    // it cannot be redirected
    expect([beginsAsHttp(bytes('PRI ')), new MethodStart().push(bytes('PRI '))]).toEqual([
      false,
      true,
    ]);
  });
});
