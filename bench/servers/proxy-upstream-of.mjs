import { parseArgs } from 'node:util';

/** The port of the upstream that a proxy was told of. */
export function upstreamPort() {
  return Number(parseArgs({ options: { upstream: { type: 'string' } } }).values.upstream);
}
