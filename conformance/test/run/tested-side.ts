/** The side under test on loopback: our server with a peer that connects, or our client with a peer that listens. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createContext } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { permessageDeflate, ws } from '@lws-ts/ws';
import { agreeToUpgrade, askForUpgrade } from '../peer/handshake.ts';
import type { PeerDeflate } from '../peer/peer-deflate.ts';
import { SocketPeer } from '../peer/socket-peer.ts';
import { echo, type Form } from './echo.ts';
import type { Party } from './party.ts';

export type Role = 'server' | 'client';

/** How the peer agrees on compression. */
export interface Compression {
  /** As a client. */
  readonly offer: string;
  /** As a server, to what our client offers. */
  answer(offered: string | undefined): string;
  /** What came of it. */
  agreed(answer: string | undefined): PeerDeflate;
}

export interface TestedSide {
  /** A new connection, past its handshake. */
  open(compression?: Compression): Promise<SocketPeer & Party>;
  close(): Promise<void>;
}

export interface SideOptions {
  readonly role: Role;
  readonly form: Form;
  /** The side under test may compress: undefined, not at all; true, it keeps contexts too, and has larger chunks. */
  readonly takeover?: boolean;
}

const mebibyte = 2 ** 20;
/** Room for category 9: messages of 16 MiB, in fragments of 64 octets, echoed in one piece. */
const limits = {
  maxMessageSize: 16 * mebibyte,
  maxFragments: 2 ** 18,
  maxOutputBytes: 64 * mebibyte,
};

/** A peer, and what the program is told at the end of its connection. */
class Connection extends SocketPeer {
  readonly told: () => Promise<number | undefined>;

  constructor(
    told: () => Promise<number | undefined>,
    ...of: ConstructorParameters<typeof SocketPeer>
  ) {
    super(...of);
    this.told = told;
  }

  /** The next connection begins when the program knows of the end of this one. */
  override async leave(): Promise<void> {
    await super.leave();
    await this.told();
  }
}

/** The codes that connections ended with; one connection at a time is open. */
class EndCodes {
  #codes: number[] = [];
  #waiting: ((code: number) => void) | undefined = undefined;

  readonly add = (code: number): void => {
    this.#codes.push(code);
    this.#waiting?.(code);
  };

  /** The next connection begins. */
  forget(): void {
    this.#codes = [];
  }

  /** The code; undefined when there was more than one end, or none in time. */
  async take(): Promise<number | undefined> {
    if (this.#codes.length === 0)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 2000);
        this.#waiting = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    this.#waiting = undefined;
    return this.#codes.length === 1 ? this.#codes[0] : undefined;
  }
}

export async function testedSide({ role, form, takeover }: SideOptions): Promise<TestedSide> {
  const ends = new EndCodes();
  const options = {
    serverNoContextTakeover: false,
    clientNoContextTakeover: false,
    threshold: 0,
    rxBufSize: 14,
  };
  const context = await createContext({
    use: [http(), ws()],
    vhosts: [
      {
        port: role === 'server' ? 0 : -1,
        interface: '127.0.0.1',
        protocols: [echo(form, ends.add).with({ default: true })],
        extensions:
          takeover === undefined ? [] : [permessageDeflate(takeover ? options : undefined)],
        ...limits,
        ...(takeover === true ? { rxBufferSize: 16_384 } : undefined),
      },
    ],
  });
  const told = (): Promise<number | undefined> => ends.take();
  const close = async (): Promise<void> => {
    await context.close({ deadlineSecs: 0 });
  };
  if (role === 'server') {
    const port = context.vhosts[0]?.port ?? 0;
    return { open: (compression) => openToServer(port, told, ends, compression), close };
  }
  const server = createServer({ allowHalfOpen: true });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    async open(compression) {
      ends.forget();
      const { port } = server.address() as AddressInfo;
      const opened = context.open({ url: `ws://127.0.0.1:${port}/`, localProtocol: 'echo' });
      const peer = await acceptClient(server, told, compression);
      await opened;
      return peer;
    },
    async close() {
      server.close();
      await close();
    },
  };
}

async function openToServer(
  port: number,
  told: () => Promise<number | undefined>,
  ends: EndCodes,
  compression: Compression | undefined,
): Promise<Connection> {
  ends.forget();
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  const answer = await askForUpgrade(socket, `127.0.0.1:${port}`, compression?.offer);
  return new Connection(told, socket, 'client', compression?.agreed(answer));
}

async function acceptClient(
  server: Server,
  told: () => Promise<number | undefined>,
  compression: Compression | undefined,
): Promise<Connection> {
  const [socket] = (await once(server, 'connection')) as [Socket];
  let answer: string | undefined;
  await agreeToUpgrade(socket, (offered) => {
    answer = compression?.answer(offered);
    return answer;
  });
  return new Connection(told, socket, 'server', compression?.agreed(answer));
}
