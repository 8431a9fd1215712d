/** The header of the PROXY protocol, versions 1 and 2. */
import { describe, expect, test } from 'vitest';
import { crc32c } from '../src/crc32c.ts';
import { type ProxyHeader, readProxyHeader } from '../src/proxy-header.ts';

const text = (line: string): Uint8Array => Buffer.from(line, 'latin1');
const hex = (digits: string): Uint8Array =>
  new Uint8Array(Buffer.from(digits.replaceAll(' ', ''), 'hex'));
const signature = '0d0a0d0a000d0a515549540a';
/** Version 2 with the length of what follows. */
const v2 = (command: string, family: string, body: string): Uint8Array => {
  const bytes = hex(body);
  return hex(
    `${signature} ${command} ${family} ${bytes.length.toString(16).padStart(4, '0')} ${body}`,
  );
};
const ipv4 = 'c0000201 c6336402 1234 01bb';
const ipv6 = `20010db8 00000000 00000000 00000001 20010db8 00000000 00000000 00000002 1234 01bb`;

function shown(header: ProxyHeader): string {
  if (header.kind !== 'header') return header.kind;
  const { source } = header;
  if (source === undefined) return 'own';
  return `${source.family} ${source.address} ${source.port}`;
}

/** What is read, when the bytes come in one piece and when they come one by one. */
function read(bytes: Uint8Array): string {
  for (let length = 0; length < bytes.length; length++) {
    const header = readProxyHeader(bytes.subarray(0, length));
    if (header.kind === 'more') continue;
    // it is over before the end: so it is at the end
    expect(shown(readProxyHeader(bytes))).toBe(shown(header));
    return shown(header);
  }
  return shown(readProxyHeader(bytes));
}

describe('a good header', () => {
  test.each([
    ['PROXY TCP4 192.0.2.1 198.51.100.2 4660 443\r\n', 'ipv4 192.0.2.1 4660'],
    ['PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n', 'ipv4 255.255.255.255 65535'],
    ['PROXY TCP4 192.0.2.1 198.51.100.2 0 0\r\nGET / HTTP/1.1\r\n', 'ipv4 192.0.2.1 0'],
    ['PROXY TCP6 2001:db8::1 2001:db8::2 4660 443\r\n', 'ipv6 2001:db8::1 4660'],
    ['PROXY TCP6 ::ffff:192.0.2.1 ::1 4660 443\r\n', 'ipv4 192.0.2.1 4660'],
    [
      `PROXY TCP6 ${'ffff:'.repeat(7)}ffff ${'ffff:'.repeat(7)}ffff 65535 65535\r\n`,
      `ipv6 ${'ffff:'.repeat(7)}ffff 65535`,
    ],
    ['PROXY UNKNOWN\r\n', 'own'],
    [`PROXY UNKNOWN ${'ffff:'.repeat(7)}ffff ${'ffff:'.repeat(7)}ffff 65535 65535\r\n`, 'own'],
  ])('%s', (line, expected) => {
    expect(read(text(line))).toBe(expected);
  });

  test.each([
    ['IPv4 over TCP', v2('21', '11', ipv4), 'ipv4 192.0.2.1 4660'],
    ['IPv4 over UDP', v2('21', '12', ipv4), 'ipv4 192.0.2.1 4660'],
    ['IPv6 over TCP', v2('21', '21', ipv6), 'ipv6 2001:db8::1 4660'],
    ['a unix socket', v2('21', '31', '00'.repeat(216)), 'unix  0'],
    ['no family', v2('21', '00', ''), 'own'],
    ['no family, and whatever behind', v2('21', '00', 'ffffff'), 'own'],
    ['of the proxy itself', v2('20', '00', ''), 'own'],
    ['of the proxy itself, with addresses', v2('20', '11', ipv4), 'own'],
    ['of the proxy itself, of a family that is not known', v2('20', 'ff', '00'), 'own'],
    ['with a TLV', v2('21', '11', `${ipv4} 02 0003 612e62`), 'ipv4 192.0.2.1 4660'],
    ['with an empty one', v2('21', '11', `${ipv4} e0 0000`), 'ipv4 192.0.2.1 4660'],
  ])('version 2: %s', (_name, bytes, expected) => {
    expect(read(bytes)).toBe(expected);
  });

  test('what stands behind it is left alone', () => {
    expect(readProxyHeader(text('PROXY UNKNOWN\r\nGET'))).toMatchObject({ length: 15 });
    const header = v2('21', '11', ipv4);
    expect(readProxyHeader(Buffer.concat([header, text('GET')]))).toMatchObject({ length: 28 });
  });

  test('TLVs are given by type, the first of each, without padding', () => {
    const body = `${ipv4} 01 0002 6832 02 0003 612e62 04 0002 0000 02 0001 7a`;
    const header = readProxyHeader(v2('21', '11', body));
    expect(header.kind === 'header' && [...header.tlvs]).toEqual([
      [1, new Uint8Array([0x68, 0x32])],
      [2, new Uint8Array([0x61, 0x2e, 0x62])],
    ]);
  });

  test('addresses and TLVs may have 4 KiB', () => {
    expect(read(v2('21', '11', `${ipv4} 02 0ff1 ${'61'.repeat(0xff1)}`))).toBe(
      'ipv4 192.0.2.1 4660',
    );
  });

  test('a checksum has to fit', () => {
    // RFC 3720 §B.4: 32 bytes of zeros
    expect(crc32c(new Uint8Array(32), 0, 0)).toBe(0x8a9136aa);
    const header = v2('21', '11', `${ipv4} 03 0004 00000000`);
    expect(read(header)).toBe('bad');
    new DataView(header.buffer).setUint32(header.length - 4, crc32c(header, 0, 0));
    expect(read(header)).toBe('ipv4 192.0.2.1 4660');
    header[20] = 1;
    expect(read(header)).toBe('bad');
  });
});

