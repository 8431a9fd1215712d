/** What the test server prints when it listens: where it is, what it serves, what it speaks. */
import { networkInterfaces } from 'node:os';
import type { LwsContext, Mount } from 'lws-ts';

/** The text, ready to print. */
export function banner(context: LwsContext, mounts: readonly Mount[], version: string): string {
  const lines = [`lws-ts test server ${version}`];
  for (const vhost of context.vhosts) {
    lines.push('', ...urls(vhost.interface, vhost.port).map((url) => `  ${url}`));
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
function urls(interfaceName: string | undefined, port: number): string[] {
  if (interfaceName !== undefined && networkInterfaces()[interfaceName] === undefined)
    return [url(interfaceName, port)];
  const addresses = Object.entries(networkInterfaces()).flatMap(([name, list]) =>
    interfaceName === undefined || interfaceName === name ? (list ?? []) : [],
  );
  const outside = addresses.filter((one) => !one.internal && one.family === 'IPv4');
  const local = interfaceName === undefined ? [url('localhost', port)] : [];
  const found = [...local, ...outside.map((one) => url(one.address, port))];
  return found.length > 0 ? found : addresses.map((one) => url(one.address, port));
}

function url(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}/`;
}
