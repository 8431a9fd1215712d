/** A `WebSocketServer` of `ws`, unmodified, behind the listeners, vhosts and handshake checks of lws-ts. */
import { coreErrors, showThrown } from '@lws-ts/core';
import { noteUpgraded } from '@lws-ts/http';
import {
  type HttpExchange,
  interfaceErrors,
  LwsError,
  showValue,
  type UpgradeAnswer,
} from '@lws-ts/interface';
import { checkHandshake } from '@lws-ts/ws';
import { AppState } from './app-state.ts';
import type { App } from './apps.ts';
import { adapterErrors } from './errors.ts';
import { HostDuplex } from './host-duplex.ts';
import { UpgradeRequest } from './upgrade-request.ts';

/** What is asked of a `WebSocketServer` of `ws`, so that only who has one needs its types. */
export interface WsServer {
  handleUpgrade(
    request: never,
    socket: never,
    head: never,
    opened: (socket: WsSocket, request: unknown) => void,
  ): void;
  emit(event: 'connection', socket: never, request: never): boolean;
}

interface WsSocket {
  close(code?: number, reason?: string): void;
  emit(...event: unknown[]): boolean;
  send(...given: unknown[]): void;
  ping(...given: unknown[]): void;
  pong(...given: unknown[]): void;
}

/**
 * Gives the WebSocket handshakes of an area to a `WebSocketServer` that was made with `noServer: true`. They
 * are checked as those of lws-ts first: version, key, Origin by `allowedOrigins`. The server does the rest as
 * it does behind `node:http`: `verifyClient`, subprotocols, `connection` events. A peer that resets, at
 * whatever moment, ends nothing but its connection; a shutdown of the context closes with 1001. Any other
 * request of the area is answered 426.
 *
 * @throws `LWS_ERR_OPTION` for what is no `WebSocketServer`
 */
export function fromWs(server: WsServer): App {
  const given: { readonly handleUpgrade?: unknown } | null | undefined = server;
  if (typeof given?.handleUpgrade !== 'function')
    throw new LwsError(
      interfaceErrors.LWS_ERR_OPTION,
      `fromWs() was given ${showValue(given)}, which is no WebSocketServer`,
    );
  return {
    name: 'ws-server',
    respond(exchange: HttpExchange): UpgradeAnswer {
      const { request, host } = exchange;
      if (request.field('upgrade') === undefined)
        return {
          kind: 'refuse',
          status: 426,
          fields: [['upgrade', 'websocket']],
          error: adapterErrors.LWS_ERR_APP_UPGRADE,
        };
      const wrong = checkHandshake(request, host.vhost);
      if (wrong !== undefined)
        return { kind: 'refuse', status: wrong.error.status ?? 400, ...wrong };
      return {
        kind: 'take',
        start: (taken) => {
          let socket: WsSocket | undefined;
          const headers = exchange.keepHeaders();
          const stream = new HostDuplex(taken, (first) => {
            noteUpgraded(taken, statusOf(first));
            headers.release();
          });
          const asked = new UpgradeRequest(request, stream);
          const begin = (): void =>
            server.handleUpgrade(asked as never, stream as never, noBytes as never, (opened) => {
              socket = opened;
              taken.vhost.counters.ws_upg++;
              const thrown = (error: unknown): void => {
                taken.report(coreErrors.LWS_ERR_HANDLER_THREW, showThrown(error));
                opened.close(coreErrors.LWS_ERR_HANDLER_THREW.closeCode);
              };
              contain(opened, thrown);
              try {
                server.emit('connection', opened as never, asked as never);
              } catch (error) {
                thrown(error);
              }
            });
          return new AppState(taken, stream, begin, {
            close(code, reason) {
              if (socket === undefined) return false;
              socket.close(code, reason);
              return true;
            },
            threw() {
              if (socket !== undefined) socket.close(coreErrors.LWS_ERR_HANDLER_THREW.closeCode);
              else if (stream.said) taken.abort();
              else stream.end(internalError);
            },
            gone: () => headers.release(),
          });
        },
      };
    },
  };
}

const noBytes = Buffer.alloc(0);
/** To a peer whose handshake the server threw at, as `verifyClient` may. */
const internalError =
  'HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

/** What takes a callback. */
const calling = ['send', 'ping', 'pong'] as const;

/**
 * What listeners of a socket and callbacks throw ends it alone, an `error` that nobody listens for too. Many of them are
 * called outside the turn, by zlib and streams; and thrown through the socket, it would never be told of its end.
 */
function contain(socket: WsSocket, thrown: (error: unknown) => void): void {
  const contained =
    <Result>(call: (...given: unknown[]) => Result, otherwise: Result) =>
    (...given: unknown[]): Result => {
      try {
        return call(...given);
      } catch (error) {
        thrown(error);
        return otherwise;
      }
    };
  socket.emit = contained(socket.emit.bind(socket), true);
  for (const name of calling) {
    const call = socket[name].bind(socket);
    socket[name] = (...given) =>
      call(...given.map((one) => (isFunction(one) ? contained(one, undefined) : one)));
  }
}

function isFunction(given: unknown): given is (...told: unknown[]) => unknown {
  return typeof given === 'function';
}

/** What the server answers: its status line comes first, in one piece. */
function statusOf(answer: Uint8Array): number {
  const [, status] =
    /^HTTP\/1\.1 (\d{3}) /.exec(Buffer.from(answer).toString('latin1', 0, 16)) ?? [];
  return Number(status ?? 101);
}
