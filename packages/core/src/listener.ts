/** One listening socket, shared by every vhost of its port and interface. */
import { createServer, type Server, type Socket } from 'node:net';
import { LwsError, type Transport } from '@lws-ts/interface';
import { coreErrors } from './errors.ts';
import { fastReadSocket } from './fast-read.ts';
import { type Keepalive, setKeepalive } from './keepalive.ts';
import { type ListenAddress, openListener } from './listen-address.ts';
import { lwslInfo, lwslWarn } from './log.ts';
import { type AcceptHome, ParkedAccepts } from './parked-accepts.ts';
import { highWaterMark, onRead, SocketTransport } from './socket-transport.ts';
import type { Vhost } from './vhost.ts';
import { VhostTable } from './vhost-table.ts';

/** What to do, by what the system said. */
const listenHints: ReadonlyMap<string, string> = new Map([
  [
    'EACCES',
    'Ports below 1024 need privileges, and a unix socket a folder that may be written to.',
  ],
  ['EADDRINUSE', 'Another program listens there: end it, or choose another port.'],
  ['EADDRNOTAVAIL', 'That is no address of this machine.'],
  ['ENOTFOUND', 'The name of the interface is not known here.'],
]);

/** What a listener is told beside its address. */
export interface ListenerOptions {
  readonly keepalive: Keepalive;
  /** Read into one buffer, where Node.js can. */
  readonly fastRead: boolean;
  /** The program owns the poll, and says when what was accepted is served. */
  readonly polled: AcceptHome | undefined;
}

/** Who takes what a listener accepts. */
export interface ListenerOwner {
  /** There is a descriptor for it. */
  mayStay(): boolean;
  /** There was none. */
  full(transport: Transport, listener: Listener): void;
  accepted(transport: Transport, listener: Listener): void;
}

export class Listener {
  readonly address: ListenAddress;
  readonly vhosts: VhostTable<Vhost> = new VhostTable();
  readonly #server: Server;
  #listening = false;
  #suspended = false;
  #reopening = false;
  /** Why it could not be opened again, to say it once. */
  #trouble = '';
  #closed = false;
  /** The one it was given, for when it opens again. */
  #port: number;
  #opening: Promise<void> | undefined = undefined;
  readonly #parked: ParkedAccepts | undefined;

  constructor(address: ListenAddress, options: ListenerOptions, owner: ListenerOwner) {
    this.address = address;
    this.#port = address.port;
    const serve = (transport: Transport): void => owner.accepted(transport, this);
    this.#parked =
      options.polled === undefined ? undefined : new ParkedAccepts(options.polled, serve);
    const kind = address.unixSock ? 'unix' : 'tcp';
    const serverOptions = {
      allowHalfOpen: true,
      noDelay: true,
      highWaterMark,
      pauseOnConnect: options.fastRead,
    };
    this.#server = createServer(serverOptions, (socket: Socket) => {
      if (!owner.mayStay()) {
        owner.full(new SocketTransport(socket, kind), this);
        return;
      }
      const fast = options.fastRead ? fastReadSocket(socket, onRead) : undefined;
      setKeepalive(fast ?? socket, options.keepalive);
      const transport =
        fast === undefined
          ? new SocketTransport(socket, kind)
          : new SocketTransport(fast, kind, 'onread');
      if (this.#parked === undefined) serve(transport);
      else if (!this.#parked.push(transport)) this.#refuse(transport);
    });
  }

  /** Opens it, once however often it is called. @throws `LWS_ERR_LISTEN`, with the system's error as cause */
  listen(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  /** The port it really has. */
  get boundPort(): number {
    return this.#port;
  }

  /** Accepted connections that wait for the program to service them. */
  get parked(): number {
    return this.#parked?.size ?? 0;
  }

  /** Closes it for a while; connections go on. A descriptor that another program gave cannot be had again: it stays open. */
  suspend(): void {
    if (!this.#listening || this.address.listenFd >= 0) return;
    this.#listening = false;
    this.#suspended = true;
    this.#server.close();
  }

  /** It was closed for a while and is not open again. */
  get suspended(): boolean {
    return this.#suspended;
  }

  /** Tries to open it again, where it was. */
  resume(): void {
    if (!this.#suspended || this.#reopening) return;
    this.#reopening = true;
    openListener(this.#server, { ...this.address, port: this.#port }).then(
      () => this.#reopened(undefined),
      (error: Error) => this.#reopened(error),
    );
  }

  /** Stops accepting at once, or as soon as it begins. */
  close(): void {
    this.#closed = true;
    this.#suspended = false;
    this.#parked?.close();
    if (!this.#listening) return;
    this.#listening = false;
    this.#server.close();
  }

  #refuse(transport: Transport): void {
    const { code, message } = coreErrors.LWS_ERR_LOOP_ACCEPTS;
    const vhost = this.vhosts.first;
    if (vhost !== undefined) {
      vhost.count(code);
      vhost.counters.rejected++;
    }
    lwslInfo(`${code} ${transport.peer.address}: ${message}`);
    transport.abort();
  }

  async #open(): Promise<void> {
    const server = this.#server;
    try {
      await openListener(server, this.address);
    } catch (cause) {
      const what = cause instanceof Error ? cause.message : String(cause);
      const names = this.vhosts.first?.name ?? '';
      throw new LwsError(coreErrors.LWS_ERR_LISTEN, `vhost ${names} on ${this.#place()}: ${what}`, {
        cause,
        hint: listenHints.get((cause as NodeJS.ErrnoException).code ?? ''),
      });
    }
    // an accept that fails (no descriptors left) is over with its connection; the listener goes on
    server.on('error', (error) => lwslWarn(`${this.#place()}: ${error.message}`));
    this.#listening = true;
    const bound = server.address();
    if (typeof bound === 'object' && bound !== null) this.#port = bound.port;
    if (!this.#closed) return;
    this.close();
    throw new LwsError(coreErrors.LWS_ERR_CONTEXT_CLOSED);
  }

  #reopened(error: Error | undefined): void {
    this.#reopening = false;
    if (error === undefined) {
      this.#listening = true;
      this.#suspended = false;
      if (this.#closed) this.close();
    } else if (error.message !== this.#trouble)
      lwslWarn(`${this.#place()} cannot be opened again yet: ${error.message}`);
    this.#trouble = error?.message ?? '';
  }

  #place(): string {
    const { unixSock, interface: path, listenFd } = this.address;
    if (listenFd >= 0) return `descriptor ${listenFd}`;
    return unixSock ? `unix socket ${path}` : `port ${this.#port}`;
  }
}
