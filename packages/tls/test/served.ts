/** A context that answers each request with what it knows of its connection, and clients that ask. */
import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { type Context, type ContextOptions, createContext, type VhostOptions } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import type { HttpResponder, LwsModule } from '@lws-ts/interface';
import { ws } from '@lws-ts/ws';
import { tls } from '../src/index.ts';

/** Answers 200 with a line of JSON. */
function answering(): LwsModule {
  const responder: HttpResponder = {
    name: 'answers',
    respond(exchange) {
      const { transport, vhost } = exchange.host;
      const { security } = transport;
      const body = {
        vhost: vhost.name,
        protocol: security?.protocol ?? 'none',
        cipher: security?.cipher ?? 'none',
        alpn: security?.alpn ?? 'none',
        authorized: security?.authorized ?? false,
        peer: security?.peerCertificate === undefined ? 'none' : 'shown',
      };
      exchange.reply(200, [['content-type', 'application/json']], JSON.stringify(body));
      return undefined;
    },
  };
  return {
    name: 'answers',
    needs: [],
    contextOptions: {},
    vhostOptions: {},
    install: () => ({ responders: [responder] }),
  };
}

const use = () => [tls(), http(), ws(), answering()] as const;
export type Modules = ReturnType<typeof use>;

const contexts: Context<Modules>[] = [];

/** Vhosts on one port of 127.0.0.1. */
export async function serve(
  vhosts: readonly VhostOptions<Modules>[],
  options: Record<string, unknown> = {},
): Promise<{ readonly context: Context<Modules>; readonly port: number }> {
  const context = await createContext({
    ...options,
    use: use(),
    vhosts: vhosts.map((vhost) => ({ port: 0, interface: '127.0.0.1', ...vhost })),
  } as ContextOptions<Modules>);
  contexts.push(context);
  return { context, port: context.vhosts[0]?.port ?? 0 };
}

export async function closeServed(): Promise<void> {
  for (const context of contexts.splice(0)) await context.close({ deadlineSecs: 0 });
}

/** What came of a request. */
export interface Answer {
  readonly status: number;
  readonly head: string;
  readonly vhost?: string;
  readonly protocol?: string;
  readonly cipher?: string;
  readonly alpn?: string;
  readonly authorized?: boolean;
  readonly peer?: string;
}

/** One request over a connection of its own. Rejects when there is no connection. */
export async function ask(
  port: number,
  options: ConnectionOptions & { readonly asHost?: string } = {},
): Promise<Answer> {
  const socket = connect({ port, host: '127.0.0.1', servername: 'one.test', ...options });
  try {
    await once(socket, 'secureConnect');
    return await askOver(socket, options.asHost ?? options.servername ?? 'one.test');
  } finally {
    socket.on('error', () => undefined);
    socket.destroy();
  }
}

/** One request over a connection that is there; it is closed by it. */
export async function askOver(
  socket: TLSSocket | Socket,
  host: string,
  path = '/',
): Promise<Answer> {
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  const all = await everything(socket);
  const [head = '', body = ''] = all.split('\r\n\r\n');
  const status = Number(head.split(' ')[1]);
  return status === 200 ? { status, head, ...(JSON.parse(body) as object) } : { status, head };
}

/** All that comes until the end; an error ends it too. */
export async function everything(socket: TLSSocket | Socket): Promise<string> {
  let all = '';
  socket.on('data', (bytes: Buffer) => {
    all += bytes.toString('latin1');
  });
  if (!socket.destroyed)
    await new Promise<void>((resolve) => {
      socket.once('error', () => resolve());
      socket.once('close', () => resolve());
      socket.once('end', () => resolve());
    });
  return all;
}

/** A connection without TLS. */
export async function plain(port: number): Promise<Socket> {
  const socket = connectPlain(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** The code of what a promise is rejected with, or what it gives. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

/** Waits, up to two seconds. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  for (let turn = 0; !holds(); turn++) {
    if (turn > 1000) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
  }
}

/** Resolves when a socket is closed, in whatever way. */
export function closeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
  });
}

/** The status of an answer, or that there was none: the connection was refused or cut. */
export function statusOf(answer: Promise<Answer>): Promise<number | 'refused'> {
  return answer.then(
    ({ status }) => (Number.isNaN(status) ? 'refused' : status),
    () => 'refused',
  );
}
