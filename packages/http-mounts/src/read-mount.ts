import { dirname, resolve } from 'node:path';
import { type AddressList, readAddressList } from '@lws-ts/core';
import { allowedMethods } from '@lws-ts/http/framing';
import {
  type AnyOptionRules,
  interfaceErrors,
  isRecord,
  LwsError,
  nearestName,
  type OptionRules,
  type RequestLimits,
  resolveOptions,
} from '@lws-ts/interface';
import { cacheControl } from './cache-control.ts';
import { LoginFile } from './login-file.ts';
import { checkMimetypes, MimeTable } from './mimetypes.ts';
import type {
  CallbackMembers,
  CgiMembers,
  FileMembers,
  FileMount,
  MountCommon,
  MountPlace,
  ProxyMembers,
  RedirectMembers,
  ResolvedMount,
  UpstreamTls,
} from './mount.ts';
import { checkMountHeaders } from './mount-headers.ts';
import { readOrigin } from './mount-origin.ts';
import { fileMethods } from './mount-table.ts';
import type { ProxyOrigin } from './proxy/proxy-origin.ts';
import { readUpstreamTls } from './proxy/upstream-tls.ts';

const LONGEST_AGE = 0x7fff_ffff;
const METHODS = allowedMethods.split(', ');
const REDIRECTS = [301, 302, 307, 308];

const path = {
  kind: 'string',
  fallback: undefined,
  pattern: /^[^\0]+$/,
  wanted: 'a path',
} as const;

