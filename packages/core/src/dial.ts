/** Opens the socket of a client, to a name, an address or a unix socket. Knows no protocol and no deadline. */
import {
  type LookupFunction,
  type NetConnectOpts,
  Socket,
  type SocketConstructorOpts,
} from 'node:net';
import { type DialTarget, isThenable, LwsError, type Transport } from '@lws-ts/interface';
import { coreErrors } from './errors.ts';
import { type Keepalive, setKeepalive } from './keepalive.ts';
import { sharedReadBuffer } from './shared-read-buffer.ts';
import { highWaterMark, onRead, SocketTransport } from './socket-transport.ts';

/** What all sockets of a connection have in common. */
export interface DialOptions {
  /** Addresses of one family alone; 0: whichever answers first. */
  readonly family: number;
  readonly localAddress: string | undefined;
  readonly lookup: LookupFunction | undefined;
  readonly keepalive: Keepalive;
}

/** A socket on its way. */
export interface Dialing {
  /** Neither `connected` nor `failed` comes any more. */
  cancel(): void;
}

/** Told once, and never before `dial` returned. */
export interface DialSink {
  connected(transport: Transport): void;
  failed(error: LwsError): void;
}

/** Begins; names are resolved by the system, or by `lookup`. */
export function dial(target: DialTarget, options: DialOptions, sink: DialSink): Dialing {
  const socket = new Socket(socketOptions());
  setKeepalive(socket, options.keepalive);
  let ofName = false;
  const looked = (error: unknown): void => {
    ofName = error instanceof Error;
  };
  const settle = (): void => {
    socket.off('lookup', looked);
    socket.off('connect', connected);
    socket.off('error', failed);
  };
  const connected = (): void => {
    settle();
    const kind = target.socketPath === undefined ? 'tcp' : 'unix';
    sink.connected(new SocketTransport(socket, kind, 'onread'));
  };
  const failed = (error: NodeJS.ErrnoException): void => {
    settle();
    sink.failed(dialError(error, target, ofName));
  };
  socket.on('lookup', looked);
  socket.on('connect', connected);
  socket.on('error', failed);
  // a lookup may answer at once
  socket.connect(connectOptions(target, options));
  return {
    cancel: () => {
      settle();
      socket.on('error', ignore);
      socket.destroy();
    },
  };
}

function socketOptions(): SocketConstructorOpts {
  const options = {
    allowHalfOpen: true,
    highWaterMark,
    noDelay: true,
    // memory of its own for each read is what reading costs most
    onread: { buffer: sharedReadBuffer(), callback: onRead },
  };
  return options;
}

function connectOptions(target: DialTarget, options: DialOptions): NetConnectOpts {
  const { socketPath } = target;
  if (socketPath !== undefined) return { path: socketPath };
  return {
    host: target.host,
    port: target.port,
    family: options.family,
    ...(options.localAddress === undefined ? {} : { localAddress: options.localAddress }),
    ...(options.lookup === undefined ? {} : { lookup: checked(options.lookup) }),
  };
}

type Looked = Parameters<LookupFunction>[2];

/** What Node.js is not ready for of a program's own lookup, such as no address at all, would end the process. */
function checked(lookup: LookupFunction): LookupFunction {
  return (host, given, done) => {
    let told = false;
    const answer: Looked = (error, address, family) => {
      if (told) return;
      told = true;
      if (error instanceof Error) done(error, '');
      else if (error) done(new Error(String(error)), '');
      else if (isAddresses(address)) done(null, address, family);
      else done(new Error('lookup found no address'), '');
    };
    const looked: unknown = lookup(host, given, answer);
    if (isThenable(looked))
      looked.then(undefined, (error: unknown) =>
        answer(error instanceof Error ? error : new Error(String(error)), ''),
      );
  };
}

function isAddresses(found: unknown): boolean {
  if (!Array.isArray(found)) return typeof found === 'string';
  return found.length > 0 && found.every((one) => typeof one?.address === 'string');
}

function dialError(error: NodeJS.ErrnoException, target: DialTarget, ofName: boolean): LwsError {
  const where = target.socketPath ?? `${target.host}:${target.port}`;
  const row =
    target.unreachable ?? (ofName ? coreErrors.LWS_ERR_CONNECT_DNS : coreErrors.LWS_ERR_CONNECT);
  // several addresses that failed make an error without a message
  const what = error.message === '' ? (error.code ?? 'failed') : error.message;
  return new LwsError(row, what.includes(where) ? what : `${where}: ${what}`, { cause: error });
}

function ignore(): void {}
