/**
 * Whether a server's certificate comes from somebody who is trusted, whatever the dates of it say. OpenSSL tells of
 * one fault, the last it finds, and that of a date stands in front of that of an issuer: where the former is excused,
 * the latter is looked for here, by signatures.
 */
import type { X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { certificatesOf } from './credentials.ts';
import { crypto } from './node-crypto.ts';
import { tls } from './node-tls.ts';

/** Certificates between a server's and a trusted one at most. */
const maxBetween = 10;
const serverAuth = '1.3.6.1.5.5.7.3.1';

/** @param cas PEM of those who are trusted, one or several in each; undefined: those that Node.js trusts */
export function isIssuedByKnown(socket: TLSSocket, cas: readonly string[] | undefined): boolean {
  const [own, ...between] = certificatesShown(socket);
  if (own === undefined || !mayServe(own)) return false;
  const known = (cas ?? tls().rootCertificates).flatMap(certificatesOf);
  let certificate = own;
  for (let at = 0; at <= maxBetween; at++) {
    const { raw } = certificate;
    if (known.some((one) => one.raw.equals(raw)) || issuerOf(certificate, known) !== undefined)
      return true;
    const issuer = issuerOf(certificate, between);
    if (issuer === undefined) return false;
    certificate = issuer;
  }
  return false;
}

/** RFC 5280 §4.2.1.12: without the extension it is good for everything. */
function mayServe({ keyUsage }: X509Certificate): boolean {
  const purposes = keyUsage as readonly string[] | undefined;
  return purposes === undefined || purposes.includes(serverAuth);
}

/**
 * The server's certificate and what it sent behind it. Not by `getPeerX509Certificate`, which takes it away from a
 * client's socket.
 */
function certificatesShown(socket: TLSSocket): X509Certificate[] {
  const shown: X509Certificate[] = [];
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (next?.raw !== undefined && shown.length <= maxBetween) {
    shown.push(new (crypto().X509Certificate)(next.raw));
    // that of one who issued its own is itself
    next = next.issuerCertificate === next ? undefined : next.issuerCertificate;
  }
  return shown;
}

function issuerOf(
  certificate: X509Certificate,
  among: readonly X509Certificate[],
): X509Certificate | undefined {
  return among.find(
    (one) => one.ca && certificate.checkIssued(one) && certificate.verify(one.publicKey),
  );
}