const placeRules: OptionRules<MountPlace> = {
  // Normalised already: segments that are no dots, no doubled slash, nothing that ends a path.
  mountpoint: {
    kind: 'string',
    fallback: undefined,
    pattern: /^(?:\/|(?:\/(?!\.\.?(?:\/|$))[^/\\?#%\p{Cc}]+)+)$/u,
    wanted:
      'a path like / or /one/two: decoded, without a slash at its end, empty or dot segments, control characters, and any of \\ ? # %',
  },
  exactMatch: { kind: 'boolean', fallback: false },
  methods: { kind: 'custom', fallback: undefined, check: checkMethods },
  headers: { kind: 'custom', fallback: Object.freeze([]), check: checkMountHeaders },
  basicAuthLoginFile: path,
  maxHttpBodySize: { kind: 'custom', fallback: undefined, check: checkBodySize },
  keepaliveTimeout: { kind: 'custom', fallback: undefined, check: checkKeepalive },
};

const fileRules: OptionRules<FileMembers> = {
  def: {
    kind: 'string',
    fallback: 'index.html',
    pattern: /^(?!\.\.?$)[^/\\\p{Cc}]+$/u,
    wanted: 'the name of a file, without slashes and control characters',
  },
  extraMimetypes: { kind: 'custom', fallback: new MimeTable({}), check: checkMimetypes },
  cacheMaxAge: { kind: 'integer', fallback: 0, min: 0, max: LONGEST_AGE },
  cacheReusable: { kind: 'boolean', fallback: false },
  cacheRevalidate: { kind: 'boolean', fallback: false },
  cacheIntermediaries: { kind: 'boolean', fallback: false },
  follow: { kind: 'boolean', fallback: false },
  dotFiles: { kind: 'boolean', fallback: false },
  precompressed: { kind: 'boolean', fallback: false },
  listing: { kind: 'boolean', fallback: false },
  interpret: { kind: 'custom', fallback: Object.freeze([]), check: checkInterpret },
  fallback: {
    kind: 'string',
    fallback: undefined,
    pattern: /^(?!\/)(?:(?:^|\/)(?!\.\.?(?:\/|$))[^/\\\p{Cc}]+)+$/u,
    wanted:
      'a path below the origin like app.html: without a slash at its begin or end, empty or dot segments, backslashes and control characters',
  },
};

const callbackRules: OptionRules<CallbackMembers> = {
  pmo: { kind: 'custom', fallback: Object.freeze({}), check: checkPairs },
};

const redirectRules: OptionRules<RedirectMembers> = {
  status: { kind: 'custom', fallback: 301, check: checkStatus },
  appendPath: { kind: 'boolean', fallback: false },
};

const proxyRules: OptionRules<ProxyMembers> = {
  preserveHost: { kind: 'boolean', fallback: false },
  wsUpgrades: { kind: 'boolean', fallback: false },
  rewriteLinks: { kind: 'boolean', fallback: false },
  trusted: { kind: 'custom', fallback: readAddressList([], 'trusted'), check: readAddressList },
  connectTimeoutSecs: { kind: 'number', fallback: 5, min: 0.1, max: 3600 },
  responseTimeoutSecs: { kind: 'number', fallback: 55, min: 0.1, max: 3600 },
  responseIdleSecs: { kind: 'number', fallback: 60, min: 0.1, max: 3600 },
  wsIdleSecs: { kind: 'number', fallback: 60, min: 0, max: 86_400 },
  upstreamTls: { kind: 'custom', fallback: undefined, check: readUpstreamTls },
  keepWarmSecs: { kind: 'number', fallback: 5, min: 0, max: 3600 },
  keepWarmMax: { kind: 'integer', fallback: 256, min: 1, max: 1024 },
};

/** What a mount of a script may say besides its place. */
export const cgiMountRules: OptionRules<CgiMembers> = {
  cgienv: { kind: 'custom', fallback: Object.freeze({}), check: checkVariables },
  cgiTimeout: { kind: 'number', fallback: 30, min: 0.1, max: 3600 },
  cgiDeadlineSecs: { kind: 'number', fallback: 3600, min: 0.1, max: 86_400 },
  cgiWd: path,
  protocol: {
    kind: 'string',
    fallback: undefined,
    pattern: /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/,
    wanted: 'the name of a protocol',
  },
  cgiAuthorization: { kind: 'boolean', fallback: false },
  maxScripts: { kind: 'integer', fallback: 16, min: 1, max: 1024 },
  maxScriptsPerPeer: { kind: 'integer', fallback: 8, min: 1, max: 1024 },
  maxChunkedBody: { kind: 'integer', fallback: 65_536, min: 0, max: 16 * 1024 * 1024 },
};

const RULES: Readonly<Record<ResolvedMount['kind'], AnyOptionRules>> = {
  file: { ...placeRules, ...fileRules },
  callback: { ...placeRules, ...callbackRules },
  redirect: { ...placeRules, ...redirectRules },
  proxy: { ...placeRules, ...proxyRules },
  cgi: { ...placeRules, ...cgiMountRules },
};

/**
 * Reads one mount. A member that its kind does not have is as unknown as a misspelt one.
 *
 * @param of names it in messages
 * @param id unique among the mounts of a context
 * @throws `LWS_ERR_OPTION`, `LWS_ERR_OPTION_UNKNOWN`, `LWS_ERR_MOUNT_ORIGIN`, `LWS_ERR_MOUNT_ORIGIN_KIND`,
 * `LWS_ERR_MOUNT_MIMETYPE`
 */
export function readMount(
  given: Readonly<Record<string, unknown>>,
  of: string,
  id: number,
): ResolvedMount {
  const { kind, origin, ...members } = given;
  if (origin === undefined) checkMisspelt(Object.keys(members), of);
  const { kind: is, target, upstream } = readOrigin(kind, origin, of);
  if (members['mountpoint'] === undefined)
    throw refused(`mountpoint of ${of} is undefined, not a path`);
  const options = resolveOptions(RULES[is], members, `${of} (a mount of kind ${is})`);
  const common = readCommon(options, id);
  if (is === 'file') return readFileMount(common, options, target, of);
  if (is === 'cgi') return readCgiMount(common, options, target);
  if (is === 'callback') {
    const pmo = options['pmo'] as Readonly<Record<string, string>>;
    return Object.freeze({ ...common, kind: 'callback', protocol: target, pmo });
  }
  if (upstream !== undefined) return readProxyMount(common, options, upstream, of);
  const appendPath = options['appendPath'] as boolean;
  if (appendPath && /[?#]/.test(target))
    throw refused(`appendPath of ${of} has an origin with more than a path`);
  const status = options['status'] as number;
  return Object.freeze({ ...common, kind: 'redirect', location: target, status, appendPath });
}

/** Without its origin nobody knows what a mount is, and which options it may have. */
function checkMisspelt(names: readonly string[], of: string): void {
  for (const name of names)
    if (nearestName(name, ['origin']) !== undefined)
      throw new LwsError(
        interfaceErrors.LWS_ERR_OPTION_UNKNOWN,
        `${name} of ${of}; did you mean origin?`,
      );
}

type Resolved = Readonly<Record<string, unknown>>;

function readCommon(options: Resolved, id: number): MountCommon {
  const loginFile = options['basicAuthLoginFile'] as string | undefined;
  return {
    id: `${id}:`,
    mountpoint: options['mountpoint'] as string,
    exactMatch: options['exactMatch'] as boolean,
    methods: options['methods'] as readonly string[] | undefined,
    headers: options['headers'] as MountCommon['headers'],
    login: loginFile === undefined ? undefined : new LoginFile(loginFile),
    limits: limitsOf(options),
  };
}

function limitsOf(options: Resolved): RequestLimits | undefined {
  const maxHttpBodySize = options['maxHttpBodySize'] as number | undefined;
  const keepaliveTimeout = options['keepaliveTimeout'] as number | undefined;
  if (maxHttpBodySize === undefined && keepaliveTimeout === undefined) return undefined;
  return Object.freeze({ maxHttpBodySize, keepaliveTimeout });
}

function readProxyMount(
  common: MountCommon,
  options: Resolved,
  origin: ProxyOrigin,
  of: string,
): ResolvedMount {
  const upstreamTls = options['upstreamTls'] as UpstreamTls | undefined;
  if (upstreamTls !== undefined && !origin.target.secure)
    throw refused(`upstreamTls of ${of} has an origin that is not https:`);
  const number = (name: keyof ProxyMembers): number => options[name] as number;
  return Object.freeze({
    ...common,
    kind: 'proxy',
    origin,
    preserveHost: options['preserveHost'] as boolean,
    wsUpgrades: options['wsUpgrades'] as boolean,
    rewriteLinks: options['rewriteLinks'] as boolean,
    trusted: options['trusted'] as AddressList,
    wsIdleSecs: number('wsIdleSecs'),
    connect: Object.freeze({
      ...upstreamTls,
      connectTimeoutSecs: number('connectTimeoutSecs'),
      responseTimeoutSecs: number('responseTimeoutSecs'),
      responseIdleSecs: number('responseIdleSecs'),
      keepWarmSecs: number('keepWarmSecs'),
      keepWarmMax: number('keepWarmMax'),
    }),
  });
}

function readCgiMount(common: MountCommon, options: Resolved, program: string): ResolvedMount {
  return Object.freeze({
    ...common,
    kind: 'cgi',
    program,
    cgienv: options['cgienv'] as Readonly<Record<string, string>>,
    cgiTimeout: options['cgiTimeout'] as number,
    cgiDeadlineSecs: options['cgiDeadlineSecs'] as number,
    cgiWd: resolve((options['cgiWd'] as string | undefined) ?? dirname(program)),
    cgiAuthorization: options['cgiAuthorization'] as boolean,
    protocol: options['protocol'] as string | undefined,
    maxScripts: options['maxScripts'] as number,
    maxScriptsPerPeer: options['maxScriptsPerPeer'] as number,
    maxChunkedBody: options['maxChunkedBody'] as number,
  });
}

function readFileMount(
  common: MountCommon,
  options: Resolved,
  root: string,
  of: string,
): ResolvedMount {
  const other = common.methods?.find((method) => !fileMethods.includes(method));
  if (other !== undefined) throw refused(`methods of ${of} has ${other}, which files do not have`);
  return Object.freeze({
    ...common,
    kind: 'file',
    root,
    def: options['def'] as string,
    mimetypes: options['extraMimetypes'] as MimeTable,
    cacheControl: cacheControl({
      maxAge: options['cacheMaxAge'] as number,
      reusable: options['cacheReusable'] as boolean,
      revalidate: options['cacheRevalidate'] as boolean,
      intermediaries: options['cacheIntermediaries'] as boolean,
    }),
    dotFiles: options['dotFiles'] as boolean,
    precompressed: options['precompressed'] as boolean,
    listing: options['listing'] as boolean,
    fallback: options['fallback'] as string | undefined,
    interpret: options['interpret'] as FileMount['interpret'],
    openFlags: Object.freeze({
      write: false,
      acceptGzip: false,
      follow: options['follow'] as boolean,
    }),
  });
}

function checkMethods(value: unknown, name: string): readonly string[] {
  if (!Array.isArray(value) || value.length === 0)
    throw refused(`${name} is not a list with a method in it`);
  for (const method of value)
    if (!METHODS.includes(method))
      throw refused(`${name} has ${JSON.stringify(method)}, not one of ${allowedMethods}`);
  return Object.freeze([...new Set<string>(value)]);
}

/** There is no number that stands for "that of the vhost". */
function checkBodySize(value: unknown, name: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw refused(`${name} is ${JSON.stringify(value)}, not an integer from 0 to 2^53 - 1`);
}

function checkKeepalive(value: unknown, name: string): number {
  if (typeof value === 'number' && value >= 0.1 && value <= 3600) return value;
  throw refused(`${name} is ${JSON.stringify(value)}, not a number from 0.1 to 3600`);
}

function checkStatus(value: unknown, name: string): number {
  if (REDIRECTS.includes(value as number)) return value as number;
  throw refused(`${name} is ${JSON.stringify(value)}, not one of ${REDIRECTS.join(', ')}`);
}

function checkInterpret(value: unknown, name: string): FileMount['interpret'] {
  const rows = new Map<string, string>();
  for (const [suffix, protocol] of Object.entries(checkPairs(value, name))) {
    const shown = `${name} has ${JSON.stringify(suffix)}`;
    if (!/^\.[^/\\\s]+$/.test(suffix)) throw refused(`${shown}, which is no suffix with its dot`);
    const lower = suffix.toLowerCase();
    if (rows.has(lower)) throw refused(`${shown} twice: suffixes are the same in either case`);
    rows.set(lower, protocol);
  }
  return Object.freeze([...rows].sort(([one], [other]) => other.length - one.length));
}

/** Without a prototype: a name is found only when it was given. */
function checkPairs(value: unknown, name: string): Readonly<Record<string, string>> {
  if (!isRecord(value)) throw refused(`${name} is not a record of strings`);
  const pairs: Record<string, string> = Object.create(null);
  for (const [key, content] of Object.entries(value)) {
    if (typeof content !== 'string') throw refused(`${name}.${key} is not a string`);
    pairs[key] = content;
  }
  return Object.freeze(pairs);
}

function checkVariables(value: unknown, name: string): Readonly<Record<string, string>> {
  const pairs = checkPairs(value, name);
  for (const [variable, content] of Object.entries(pairs))
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable) || content.includes('\0'))
      throw refused(`${name} has ${JSON.stringify(variable)}, which is no variable`);
  return pairs;
}

function refused(detail: string): LwsError {
  return new LwsError(interfaceErrors.LWS_ERR_OPTION, detail);
}
