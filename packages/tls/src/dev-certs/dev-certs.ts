/**
 * Certificates for development: a CA of this machine's user, and a certificate of it for localhost. They are made
 * once, kept in a directory that only the user may read, and made anew a week before they end.
 */
import type { X509Certificate } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { homedir, hostname, networkInterfaces } from 'node:os';
import { dirname, join } from 'node:path';
import {
  interfaceErrors,
  LwsError,
  type OptionRules,
  resolvedBy,
  resolveOptions,
  showValue,
} from '@lws-ts/interface';
import { covers } from '../credentials.ts';
import { tlsErrors } from '../errors.ts';
import { crypto } from '../node-crypto.ts';
import * as lateCertificate from './late-certificate.ts';
import type { KeyPair } from './write-certificate.ts';

/** What {@link devCerts} is told. */
export interface DevCertsOptions {
  /** Where they are kept. @defaultValue `~/.cache/lws-ts/dev-certs`, or below `XDG_CACHE_HOME` */
  readonly dir?: string;
  /** Kind of keys. @defaultValue 'ec' */
  readonly keys?: 'ec' | 'rsa';
  /** Names and addresses. @defaultValue localhost, its addresses, the host name and the addresses of this machine */
  readonly names?: readonly string[];
  /** Ms since 1970. @defaultValue now */
  readonly now?: number;
}

/** What there is for a server, and what its clients need. */
export interface DevCerts {
  /** File with the certificate of the server: for `sslCertFilepath`. */
  readonly sslCertFilepath: string;
  /** File with its key: for `sslPrivateKeyFilepath`. */
  readonly sslPrivateKeyFilepath: string;
  /** File with the CA: for clients. */
  readonly caFilepath: string;
  /** SHA-256 of the CA's certificate, in the form that browsers show. */
  readonly fingerprint: string;
  /** A command that makes programs of this machine trust the CA. */
  readonly trustCommand: string;
  /** The certificate was made by this call. */
  readonly made: boolean;
}

const rules: OptionRules<DevCertsOptions> = {
  dir: { kind: 'string', fallback: undefined },
  keys: { kind: 'choice', fallback: 'ec', choices: ['ec', 'rsa'] },
  names: { kind: 'custom', fallback: undefined, check: checkNames },
  now: { kind: 'custom', fallback: undefined, check: checkTime },
};

const dayMs = 86_400_000;
const caDays = 825;
/** Browsers take no longer one. */
const leafDays = 90;
const renewDays = 7;

/**
 * Gives a certificate for development, made now or before.
 *
 * @throws `LWS_ERR_TLS_DEV_CERTS` when the directory cannot be written; `LWS_ERR_OPTION`, `LWS_ERR_OPTION_UNKNOWN`
 */
export function devCerts(options: DevCertsOptions = {}): DevCerts {
  const given = options as Readonly<Record<string, unknown>>;
  const read = resolvedBy<DevCertsOptions>(rules, resolveOptions(rules, given, 'devCerts()'));
  const { dir = defaultDir(), keys = 'ec', names = ownNames(), now = Date.now() } = read;
  kept(dir, () => makeDirectory(dir));
  const caFilepath = join(dir, `ca-${keys}.pem`);
  const caKeyFile = join(dir, `ca-${keys}.key`);
  const sslCertFilepath = join(dir, `localhost-${keys}.pem`);
  const sslPrivateKeyFilepath = join(dir, `localhost-${keys}.key`);

  let ca = readPair(caFilepath, caKeyFile);
  const keptCa = ca !== undefined && isFresh(ca.certificate, now);
  if (ca === undefined || !keptCa) {
    const pair = makeKeys(keys);
    const pem = lateCertificate.writeCertificate({
      commonName: `lws-ts development CA ${keys} ${plainHostName()}`.trim(),
      keys: pair,
      notBefore: now - dayMs,
      notAfter: now + caDays * dayMs,
      ca: true,
    });
    ca = { certificate: new (crypto().X509Certificate)(pem), keys: pair };
    kept(dir, () => writePair(caFilepath, pem, caKeyFile, pair));
  }

  const leaf = readPair(sslCertFilepath, sslPrivateKeyFilepath);
  const keptLeaf =
    keptCa &&
    leaf !== undefined &&
    isFresh(leaf.certificate, now) &&
    leaf.certificate.verify(ca.keys.publicKey) &&
    names.every((name) => covers(leaf.certificate, name));
  if (!keptLeaf) {
    const pair = makeKeys(keys);
    const pem = lateCertificate.writeCertificate({
      commonName: names[0] ?? 'localhost',
      keys: pair,
      issuer: { commonName: commonNameOf(ca.certificate), keys: ca.keys },
      notBefore: now - dayMs,
      notAfter: now + leafDays * dayMs,
      names,
    });
    kept(dir, () => writePair(sslCertFilepath, pem, sslPrivateKeyFilepath, pair));
  }
  return {
    sslCertFilepath,
    sslPrivateKeyFilepath,
    caFilepath,
    fingerprint: ca.certificate.fingerprint256,
    trustCommand: trustCommand(caFilepath),
    made: !keptLeaf,
  };
}

