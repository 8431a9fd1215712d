/** Where a vhost listens: a port of some interfaces, a unix socket, or a socket that somebody else made. */
import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import { connect, type ListenOptions, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { LwsError } from '@lws-ts/interface';
import { coreErrors } from './errors.ts';
import { workerThreads } from './node-worker-threads.ts';
import { checkUnixPath } from './unix-path.ts';

/** As the options of a vhost have it. */
export interface ListenAddress {
  readonly port: number;
  readonly interface: string | undefined;
  readonly unixSock: boolean;
  readonly unixSocketMode: number;
  readonly disableIpv6: boolean;
  readonly ipv6V6only: boolean;
  readonly listenFd: number;
  readonly backlog: number;
}

/** @throws `LWS_ERR_LISTEN_ADDRESS`, `LWS_ERR_BIND_IFACE`, `LWS_ERR_OPTION` */
export function listenAddressOf(options: Readonly<Record<string, unknown>>): ListenAddress {
  type Own = ListenAddress & { readonly name: string; readonly bindIface: boolean };
  const address = options as typeof options & Own;
  const { name, unixSock, disableIpv6, ipv6V6only, listenFd, backlog, bindIface } = address;
  const wrong = (what: string): LwsError =>
    new LwsError(coreErrors.LWS_ERR_LISTEN_ADDRESS, `vhost ${name}: ${what}`);
  if (unixSock && !address.interface?.includes('/'))
    throw wrong('unixSock needs a path in interface');
  if (unixSock) checkUnixPath(address.interface as string, `vhost ${name}`);
  if (disableIpv6 && ipv6V6only) throw wrong('disableIpv6 and ipv6V6only leave nothing');
  if (unixSock && listenFd >= 0) throw wrong('unixSock and listenFd are two sockets');
  if (bindIface && listenFd < 0) throw new LwsError(coreErrors.LWS_ERR_BIND_IFACE, `vhost ${name}`);
  return {
    port: unixSock ? 0 : address.port,
    interface: address.interface,
    unixSock,
    unixSocketMode: address.unixSocketMode,
    disableIpv6,
    ipv6V6only,
    listenFd,
    backlog,
  };
}

/** Two vhosts with the same share a listener. */
export function sameAddress(one: ListenAddress, other: ListenAddress): boolean {
  return (
    one.port === other.port &&
    one.interface === other.interface &&
    one.unixSock === other.unixSock &&
    one.disableIpv6 === other.disableIpv6 &&
    one.ipv6V6only === other.ipv6V6only &&
    one.listenFd === other.listenFd
  );
}

/** Opens it. @throws (rejects) what the system says */
export async function openListener(server: Server, address: ListenAddress): Promise<void> {
  if (!address.unixSock) return listening(server, socketOptions(address));
  const path = address.interface as string;
  try {
    await listenUnix(server, address);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || !(await isStale(path)))
      throw error;
    unlinkSync(path);
    await listenUnix(server, address);
  }
}

function socketOptions(address: ListenAddress): ListenOptions {
  const { port, listenFd, ipv6V6only, backlog } = address;
  if (listenFd >= 0) return { fd: listenFd } as ListenOptions;
  const host = hostOf(address);
  return {
    port,
    backlog,
    ...(host === undefined ? {} : { host }),
    ...(ipv6V6only ? { ipv6Only: true } : {}),
  };
}

/** The address to listen on: undefined for all, else an address, or the first one of a named interface. lws: iface */
function hostOf(address: ListenAddress): string | undefined {
  const { interface: name, disableIpv6, ipv6V6only } = address;
  if (name === undefined) return disableIpv6 ? '0.0.0.0' : ipv6V6only ? '::' : undefined;
  const addresses = networkInterfaces()[name];
  if (addresses === undefined) return name;
  const first = ipv6V6only ? 'IPv6' : 'IPv4';
  const found = addresses.find((one) => one.family === first);
  if (found !== undefined) return found.address;
  if (disableIpv6 || ipv6V6only) throw new Error(`interface ${name} has no ${first} address`);
  return addresses[0]?.address;
}

/** Nobody gets in before it has its mode. */
async function listenUnix(server: Server, address: ListenAddress): Promise<void> {
  const { unixSocketMode: mode, backlog } = address;
  const path = address.interface as string;
  // the socket is made inside the call; a worker may not set the mask
  const before = workerThreads().isMainThread ? process.umask(0o777) : undefined;
  let opened: Promise<void>;
  try {
    opened = listening(server, { path, backlog });
  } finally {
    if (before !== undefined) process.umask(before);
  }
  await opened;
  try {
    chmodSync(path, mode);
  } catch (error) {
    server.close();
    throw error;
  }
}

/** A socket file that nobody listens on any more. */
async function isStale(path: string): Promise<boolean> {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return false;
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });
}

function listening(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
