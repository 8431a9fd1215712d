/** Makes a transport of what a program has open: a number of the system's, a socket, a stream, or a transport. */
import { constants, fstatSync, openSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { Socket, type SocketConstructorOpts } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Descriptor, interfaceErrors, LwsError, type Transport } from '@lws-ts/interface';
import { transportOf } from './duplex-transport.ts';
import { coreErrors } from './errors.ts';
import { FileTransport } from './file-transport.ts';
import { tty } from './node-tty.ts';
import { PipeTransport } from './pipe-transport.ts';
import { highWaterMark, SocketTransport } from './socket-transport.ts';

/** What was opened. */
export interface OpenedDescriptor {
  readonly transport: Transport;
  /** A file, a FIFO, a pipe or a terminal. */
  readonly file: boolean;
}

/**
 * From here on the transport has it, and closes it.
 *
 * @param files false: those are refused
 * @throws `LWS_ERR_ADOPT` for what cannot be served, `LWS_ERR_OPTION` for what is no descriptor; it stays the
 *   caller's then
 */
export function openDescriptor(descriptor: Descriptor, files: boolean): OpenedDescriptor {
  if (typeof descriptor === 'number') return openNumber(descriptor, files);
  if (isTransport(descriptor)) return { transport: descriptor, file: false };
  if (!isDuplex(descriptor))
    throw new LwsError(
      interfaceErrors.LWS_ERR_OPTION,
      'what is to be adopted is no descriptor, Duplex or transport',
    );
  const over = descriptor.destroyed || descriptor.readableEnded || descriptor.writableEnded;
  if (over) throw refused('the stream has ended');
  if (descriptor instanceof Socket && descriptor.connecting) throw refused('it is not connected');
  return { transport: transportOf(descriptor), file: false };
}

function openNumber(fd: number, files: boolean): OpenedDescriptor {
  if (!Number.isSafeInteger(fd) || fd < 0 || fd > 0x7fffffff)
    throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `${fd} is no descriptor`);
  try {
    const stats = fstatSync(fd);
    if (!files && !stats.isSocket()) throw refused(`descriptor ${fd} is no socket`);
    if (stats.isFile()) return { transport: new FileTransport(fd), file: true };
    if (stats.isSocket()) return { transport: openSocket(fd), file: false };
    if (stats.isFIFO()) return { transport: openPipe(fd), file: true };
    if (tty().isatty(fd)) {
      const nature = { writable: true, reopen: undefined };
      return { transport: new PipeTransport(new (tty().ReadStream)(fd), nature), file: true };
    }
    throw refused(`descriptor ${fd} is ${kindOf(stats)}`);
  } catch (error) {
    if (error instanceof LwsError) throw error;
    throw refused(`descriptor ${fd}: ${(error as Error).message}`, error);
  }
}

function openSocket(fd: number): Transport {
  const socket = socketOf(fd, true, true);
  const unconnected = socket.localAddress !== undefined && socket.remoteAddress === undefined;
  if (!unconnected) return new SocketTransport(socket);
  // the socket object is left alone, since its end would be that of the descriptor
  socket.unref();
  throw refused(`descriptor ${fd} is a socket that is not connected`);
}

function openPipe(fd: number): Transport {
  const { readable, writable } = accessOf(fd);
  const socket = socketOf(fd, readable, writable);
  const named = readable && !writable && pathOf(fd)?.startsWith('/') === true;
  let current = fd;
  const reopen = (): Socket | undefined => {
    try {
      // the old one stays open meanwhile: whoever writes finds a reader at any time
      current = openSync(`/proc/self/fd/${current}`, constants.O_RDONLY | constants.O_NONBLOCK);
      return socketOf(current, true, false);
    } catch {
      return undefined;
    }
  };
  return new PipeTransport(socket, { writable, reopen: named ? reopen : undefined });
}

function socketOf(fd: number, readable: boolean, writable: boolean): Socket {
  const options = {
    fd,
    readable,
    writable,
    allowHalfOpen: true,
    highWaterMark,
    // else it reads at once, and closes what it cannot read
    manualStart: true,
  };
  return new Socket(options as SocketConstructorOpts);
}

/** What a pipe was opened for. Where the system does not tell, it is taken to be for reading. */
function accessOf(fd: number): { readonly readable: boolean; readonly writable: boolean } {
  let flags = 0;
  try {
    const text = readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1');
    flags = Number.parseInt(/^flags:\s*([0-7]+)/m.exec(text)?.[1] ?? '0', 8);
  } catch {
    // no /proc here
  }
  const access = flags & (constants.O_WRONLY | constants.O_RDWR);
  return { readable: access !== constants.O_WRONLY, writable: access !== constants.O_RDONLY };
}

/** Of a FIFO its path; of a pipe without a name something else. */
function pathOf(fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a directory';
  return stats.isBlockDevice() ? 'a block device' : 'a device that is no terminal';
}

function isTransport(what: object | null): what is Transport {
  return typeof (what as Partial<Transport> | null)?.attach === 'function';
}

function isDuplex(what: object | null): what is Duplex {
  const stream = what as Partial<Duplex> | null;
  return typeof stream?.write === 'function' && typeof stream.read === 'function';
}

function refused(detail: string, cause?: unknown): LwsError {
  return new LwsError(coreErrors.LWS_ERR_ADOPT, detail, { cause });
}
