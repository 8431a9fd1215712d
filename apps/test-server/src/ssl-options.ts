/** What `-s` of the command line is to a vhost. */
import { type DevCerts, devCerts, type LwsContextOptions } from 'lws-ts';
import type { SslOptions } from './cli-options.ts';

type VhostOptions = NonNullable<LwsContextOptions['vhosts']>[number];

/** The TLS of the test server. */
export interface ServerSsl {
  readonly options: Partial<VhostOptions>;
  /** The certificates for development, when they are used. */
  readonly dev: DevCerts | undefined;
}

const allEvents = 0xffff_ffff;

/** @throws `LWS_ERR_TLS_DEV_CERTS` */
export function serverSsl(ssl: SslOptions): ServerSsl {
  const { cert, key, ca, crl, verifyClient, allowNonSsl, alerts } = ssl;
  const dev = cert === undefined || key === undefined ? devCerts() : undefined;
  const sslCertFilepath = cert ?? dev?.sslCertFilepath;
  const sslPrivateKeyFilepath = key ?? dev?.sslPrivateKeyFilepath;
  return {
    dev,
    options: {
      ...(sslCertFilepath === undefined ? {} : { sslCertFilepath }),
      ...(sslPrivateKeyFilepath === undefined ? {} : { sslPrivateKeyFilepath }),
      ...(ca === undefined ? {} : { sslCaFilepath: ca }),
      ...(crl === undefined ? {} : { sslCrlFilepath: crl }),
      requireValidOpensslClientCert: verifyClient,
      allowNonSslOnSslPort: allowNonSsl,
      redirectHttpToHttps: !allowNonSsl,
      sslInfoEventMask: alerts ? allEvents : 0,
    },
  };
}
