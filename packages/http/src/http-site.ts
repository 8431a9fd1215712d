import type { Clock, HttpFields, VhostView } from '@lws-ts/interface';
import { DateField } from './date-field.ts';
import { fieldsLength, writeFields } from './framing/index.ts';
import { HeaderTablePool } from './header-table-pool.ts';
import type { ResolvedHttpOptions } from './options.ts';

/** What HTTP keeps of one vhost: its options, its header tables, and the fields that all its answers have. */
export class HttpSite {
  readonly vhost: VhostView;
  readonly options: ResolvedHttpOptions;
  readonly tables: HeaderTablePool;
  readonly date: DateField;
  /** Field lines of `headers` and `serverString`. */
  readonly fields: Uint8Array;

  constructor(vhost: VhostView, clock: Clock) {
    const options = vhost.options as unknown as ResolvedHttpOptions;
    const { headers, serverString } = options;
    const fields: HttpFields =
      serverString === undefined ? headers : [...headers, ['server', serverString]];
    this.vhost = vhost;
    this.options = options;
    this.tables = new HeaderTablePool(options, options.maxHttpHeaderPool);
    this.date = new DateField(clock);
    this.fields = new Uint8Array(fieldsLength(fields));
    writeFields(this.fields, 0, fields);
  }
}

const sites = new WeakMap<VhostView, HttpSite>();

/** Once per vhost, when it is made. */
export function addSite(vhost: VhostView, clock: Clock): void {
  sites.set(vhost, new HttpSite(vhost, clock));
}

/** The site of a vhost; undefined when its context has no `http()`. */
export function findSite(vhost: VhostView): HttpSite | undefined {
  return sites.get(vhost);
}

/** The site of a vhost whose context has `http()`. */
export function siteOf(vhost: VhostView): HttpSite {
  return sites.get(vhost) as HttpSite;
}
