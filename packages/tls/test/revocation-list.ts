/** A list of revoked certificates that a test makes for itself; RFC 5280 §5.1. */
import { type KeyObject, sign, X509Certificate } from 'node:crypto';
import { der, oid, pem, utcTime } from './self-signed.ts';

const day = 86_400_000;

export function revocationList(given: {
  /** The common name of the CA. */
  readonly issuer: string;
  /** EC P-256. */
  readonly key: KeyObject;
  /** PEM. */
  readonly certs: readonly string[];
  /** Ms since 1970. */
  readonly until: number;
}): string {
  const ecdsaWithSha256 = der(0x30, oid('2a8648ce3d040302'));
  const name = der(0x31, der(0x30, oid('550403'), der(0x0c, Buffer.from(given.issuer))));
  const since = utcTime(Math.min(Date.now(), given.until) - day);
  const entries = given.certs.map((cert) => {
    const serial = Buffer.from(new X509Certificate(cert).serialNumber, 'hex');
    const leading = (serial[0] ?? 0) < 0x80 ? [] : [0];
    return der(0x30, der(0x02, Buffer.from(leading), serial), since);
  });
  const body = der(
    0x30,
    der(0x02, Buffer.from([1])),
    ecdsaWithSha256,
    der(0x30, name),
    since,
    utcTime(given.until),
    ...(entries.length === 0 ? [] : [der(0x30, ...entries)]),
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, given.key));
  return pem('X509 CRL', der(0x30, body, ecdsaWithSha256, signature));
}
