/** One listening socket, shared by every vhost of its port and interface. */
import { createServer, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { LwsError, type Transport } from '@lws-ts/interface';
import { coreErrors } from './errors.ts';
import { fastReadSocket } from './fast-read.ts';
import { lwslWarn } from './log.ts';
import { onRead, SocketTransport } from './socket-transport.ts';
import type { Vhost } from './vhost.ts';
import { VhostTable } from './vhost-table.ts';

/** What a listener is told beside its address. */
export interface ListenerOptions {
  /** TCP keepalive after that many idle seconds; 0 is off. */
  readonly kaTime: number;
  /** Read into one buffer, where Node.js can. */
  readonly fastRead: boolean;
}

export class Listener {
  readonly port: number;
  readonly interface: string | undefined;
  readonly vhosts: VhostTable<Vhost> = new VhostTable();
  readonly #server: Server;
  #listening = false;
  #closed = false;
  #opening: Promise<void> | undefined = undefined;

  constructor(
    port: number,
    interfaceName: string | undefined,
    options: ListenerOptions,
    accepted: (transport: Transport, listener: Listener) => void,
  ) {
    this.port = port;
    this.interface = interfaceName;
    const serverOptions = {
      allowHalfOpen: true,
      noDelay: true,
      highWaterMark: 1,
      pauseOnConnect: options.fastRead,
      keepAlive: options.kaTime > 0,
      keepAliveInitialDelay: options.kaTime * 1000,
    };
    this.#server = createServer(serverOptions, (socket: Socket) => {
      const fast = options.fastRead ? fastReadSocket(socket, onRead) : undefined;
      const transport =
        fast === undefined
          ? new SocketTransport(socket, 'tcp')
          : new SocketTransport(fast, 'tcp', 'onread');
      accepted(transport, this);
    });
  }

  /** Opens it, once however often it is called. @throws `LWS_ERR_LISTEN`, with the system's error as cause */
  listen(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  /** The port it really has. */
  get boundPort(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : this.port;
  }

  /** Stops accepting at once, or as soon as it begins. */
  close(): void {
    this.#closed = true;
    if (!this.#listening) return;
    this.#listening = false;
    this.#server.close();
  }

  async #open(): Promise<void> {
    const host = hostOf(this.interface);
    const server = this.#server;
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ port: this.port, host }, () => {
          server.off('error', reject);
          resolve();
        });
      });
    } catch (cause) {
      const what = cause instanceof Error ? cause.message : String(cause);
      const names = this.vhosts.first?.name ?? '';
      throw new LwsError(
        coreErrors.LWS_ERR_LISTEN,
        `vhost ${names} on port ${this.port}: ${what}`,
        { cause },
      );
    }
    // an accept that fails (no descriptors left) is over with its connection; the listener goes on
    server.on('error', (error) => lwslWarn(`port ${this.port}: ${error.message}`));
    this.#listening = true;
    if (!this.#closed) return;
    this.close();
    throw new LwsError(coreErrors.LWS_ERR_CONTEXT_CLOSED);
  }
}

/** The address to listen on: undefined for all, else an address, or the first one of a named interface. lws: iface */
function hostOf(interfaceName: string | undefined): string | undefined {
  if (interfaceName === undefined) return undefined;
  const addresses = networkInterfaces()[interfaceName];
  if (addresses === undefined) return interfaceName;
  return (addresses.find((one) => one.family === 'IPv4') ?? addresses[0])?.address;
}
