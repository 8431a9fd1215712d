/** Whom a certificate comes from, whatever its dates say. */
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { type KeyPair, writeCertificate } from '../src/dev-certs/write-certificate.ts';
import { isIssuedByKnown } from '../src/issuers.ts';
import { Authority } from './authority.ts';
import { pem, selfSigned } from './self-signed.ts';

const day = 86_400_000;
const old = { notBefore: Date.now() - 9 * day, notAfter: Date.now() - day };
const ca = new Authority();
const expired = ca.issue(['a.test'], old);

/** A socket whose peer shows these, each behind the one before. */
function showing(...shown: readonly string[]): TLSSocket {
  const chain: object = [...shown].reverse().reduce<object>((issuerCertificate, one) => {
    const { raw } = new X509Certificate(one);
    return { raw, issuerCertificate };
  }, {});
  return { getPeerCertificate: () => chain } as unknown as TLSSocket;
}

test('by one who is known, in a list of several', () => {
  const list = `${new Authority('another').cert}\n${ca.cert}`;
  expect(isIssuedByKnown(showing(expired.cert), [list])).toBe(true);
});

test('not by one of the same name', () => {
  expect(isIssuedByKnown(showing(expired.cert), [new Authority().cert])).toBe(false);
});

test('not by one who says to be somebody who is known: the signature counts', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { publicKey } = new X509Certificate(ca.cert);
  const keys: KeyPair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = { commonName: 'a CA of a test', keys: { privateKey, publicKey } };
  const forged = writeCertificate({ commonName: 'a.test', keys, issuer, ...old });
  expect(new X509Certificate(forged).checkIssued(new X509Certificate(ca.cert))).toBe(true);
  expect(isIssuedByKnown(showing(forged), [ca.cert])).toBe(false);
});

test('nor where nobody is known, by those whom Node.js trusts, or without a certificate', () => {
  expect(isIssuedByKnown(showing(expired.cert), [])).toBe(false);
  expect(isIssuedByKnown(showing(expired.cert), undefined)).toBe(false);
  expect(isIssuedByKnown(showing(), [ca.cert])).toBe(false);
});

describe('one that is known itself', () => {
  const keys: KeyPair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const own = writeCertificate({ commonName: 'a.test', keys, ...old, names: ['a.test'] });

  test('is its own issuer', () => {
    expect(isIssuedByKnown(showing(own), [own])).toBe(true);
  });

  test('but not for another use', () => {
    // serverAuth and clientAuth become codeSigning and emailProtection
    const der = Buffer.from(new X509Certificate(own).raw).toString('hex');
    const purposes = '06082b06010505070301' + '06082b06010505070302';
    expect(der).toContain(purposes);
    const others = '06082b06010505070303' + '06082b06010505070304';
    const other = pem('CERTIFICATE', Buffer.from(der.replace(purposes, others), 'hex'));
    expect(isIssuedByKnown(showing(other), [other])).toBe(false);
  });

  test('issues none when it is no CA', () => {
    const known = selfSigned(['b.test']);
    const privateKey = createPrivateKey(known.key);
    const { publicKey } = new X509Certificate(known.cert);
    const issuer = { commonName: 'lws-ts test', keys: { privateKey, publicKey } };
    const issued = writeCertificate({ commonName: 'a.test', keys, issuer, ...old });
    const certificate = new X509Certificate(issued);
    // nothing else speaks against it
    expect(certificate.checkIssued(new X509Certificate(known.cert))).toBe(true);
    expect(certificate.verify(publicKey)).toBe(true);
    expect(isIssuedByKnown(showing(issued), [known.cert])).toBe(false);
  });
});
