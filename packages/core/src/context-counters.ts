import type { ErrorCode, VhostView } from '@lws-ts/interface';

/** What a context has counted over all its vhosts. lws: lws_json_dump_context */
export interface ContextCounters {
  /** Connections now. */
  readonly wsi_alive: number;
  readonly rx: number;
  readonly tx: number;
  readonly h1_conn: number;
  readonly h1_trans: number;
  readonly ah_waits: number;
  readonly ws_upg: number;
  readonly rejected: number;
  /** When the first certificate ends of those in use, in seconds since 1970; 0 without one. */
  readonly ssl_cert_end: number;
  readonly refused: ReadonlyMap<ErrorCode, number>;
}

/** Those of `vhosts` together, with `alive` connections. */
export function sumCounters(vhosts: readonly VhostView[], alive: number): ContextCounters {
  const sum = { rx: 0, tx: 0, h1_conn: 0, h1_trans: 0, ah_waits: 0, ws_upg: 0, rejected: 0 };
  const refused = new Map<ErrorCode, number>();
  let end = 0;
  for (const { counters } of vhosts) {
    const { ssl_cert_end } = counters;
    if (ssl_cert_end !== 0 && (end === 0 || ssl_cert_end < end)) end = ssl_cert_end;
    for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += counters[name];
    for (const [code, count] of counters.refused)
      refused.set(code, (refused.get(code) ?? 0) + count);
  }
  return { wsi_alive: alive, ...sum, ssl_cert_end: end, refused };
}
