import type { BoundProtocol, Clock, RoleHost, WsHandlers } from '@lws-ts/interface';
import { type ResolvedWsOptions, wsOptionsOf } from './options.ts';

/** What the connections of one side of a protocol have alike: each of them keeps but the way to it. */
export interface WsTerms {
  readonly side: 'server' | 'client';
  readonly protocol: BoundProtocol;
  /** The group of the protocol that this side speaks to. */
  readonly handlers: WsHandlers<unknown, unknown>;
  readonly options: ResolvedWsOptions;
  readonly clock: Clock;
  /** Bound of the chunks that `receive` gets, in bytes. */
  readonly rxBufferSize: number;
  /** What a connection may keep of its output, in bytes. */
  readonly maxOutputBytes: number;
}

const known = {
  server: new WeakMap<BoundProtocol, WsTerms>(),
  client: new WeakMap<BoundProtocol, WsTerms>(),
};

/** For a connection of `host`'s vhost, to which the protocol belongs. */
export function termsOf(
  side: 'server' | 'client',
  protocol: BoundProtocol,
  host: RoleHost,
  clock: Clock,
): WsTerms {
  const options = wsOptionsOf(host.vhost.options);
  const before = known[side].get(protocol);
  if (before?.options === options && before.clock === clock) return before;
  const { spec } = protocol;
  const handlers = (side === 'server' ? spec.ws : spec.client) ?? {};
  const rxBufferSize = spec.rxBufferSize ?? options.rxBufferSize;
  const { maxOutputBytes } = options;
  const terms: WsTerms = {
    side,
    protocol,
    handlers,
    options,
    clock,
    rxBufferSize,
    maxOutputBytes,
  };
  known[side].set(protocol, terms);
  return terms;
}
