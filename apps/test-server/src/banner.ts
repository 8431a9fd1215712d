/** What the test server prints when it listens: where it is, what it serves, what it speaks. */
import { networkInterfaces } from 'node:os';
import type { LwsContext, Mount } from 'lws-ts';
import type { ServerSsl } from './ssl-options.ts';

/** The text, ready to print. */
export function banner(
  context: LwsContext,
  mounts: readonly Mount[],
  version: string,
  ssl?: ServerSsl,
): string {
  const scheme = ssl === undefined ? 'http' : 'https';
  const lines = [`lws-ts test server ${version}`];
  for (const vhost of context.vhosts) {
    lines.push('', ...urls(scheme, vhost.interface, vhost.port).map((url) => `  ${url}`));
    if (ssl?.dev !== undefined)
      lines.push(
        '',
        'certificate for development',
        `  CA               ${ssl.dev.caFilepath}`,
        `  SHA-256          ${ssl.dev.fingerprint}`,
        `  to trust it      ${ssl.dev.trustCommand}`,
      );
    lines.push('', 'mounts');
    for (const { mountpoint, origin, def } of mounts)
      lines.push(`  ${mountpoint.padEnd(16)} ${origin}${def === undefined ? '' : ` (${def})`}`);
    lines.push('', 'protocols');
    for (const { name, flags } of vhost.protocols)
      lines.push(`  ${name}${flags.default === true ? ' (when a client names none)' : ''}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Where a browser finds it: the local name first, then the machine's addresses. */
function urls(scheme: string, interfaceName: string | undefined, port: number): string[] {
  if (interfaceName !== undefined && networkInterfaces()[interfaceName] === undefined)
    return [url(scheme, interfaceName, port)];
  const addresses = Object.entries(networkInterfaces()).flatMap(([name, list]) =>
    interfaceName === undefined || interfaceName === name ? (list ?? []) : [],
  );
  const outside = addresses.filter((one) => !one.internal && one.family === 'IPv4');
  const local = interfaceName === undefined ? [url(scheme, 'localhost', port)] : [];
  const found = [...local, ...outside.map((one) => url(scheme, one.address, port))];
  return found.length > 0 ? found : addresses.map((one) => url(scheme, one.address, port));
}

function url(scheme: string, host: string, port: number): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}/`;
}
