/** What OpenSSL is given for a vhost: its certificate and rules as a server, what its clients show and trust. */

import type { SecureContext, SecureContextOptions } from 'node:tls';
import { dropPromise, interfaceErrors, LwsError, type VhostView } from '@lws-ts/interface';
import { defaultCiphers, prefersOwnOrder, secureOptions } from './ciphers.ts';
import { CollectedContext } from './context-builder.ts';
import { type Credentials, readCas, readCredentials, readCrls } from './credentials.ts';
import { reasonOf, tlsErrors } from './errors.ts';
import { crypto } from './node-crypto.ts';
import { tls } from './node-tls.ts';
import type { ResolvedTlsOptions } from './options.ts';

/** What a vhost serves with, read and checked. */
export interface ServerSupply {
  readonly pair: Credentials;
  /** CAs of client certificates. */
  readonly cas: readonly string[];
  /** Client certificates that are good no more. */
  readonly crls: readonly string[];
}

/**
 * Reads what the options name, and asks the first protocol for more.
 *
 * @param now ms since 1970
 * @throws for a pair that cannot be used
 */
export function supplyOf(vhost: VhostView, options: ResolvedTlsOptions, now: number): ServerSupply {
  const given = suppliedBy(vhost, 'loadExtraServerVerifyCerts');
  const pair = readCredentials(
    {
      certFile: given.cert === undefined ? options.sslCertFilepath : undefined,
      cert: given.cert ?? options.serverSslCertMem,
      keyFile: given.key === undefined ? options.sslPrivateKeyFilepath : undefined,
      key: given.key ?? options.serverSslPrivateKeyMem,
      passphrase: given.key === undefined ? options.sslPrivateKeyPassword : given.passphrase,
    },
    `vhost ${vhost.name}`,
    now,
  );
  const cas = readCas(options.sslCaFilepath, options.serverSslCaMem, given.cas);
  const needed = options.requireValidOpensslClientCert === true;
  if (needed && cas.length === 0 && options.peerCertNotRequired !== true)
    throw new LwsError(
      tlsErrors.LWS_ERR_TLS_OPTIONS,
      `vhost ${vhost.name}: requireValidOpensslClientCert, and no CA of clients: nobody could connect`,
    );
  return {
    pair,
    cas,
    crls: readCrls(options.sslCrlFilepath, given.crls),
  };
}

/** @throws `LWS_ERR_PROTOCOL_DEFINITION` for a handler that would have to be waited for */
function suppliedBy(
  { protocols }: VhostView,
  name: 'loadExtraServerVerifyCerts' | 'loadExtraClientVerifyCerts',
): CollectedContext {
  const given = new CollectedContext();
  const supplying = protocols[0]?.spec.tls?.[name]?.(given);
  if (!dropPromise(supplying)) return given;
  throw new LwsError(
    interfaceErrors.LWS_ERR_PROTOCOL_DEFINITION,
    `tls.${name} of protocol "${protocols[0]?.name}" gave a promise`,
  );
}

/** As `tls.createServer` and `tls.createSecureContext` take them. */
export function serverContextOptions(
  vhostName: string,
  options: ResolvedTlsOptions,
  { pair, cas, crls }: ServerSupply,
): SecureContextOptions {
  return {
    cert: pair.cert,
    key: pair.key,
    ...(pair.passphrase === undefined ? {} : { passphrase: pair.passphrase }),
    // without its own, a vhost would trust the certificates of everybody that the public CAs know
    ca: [...cas],
    ...(crls.length === 0 ? {} : { crl: [...crls] }),
    ciphers: options.sslCipherList ?? defaultCiphers,
    honorCipherOrder: prefersOwnOrder(options.sslOptionsSet, options.sslOptionsClear),
    ecdhCurve: options.ecdhCurve,
    minVersion: 'TLSv1.2',
    secureOptions: secureOptions(options.sslOptionsSet, options.sslOptionsClear),
    // what one vhost remembers of a client is no other's to resume
    sessionIdContext: crypto().createHash('sha256').update(vhostName).digest('hex').slice(0, 32),
  };
}

/** What the clients of a vhost show and trust. */
export interface ClientSupply {
  readonly context: SecureContext;
  /** PEM of the CAs that are trusted; undefined: those that Node.js trusts. */
  readonly cas: readonly string[] | undefined;
  /** There are lists of certificates that are good no more. */
  readonly revokes: boolean;
}

/** @throws for files that cannot be used */
export function clientSupply(
  vhost: VhostView,
  options: ResolvedTlsOptions,
  now: number,
): ClientSupply {
  const given = suppliedBy(vhost, 'loadExtraClientVerifyCerts');
  const ca = readCas(options.clientSslCaFilepath, options.clientSslCaMem, given.cas);
  const crl = readCrls(options.clientSslCrlFilepath, given.crls);
  const pair = clientPair(vhost.name, options, given, now);
  const trusted = ca.length > 0 || options.disableOsCaCerts === true ? ca : systemCas();
  const context = makeContext(
    {
      ...(trusted === undefined ? {} : { ca: trusted }),
      ...(crl.length === 0 ? {} : { crl }),
      ...(pair === undefined ? {} : { cert: pair.cert, key: pair.key }),
      ...(pair?.passphrase === undefined ? {} : { passphrase: pair.passphrase }),
      ciphers: options.clientSslCipherList ?? options.sslCipherList ?? defaultCiphers,
      ecdhCurve: options.ecdhCurve,
      minVersion: 'TLSv1.2',
      secureOptions: secureOptions(options.sslOptionsSet, options.sslOptionsClear),
    },
    vhost.name,
  );
  return { context, cas: trusted, revokes: crl.length > 0 };
}

/** @throws `LWS_ERR_TLS_CIPHERS` for what OpenSSL does not take */
export function makeContext(options: SecureContextOptions, vhostName: string): SecureContext {
  try {
    return tls().createSecureContext(options);
  } catch (cause) {
    const detail = `vhost ${vhostName}: ${reasonOf(cause as Error)}`;
    throw new LwsError(tlsErrors.LWS_ERR_TLS_CIPHERS, detail, { cause });
  }
}

function clientPair(
  vhostName: string,
  options: ResolvedTlsOptions,
  given: CollectedContext,
  now: number,
): Credentials | undefined {
  const cert = given.cert ?? options.clientSslCertMem;
  const key = given.key ?? options.clientSslKeyMem;
  if (cert === undefined && options.clientSslCertFilepath === undefined) return undefined;
  const passphrase =
    given.key === undefined ? options.clientSslPrivateKeyPassword : given.passphrase;
  const source = {
    certFile: cert === undefined ? options.clientSslCertFilepath : undefined,
    cert,
    keyFile: key === undefined ? options.clientSslPrivateKeyFilepath : undefined,
    key,
    passphrase,
  };
  return readCredentials(source, `a client of vhost ${vhostName}`, now);
}

/**
 * Those that Node.js trusts by itself (`NODE_EXTRA_CA_CERTS` too), and those of the system where it can tell them
 * (from 22.15). Undefined: the former, which an older one does not tell.
 */
function systemCas(): string[] | undefined {
  const known = tls() as { getCACertificates?: (type: 'default' | 'system') => string[] };
  if (known.getCACertificates === undefined) return undefined;
  return [
    ...new Set([...known.getCACertificates('default'), ...known.getCACertificates('system')]),
  ];
}
