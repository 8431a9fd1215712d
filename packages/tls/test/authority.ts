/** A CA of a test, and what it issues. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KeyPair, writeCertificate } from '../src/dev-certs/write-certificate.ts';
import { revocationList } from './revocation-list.ts';

const day = 86_400_000;

export interface Issued {
  readonly cert: string;
  readonly key: string;
}

export interface IssueOptions {
  readonly keys?: 'ec' | 'rsa';
  /** Of RSA. @defaultValue 2048 */
  readonly modulusLength?: number;
  readonly passphrase?: string;
  readonly notBefore?: number;
  readonly notAfter?: number;
  /** By a certificate of its own, which is sent too. @defaultValue false */
  readonly between?: boolean;
  /** The one between is one of a CA. @defaultValue true */
  readonly betweenMayIssue?: boolean;
}

export class Authority {
  readonly cert: string;
  readonly #keys: KeyPair;
  readonly #name: string;

  constructor(name = 'a CA of a test') {
    this.#name = name;
    this.#keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.cert = writeCertificate({
      commonName: name,
      keys: this.#keys,
      notBefore: Date.now() - day,
      notAfter: Date.now() + 30 * day,
      ca: true,
    });
  }

  issue(names: readonly string[], options: IssueOptions = {}): Issued {
    const keys: KeyPair =
      options.keys === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: options.modulusLength ?? 2048 })
        : generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const own = { commonName: this.#name, keys: this.#keys };
    const between = { ...own, commonName: `${this.#name} between` };
    if (options.between === true) between.keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const leaf = writeCertificate({
      commonName: names[0] ?? 'nobody',
      keys,
      issuer: options.between === true ? between : own,
      notBefore: options.notBefore ?? Date.now() - day,
      notAfter: options.notAfter ?? Date.now() + 30 * day,
      names,
    });
    const sent =
      options.between === true
        ? writeCertificate({
            ...between,
            issuer: own,
            notBefore: Date.now() - day,
            notAfter: Date.now() + 30 * day,
            ca: options.betweenMayIssue ?? true,
          })
        : '';
    const cert = `${leaf}${sent}`;
    const { passphrase } = options;
    const format = { type: 'pkcs8', format: 'pem' } as const;
    const key =
      passphrase === undefined
        ? keys.privateKey.export(format)
        : keys.privateKey.export({ ...format, cipher: 'aes-256-cbc', passphrase });
    return { cert, key: key.toString() };
  }

  /** The list of what it revoked. @param until when there has to be another, in ms since 1970 */
  revoked(issued: readonly Issued[], until: number = Date.now() + day): string {
    const { privateKey } = this.#keys;
    const certs = issued.map(({ cert }) => cert);
    return revocationList({ issuer: this.#name, key: privateKey, certs, until });
  }
}

/** Options of a vhost that serves with that pair. */
export function serving(issued: Issued): {
  readonly serverSslCertMem: string;
  readonly serverSslPrivateKeyMem: string;
} {
  return { serverSslCertMem: issued.cert, serverSslPrivateKeyMem: issued.key };
}

/** A directory of one test file. */
export class TestDir {
  readonly path: string = mkdtempSync(join(tmpdir(), 'lws-tls-'));

  write(name: string, text: string): string {
    const file = join(this.path, name);
    writeFileSync(file, text);
    return file;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
