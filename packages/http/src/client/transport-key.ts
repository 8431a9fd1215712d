import type { ClientTarget } from '@lws-ts/interface';
import type { ResolvedHttpConnectOptions } from './connect-options.ts';
import type { ProxyTarget } from './proxy.ts';

/** Options that say what is asked, or for how long, and not by which connection. */
const ofTheRequest: ReadonlySet<string> = new Set([
  'url',
  'address',
  'port',
  'path',
  'ssl',
  'method',
  'localProtocol',
  'parentWsi',
  'connectTimeoutSecs',
  'retry',
  'signal',
  'headers',
  'host',
  'origin',
  'proxy',
  'maxRedirects',
  'requestBody',
  'keepWarmSecs',
  'keepWarmMax',
  'pipeline',
  'responseTimeoutSecs',
  'responseIdleSecs',
  'protocols',
  'extensions',
]);

const keys = new WeakMap<object, string>();
const direct = new WeakMap<ClientTarget, { readonly options: object; readonly key: string }>();
const identities = new WeakMap<object, number>();
let lastIdentity = 0;

/**
 * Equal for requests that may go by the same connection: same server, same proxy, and each option that the
 * connection depends on the same, those of the TLS layer among them.
 */
export function transportKey(
  target: ClientTarget,
  proxy: ProxyTarget | undefined,
  options: ResolvedHttpConnectOptions,
): string {
  const { secure, host, port, socketPath } = target;
  if (proxy !== undefined) {
    const way = [proxy.kind, proxy.host, proxy.port, proxy.user, proxy.password];
    return JSON.stringify([secure, host, port, socketPath, way, keyOf(options)]);
  }
  // whoever asks the same server again and again has one target and one record of options
  const known = direct.get(target);
  if (known?.options === options) return known.key;
  const key = JSON.stringify([secure, host, port, socketPath, undefined, keyOf(options)]);
  direct.set(target, { options, key });
  return key;
}

function keyOf(options: ResolvedHttpConnectOptions): string {
  const known = keys.get(options);
  if (known !== undefined) return known;
  const key = JSON.stringify(
    Object.entries(options)
      .filter(([name, value]) => value !== undefined && !ofTheRequest.has(name))
      .map(([name, value]) => [name, nameOf(value)]),
  );
  keys.set(options, key);
  return key;
}

/** Two objects are the same only if they are one. */
function nameOf(value: unknown): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return value;
  let identity = identities.get(value);
  if (identity === undefined) {
    identity = ++lastIdentity;
    identities.set(value, identity);
  }
  return { identity };
}