function checkNames(value: unknown): unknown {
  const isName = (one: unknown): boolean =>
    typeof one === 'string' && /^[\w.*:-]{1,253}$/.test(one);
  if (Array.isArray(value) && value.length > 0 && value.every(isName)) return value;
  throw refused(
    `names of devCerts() is ${showValue(value)}, not a list of host names and addresses`,
  );
}

function checkTime(value: unknown): unknown {
  if (Number.isFinite(value)) return value;
  throw refused(`now of devCerts() is ${showValue(value)}, not a time in ms`);
}

function refused(detail: string): LwsError {
  return new LwsError(interfaceErrors.LWS_ERR_OPTION, detail);
}

/** @throws `LWS_ERR_TLS_DEV_CERTS` for what the file system says */
function kept(dir: string, keep: () => void): void {
  try {
    keep();
  } catch (cause) {
    throw new LwsError(tlsErrors.LWS_ERR_TLS_DEV_CERTS, `${dir}: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** One by one: what makes all of them at once goes round for ever where none can be made, below /proc for example. */
function makeDirectory(dir: string): void {
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const above = dirname(dir);
  if (above !== dir) makeDirectory(above);
  try {
    mkdirSync(dir, { mode: 0o700 });
  } catch (error) {
    // another process may have been quicker
    if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
  }
}

interface Kept {
  readonly certificate: X509Certificate;
  readonly keys: KeyPair;
}

/** Undefined for what is missing, damaged, or does not belong together: it is made anew. */
function readPair(certFile: string, keyFile: string): Kept | undefined {
  try {
    const certificate = new (crypto().X509Certificate)(readFileSync(certFile));
    const privateKey = crypto().createPrivateKey(readFileSync(keyFile));
    if (!certificate.checkPrivateKey(privateKey)) return undefined;
    // others may have been let in since
    chmodSync(keyFile, 0o600);
    return { certificate, keys: { privateKey, publicKey: crypto().createPublicKey(privateKey) } };
  } catch {
    return undefined;
  }
}

/** The key first: a certificate without its key is made anew. */
function writePair(certFile: string, cert: string, keyFile: string, keys: KeyPair): void {
  const key = keys.privateKey.export({ type: 'pkcs8', format: 'pem' });
  writeWhole(keyFile, key.toString());
  writeWhole(certFile, cert);
}

/** Nobody reads half of it. */
function writeWhole(file: string, text: string): void {
  const next = `${file}.${process.pid}`;
  writeFileSync(next, text, { mode: 0o600 });
  renameSync(next, file);
}

function isFresh(certificate: X509Certificate, now: number): boolean {
  return (
    Date.parse(certificate.validFrom) <= now &&
    Date.parse(certificate.validTo) - now > renewDays * dayMs
  );
}

function commonNameOf(certificate: X509Certificate): string {
  return certificate.subject.replace(/^CN=/, '');
}

function makeKeys(kind: 'ec' | 'rsa'): KeyPair {
  if (kind === 'ec') return crypto().generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return crypto().generateKeyPairSync('rsa', { modulusLength: 2048 });
}

function defaultDir(): string {
  const cache = process.env['XDG_CACHE_HOME'];
  const base = cache === undefined || cache === '' ? join(homedir(), '.cache') : cache;
  return join(base, 'lws-ts', 'dev-certs');
}

/** What this machine is called by those who test on it. */
function ownNames(): readonly string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).map(({ address }) => address).filter((address) => !address.startsWith('fe80')),
  );
  const host = plainHostName();
  const named = host === '' ? [] : [host];
  return [...new Set(['localhost', '127.0.0.1', '::1', ...named, ...addresses])];
}

/** Empty when it is no name that certificates can have. */
function plainHostName(): string {
  const host = hostname();
  return /^[A-Za-z0-9.-]{1,253}$/.test(host) ? host : '';
}

function trustCommand(file: string): string {
  if (process.platform === 'darwin')
    return `sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain '${file}'`;
  if (process.platform === 'win32') return `certutil -addstore -user Root "${file}"`;
  return `sudo install -m 644 '${file}' /usr/local/share/ca-certificates/lws-ts-dev.crt && sudo update-ca-certificates`;
}