describe('what is refused', () => {
  test.each([
    'GET / HTTP/1.1\r\n',
    'proxy TCP4 192.0.2.1 198.51.100.2 1 2\r\n',
    'PROXY  TCP4 192.0.2.1 198.51.100.2 1 2\r\n',
    'PROXY TCP5 192.0.2.1 198.51.100.2 1 2\r\n',
    'PROXY TCP4\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.2 1\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.2 1 2 3\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.2 1 2 \r\n',
    'PROXY TCP4 192.0.2.1  198.51.100.2 1 2\r\n',
    'PROXY TCP4 192.0.2.01 198.51.100.2 1 2\r\n',
    'PROXY TCP4 192.0.2.256 198.51.100.2 1 2\r\n',
    'PROXY TCP4 192.0.2.1 localhost 1 2\r\n',
    'PROXY TCP4 ::1 ::1 1 2\r\n',
    'PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n',
    'PROXY TCP6 [::1] ::1 1 2\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.2 65536 2\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.2 1 -2\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.2 01 2\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.2 1 0x2\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.2 1 2\n',
    `PROXY UNKNOWN ${'x'.repeat(200)}\r\n`,
    `PROXY TCP4 ${'1'.repeat(200)}`,
    '\r\n\r\n\0\r\nQUIX\n!',
    '\r\nGET / HTTP/1.1\r\n',
  ])('%j', (line) => {
    expect(read(text(`${line}${'.'.repeat(line.endsWith('\n') ? 100 : 0)}`))).toBe('bad');
  });

  test.each([
    ['version 1 in the form of 2', v2('11', '11', ipv4)],
    ['a command that is not known', v2('22', '11', ipv4)],
    ['a family that is not known', v2('21', '41', ipv4)],
    ['a transport that is not known', v2('21', '13', ipv4)],
    ['addresses that are cut off', v2('21', '11', 'c0000201 c6336402 1234')],
    ['IPv6 in the room of IPv4', v2('21', '21', ipv4)],
    ['a TLV without a length', v2('21', '11', `${ipv4} 02 00`)],
    ['a TLV longer than the rest', v2('21', '11', `${ipv4} 02 0004 616263`)],
    ['a checksum of three bytes', v2('21', '11', `${ipv4} 03 0003 000000`)],
    ['more than 4 KiB, well formed', v2('21', '11', `${ipv4} 02 0ff2 ${'61'.repeat(0xff2)}`)],
  ])('version 2: %s', (_name, bytes) => {
    expect(read(bytes)).toBe('bad');
  });
});
