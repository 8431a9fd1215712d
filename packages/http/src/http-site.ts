import {
  type Clock,
  type ContextView,
  type HttpFields,
  type RoleFallback,
  resolvedBy,
  type VhostView,
} from '@lws-ts/interface';
import { AccessLog } from './access-log.ts';
import { type DateField, dateOf } from './date-field.ts';
import { HeaderTablePool } from './header-table-pool.ts';
import { httpOptionRules, type ResolvedHttpOptions } from './options.ts';
import { RecentHeads } from './recent-heads.ts';
import { SiteFields } from './site-fields.ts';

/** What HTTP keeps of one vhost: its options, its header tables, and the fields that all its answers have. */
export class HttpSite {
  readonly vhost: VhostView;
  readonly options: ResolvedHttpOptions;
  readonly tables: HeaderTablePool;
  readonly date: DateField;
  readonly recentHeads: RecentHeads = new RecentHeads();
  /** `headers`, `serverString` and `securityHeaders`. */
  readonly fields: SiteFields;
  /** With what is said on secure transports alone. */
  readonly secureFields: SiteFields;
  readonly accessLog: AccessLog | undefined;
  /** Who takes its connections that do not begin as HTTP. */
  readonly fallback: RoleFallback | undefined;

  constructor(vhost: VhostView, clock: Clock, fallback: RoleFallback | undefined) {
    const options = resolvedBy<ResolvedHttpOptions>(httpOptionRules, vhost.options);
    const fields = plainFields(options);
    this.vhost = vhost;
    this.options = options;
    this.fallback = fallback;
    this.tables = new HeaderTablePool(
      options,
      options.maxHttpHeaderPool,
      options.maxHttpHeaderCopies,
      fallback !== undefined,
    );
    this.date = dateOf(clock);
    this.fields = new SiteFields(fields);
    this.secureFields = new SiteFields(options.sts ? withSts(fields, options) : fields);
    this.accessLog =
      options.accessLog === undefined ? undefined : new AccessLog(options.accessLog, clock);
  }
}

/**
 * What `securityHeaders` adds: a page loads scripts, styles, fonts and connections from its own server only, is
 * framed by nobody, is taken for what its type says, and does not tell others where it was.
 */
const securityFields: HttpFields = [
  [
    'content-security-policy',
    "default-src 'none'; img-src 'self' data:; script-src 'self'; font-src 'self'; style-src 'self'; " +
      "connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  ],
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'deny'],
  ['referrer-policy', 'no-referrer'],
];

function plainFields(options: ResolvedHttpOptions): HttpFields {
  const { headers, serverString, securityHeaders } = options;
  const server: HttpFields = serverString === undefined ? [] : [['server', serverString]];
  const preset = securityHeaders ? securityFields.filter(([name]) => !names(headers, name)) : [];
  return [...headers, ...preset, ...server];
}

function withSts(fields: HttpFields, options: ResolvedHttpOptions): HttpFields {
  const name = 'strict-transport-security';
  if (names(fields, name)) return fields;
  return [...fields, [name, `max-age=${options.stsMaxAgeSecs}; includeSubDomains`]];
}

function names(fields: HttpFields, name: string): boolean {
  return fields.some(([own]) => own.toLowerCase() === name);
}

const sites = new WeakMap<VhostView, HttpSite>();

/** Once per vhost, when it is made. */
export function addSite(vhost: VhostView, { clock, roles }: ContextView): void {
  let fallback: RoleFallback | undefined;
  for (const role of roles) fallback ??= role.fallback?.(vhost);
  sites.set(vhost, new HttpSite(vhost, clock, fallback));
}

/** The vhost is over: its log is completed. */
export function closeSite(vhost: VhostView): void {
  sites.get(vhost)?.accessLog?.close();
}

/**
 * Goes on with the access log of a vhost in a new file of the same path: for a signal of log rotation. Where the
 * lines go to a function, or nowhere, nothing happens.
 */
export function reopenAccessLog(vhost: VhostView): void {
  sites.get(vhost)?.accessLog?.reopen();
}

/**
 * Header tables that requests of a vhost have at the moment, at most `maxHttpHeaderPool`; 0 when its context has no
 * `http()`. For gauges and soaks. lws: ah_count_in_use
 */
export function headerTablesLent(vhost: VhostView): number {
  return sites.get(vhost)?.tables.lent ?? 0;
}

/** The site of a vhost; undefined when its context has no `http()`. */
export function findSite(vhost: VhostView): HttpSite | undefined {
  return sites.get(vhost);
}

/** The site of a vhost whose context has `http()`. */
export function siteOf(vhost: VhostView): HttpSite {
  return sites.get(vhost) as HttpSite;
}
