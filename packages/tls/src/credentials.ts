/** A certificate with its key, read from files or memory, and checked before anything is opened with it. */
import type { KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { LwsError } from '@lws-ts/interface';
import { NotYetValid, tlsErrors } from './errors.ts';
import { crypto } from './node-crypto.ts';
import { tls } from './node-tls.ts';
import type { Pem } from './options.ts';

const certificateBegins = /(?=^-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----)/m;
const listBegins = /(?=^-----BEGIN X509 CRL-----)/m;

/** Where a pair comes from: each part from a file or from memory. */
export interface CredentialSource {
  readonly certFile: string | undefined;
  readonly cert: Pem | undefined;
  readonly keyFile: string | undefined;
  readonly key: Pem | undefined;
  readonly passphrase: string | undefined;
}

/** A pair that fits together and is valid today. */
export interface Credentials {
  readonly cert: string;
  readonly key: string;
  readonly passphrase: string | undefined;
  readonly certificate: X509Certificate;
  /** Ms since 1970. */
  readonly notAfter: number;
}

/**
 * Reads and checks a pair.
 *
 * @param of names it in messages
 * @param now ms since 1970
 * @throws `LWS_ERR_TLS_NO_CERTIFICATE`, `LWS_ERR_TLS_FILE`, `LWS_ERR_TLS_CERTIFICATE`,
 * `LWS_ERR_TLS_CERTIFICATE_KEY`, `LWS_ERR_TLS_CERTIFICATE_DATES`
 */
export function readCredentials(source: CredentialSource, of: string, now: number): Credentials {
  const certName = nameOf(source.cert, source.certFile, 'the certificate in memory');
  const keyName = nameOf(source.key, source.keyFile, 'the key in memory');
  const cert = textOf(source.cert, source.certFile);
  const key = textOf(source.key, source.keyFile);
  if (cert === undefined || key === undefined)
    throw new LwsError(
      tlsErrors.LWS_ERR_TLS_NO_CERTIFICATE,
      `${of} has no ${cert === undefined ? 'certificate' : 'private key'}`,
    );
  const [certificate] = parse(certName, () => certificatesOf(cert)) as [X509Certificate];
  const passphrase = source.passphrase;
  if (passphrase === undefined && /^(?:-----BEGIN|Proc-Type: 4,) ?ENCRYPTED/m.test(key))
    throw new LwsError(
      tlsErrors.LWS_ERR_TLS_CERTIFICATE,
      `${keyName} is encrypted, and no password is given`,
    );
  const privateKey: KeyObject = parse(keyName, () =>
    crypto().createPrivateKey(passphrase === undefined ? key : { key, passphrase }),
  );
  if (!certificate.checkPrivateKey(privateKey))
    throw new LwsError(tlsErrors.LWS_ERR_TLS_CERTIFICATE_KEY, `${certName}, ${keyName}`);
  const notBefore = Date.parse(certificate.validFrom);
  const notAfter = Date.parse(certificate.validTo);
  const dates = `${certName} is valid from ${certificate.validFrom} to ${certificate.validTo}`;
  if (now < notBefore) throw new NotYetValid(notBefore, dates);
  if (now > notAfter) throw new LwsError(tlsErrors.LWS_ERR_TLS_CERTIFICATE_DATES, dates);
  return { cert, key, passphrase, certificate, notAfter };
}

/** Certificates of CAs, from a file, from memory, and those of the program. @throws `LWS_ERR_TLS_FILE`, `LWS_ERR_TLS_CERTIFICATE` */
export function readCas(
  file: string | undefined,
  memory: Pem | undefined,
  more: readonly Pem[],
): string[] {
  const all: string[] = [];
  const add = (name: string, text: string | undefined): void => {
    if (text === undefined) return;
    parse(name, () => certificatesOf(text));
    all.push(text);
  };
  if (file !== undefined) add(file, textOf(undefined, file));
  for (const one of memory === undefined ? more : [memory, ...more])
    add('a CA in memory', textOf(one, undefined));
  return all;
}

/** Lists of revoked certificates, from a file and those of the program. @throws `LWS_ERR_TLS_FILE`, `LWS_ERR_TLS_CERTIFICATE` */
export function readCrls(file: string | undefined, more: readonly Pem[]): string[] {
  const all: string[] = [];
  const add = (name: string, text: string | undefined): void => {
    if (text === undefined) return;
    // of several in one text OpenSSL would be given the first alone
    const each = piecesOf(text, listBegins);
    for (const one of each) parse(name, () => tls().createSecureContext({ crl: one }));
    all.push(...each);
  };
  if (file !== undefined) add(file, textOf(undefined, file));
  for (const one of more) add('a revocation list in memory', textOf(one, undefined));
  return all;
}

/**
 * All certificates of a PEM, at least one. OpenSSL stops at the first that it cannot read, and some callers never hear
 * of it.
 *
 * @throws for one that cannot be read
 */
export function certificatesOf(pem: string): readonly X509Certificate[] {
  return piecesOf(pem, certificateBegins).map((piece) => new (crypto().X509Certificate)(piece));
}

/** Each part of a PEM that begins so, or all of it when none does. */
function piecesOf(pem: string, begins: RegExp): readonly string[] {
  // what stands in front of the first is text, or a key
  const pieces = pem.split(begins).filter((piece) => begins.test(piece));
  return pieces.length > 0 ? pieces : [pem];
}

/** Whether a certificate is good for that name. */
export function covers(certificate: X509Certificate, name: string): boolean {
  const found = isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name);
  return found !== undefined;
}

/** What {@link textOf} takes, as messages name it. */
function nameOf(memory: Pem | undefined, file: string | undefined, inMemory: string): string {
  return memory === undefined && file !== undefined ? file : inMemory;
}

function textOf(memory: Pem | undefined, file: string | undefined): string | undefined {
  if (memory !== undefined)
    return typeof memory === 'string' ? memory : Buffer.from(memory).toString('latin1');
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, 'latin1');
  } catch (cause) {
    const { message } = cause as Error;
    const named = message.includes(file) ? message : `${file}: ${message}`;
    throw new LwsError(tlsErrors.LWS_ERR_TLS_FILE, named, { cause });
  }
}

function parse<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const { message } = cause as Error;
    throw new LwsError(tlsErrors.LWS_ERR_TLS_CERTIFICATE, `${name}: ${message}`, { cause });
  }
}
