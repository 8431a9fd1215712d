/** What is said of the TLS of a client: by who opens a connection, and by a mount of its upstream. */
import { interfaceErrors } from './errors.ts';
import { LwsError } from './lws-error.ts';
import type { OptionRules } from './options.ts';

/** Options of one connection of a client. What they name is looked at when it connects. */
export interface ClientTlsOptions {
  /** The name that the server is asked for (RFC 6066 §3), and that its certificate has to have. @defaultValue that of the URL, of a mount that of its origin */
  readonly serverName?: string;
  /** File with the CAs that the server is trusted by, in PEM. @defaultValue as the vhost has it */
  readonly clientSslCaFilepath?: string;
  /** As `clientSslCaFilepath`, in memory. */
  readonly clientSslCaMem?: string | Uint8Array;
  /** File with the certificate that is shown, in PEM. @defaultValue as the vhost has it */
  readonly clientSslCertFilepath?: string;
  /** File with its key. */
  readonly clientSslPrivateKeyFilepath?: string;
  /** What that key is encrypted with. */
  readonly clientSslPrivateKeyPassword?: string;
  /** As `clientSslCertFilepath`, in memory. */
  readonly clientSslCertMem?: string | Uint8Array;
  /** As `clientSslPrivateKeyFilepath`, in memory. */
  readonly clientSslKeyMem?: string | Uint8Array;
  /** A certificate that no known CA issued is accepted. lws: LCCSCF_ALLOW_SELFSIGNED @defaultValue false */
  readonly allowSelfsigned?: boolean;
  /** The certificate may be of another name. lws: LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK @defaultValue false */
  readonly skipServerCertHostnameCheck?: boolean;
  /**
   * The certificate may be out of date; not where lists of revoked ones are given. lws: LCCSCF_ALLOW_EXPIRED
   *
   * @defaultValue false
   */
  readonly allowExpired?: boolean;
  /** Any certificate is accepted. lws: LCCSCF_ALLOW_INSECURE @defaultValue false */
  readonly allowInsecure?: boolean;
}

const file = {
  kind: 'string',
  fallback: undefined,
  pattern: /^[^\0]+$/,
  wanted: 'a path',
} as const;
const pem = { kind: 'custom', fallback: undefined, check: readPem } as const;
const off = { kind: 'boolean', fallback: false } as const;

/** How each of {@link ClientTlsOptions} is read. */
export const clientTlsRules: OptionRules<ClientTlsOptions> = {
  serverName: {
    kind: 'string',
    fallback: undefined,
    pattern: /^[A-Za-z0-9._-]{1,253}$/,
    wanted: 'a name of 1 to 253 letters, digits and . - _',
  },
  clientSslCaFilepath: file,
  clientSslCaMem: pem,
  clientSslCertFilepath: file,
  clientSslPrivateKeyFilepath: file,
  clientSslPrivateKeyPassword: { kind: 'string', fallback: undefined },
  clientSslCertMem: pem,
  clientSslKeyMem: pem,
  allowSelfsigned: off,
  skipServerCertHostnameCheck: off,
  allowExpired: off,
  allowInsecure: off,
};

function readPem(value: unknown, name: string): string | Uint8Array {
  if (typeof value === 'string' || value instanceof Uint8Array) return value;
  throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `${name} is no PEM: a string or bytes`);
}
