/**
 * Writes X.509 certificates (RFC 5280) for development and tests. It makes them only: what a peer shows is read
 * and judged by OpenSSL, never here.
 */
import type { KeyObject } from 'node:crypto';
import { isIP, SocketAddress } from 'node:net';
import { crypto } from '../node-crypto.ts';
import {
  bitString,
  boolean,
  der,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  time,
  utf8String,
} from './der.ts';

/** A pair of keys, as `generateKeyPairSync` gives it. */
export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** What a certificate is to say. */
export interface CertificateOptions {
  readonly commonName: string;
  readonly keys: KeyPair;
  /** Who signs it. @defaultValue itself */
  readonly issuer?: { readonly commonName: string; readonly keys: KeyPair };
  /** Ms since 1970. */
  readonly notBefore: number;
  /** Ms since 1970. */
  readonly notAfter: number;
  /** It may issue others. @defaultValue false */
  readonly ca?: boolean;
  /** DNS names and addresses that it is good for. @defaultValue none */
  readonly names?: readonly string[];
}

/** @returns PEM */
export function writeCertificate(options: CertificateOptions): string {
  const { keys, ca = false, names = [] } = options;
  const issuer = options.issuer ?? options;
  const algorithm = signatureAlgorithm(issuer.keys.privateKey);
  const extensions = [
    extension('2.5.29.19', ca ? sequence(boolean(true)) : sequence(), true),
    // keyCertSign and cRLSign; or digitalSignature, and for RSA keyEncipherment
    extension('2.5.29.15', keyUsage(ca, keys.publicKey), true),
    extension('2.5.29.14', octetString(keyIdentifier(keys.publicKey))),
    extension('2.5.29.35', sequence(der(0x80, keyIdentifier(issuer.keys.publicKey)))),
  ];
  if (!ca)
    extensions.push(
      extension(
        '2.5.29.37',
        sequence(objectIdentifier('1.3.6.1.5.5.7.3.1'), objectIdentifier('1.3.6.1.5.5.7.3.2')),
      ),
    );
  if (names.length > 0)
    extensions.push(extension('2.5.29.17', sequence(...names.map(generalName))));
  const body = sequence(
    der(0xa0, integer(Uint8Array.of(2))),
    integer(serialNumber()),
    algorithm,
    nameOf(issuer.commonName),
    sequence(time(options.notBefore), time(options.notAfter)),
    nameOf(options.commonName),
    keys.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const whole = sequence(
    body,
    algorithm,
    bitString(crypto().sign('sha256', body, issuer.keys.privateKey)),
  );
  const lines =
    Buffer.from(whole)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** RFC 5280 §4.1.2.2: positive, unique, at most 20 octets. */
function serialNumber(): Uint8Array {
  const octets = crypto().randomBytes(16);
  octets[0] = ((octets[0] as number) & 0x7f) | 0x40;
  return octets;
}

function signatureAlgorithm(key: KeyObject): Uint8Array {
  // ecdsa-with-SHA256 has no parameters (RFC 5758 §3.2); sha256WithRSAEncryption has NULL (RFC 4055 §5)
  if (key.asymmetricKeyType === 'ec') return sequence(objectIdentifier('1.2.840.10045.4.3.2'));
  return sequence(objectIdentifier('1.2.840.113549.1.1.11'), der(0x05));
}

function nameOf(commonName: string): Uint8Array {
  return sequence(set(sequence(objectIdentifier('2.5.4.3'), utf8String(commonName))));
}

function keyUsage(ca: boolean, key: KeyObject): Uint8Array {
  if (ca) return bitString(Uint8Array.of(0x06), 1);
  return key.asymmetricKeyType === 'ec'
    ? bitString(Uint8Array.of(0x80), 7)
    : bitString(Uint8Array.of(0xa0), 5);
}

/** RFC 7093 §2, method 1. */
function keyIdentifier(key: KeyObject): Uint8Array {
  const spki = key.export({ type: 'spki', format: 'der' });
  return crypto().createHash('sha256').update(spki).digest().subarray(0, 20);
}

function extension(oid: string, value: Uint8Array, critical = false): Uint8Array {
  const flag = critical ? [boolean(true)] : [];
  return sequence(objectIdentifier(oid), ...flag, octetString(value));
}

function generalName(name: string): Uint8Array {
  const family = isIP(name);
  if (family === 4) return der(0x87, Uint8Array.from(name.split('.').map(Number)));
  if (family === 6) return der(0x87, ipv6Octets(name));
  return der(0x82, Buffer.from(name, 'latin1'));
}

/** Sixteen octets of an address, whatever form it is written in. */
function ipv6Octets(address: string): Uint8Array {
  const { address: plain } = new SocketAddress({ address, family: 'ipv6' });
  const [head = '', tail = ''] = plain.replace(/%.*/, '').split('::');
  const groups = (part: string): number[] =>
    part === ''
      ? []
      : part.split(':').flatMap((group) => {
          if (!group.includes('.')) return [Number.parseInt(group, 16)];
          const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
          return [a * 256 + b, c * 256 + d];
        });
  const first = groups(head);
  const last = groups(tail);
  const all = [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}
