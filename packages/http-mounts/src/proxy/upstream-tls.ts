import {
  interfaceErrors,
  isRecord,
  LwsError,
  type OptionRules,
  resolveOptions,
} from '@lws-ts/interface';
import type { UpstreamTls } from '../mount.ts';

const file = {
  kind: 'string',
  fallback: undefined,
  pattern: /^[^\0]+$/,
  wanted: 'a path',
} as const;
const pem = { kind: 'custom', fallback: undefined, check: checkPem } as const;
const off = { kind: 'boolean', fallback: false } as const;

/** What each is once it is there is checked by the TLS layer, when it connects. */
const rules: OptionRules<UpstreamTls> = {
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

/** Those that were given. @throws `LWS_ERR_OPTION`, `LWS_ERR_OPTION_UNKNOWN` */
export function readUpstreamTls(value: unknown, name: string): UpstreamTls {
  if (!isRecord(value)) throw refused(`${name} is not a record of options`);
  const read = resolveOptions(rules, value as Readonly<Record<string, unknown>>, name);
  const given = Object.entries(read).filter(([, one]) => one !== undefined && one !== false);
  return Object.freeze(Object.fromEntries(given)) as UpstreamTls;
}

function checkPem(value: unknown, name: string): string | Uint8Array {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  throw refused(`${name} is no PEM: a string or bytes`);
}

function refused(detail: string): LwsError {
  return new LwsError(interfaceErrors.LWS_ERR_OPTION, detail);
}
