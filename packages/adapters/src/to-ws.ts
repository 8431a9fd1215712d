/** A wsi as a `WebSocket` of `ws`, for libraries that are given one, such as graphql-ws and y-websocket. */
import type { Done, WsTx, WsWsi } from '@lws-ts/interface';
import { WsLike, type WsLikeOptions } from './ws-like.ts';

type AnyWsi = WsWsi<unknown, unknown>;

const views = new WeakMap<AnyWsi, WsLike>();

/**
 * The `ws`-shaped view of a wsi, the same one for the same wsi. Its protocol hands on what it hears:
 * `ws: { ...wsEvents, established(wsi) { library.opened(toWs(wsi)); } }`.
 *
 * @param options read the first time
 */
export function toWs(wsi: AnyWsi, options?: WsLikeOptions): WsLike {
  let view = views.get(wsi);
  if (view === undefined) {
    view = new WsLike(wsi, options);
    views.set(wsi, view);
  }
  return view;
}

/** Handlers that bring what a connection hears to its {@link toWs} view: for the `ws` or `client` group. */
export const wsEvents: {
  message(wsi: AnyWsi, data: string | Uint8Array): Done;
  writeable(wsi: AnyWsi, tx: WsTx): Done;
  receivePing(wsi: AnyWsi, payload: Uint8Array): Done;
  receivePong(wsi: AnyWsi, payload: Uint8Array): Done;
  peerInitiatedClose(wsi: AnyWsi, code: number, reason: string): Done;
  closed(wsi: AnyWsi, code: number, reason: string): Done;
} = {
  message: (wsi, data) => views.get(wsi)?.heard(data),
  writeable: (wsi, tx) => views.get(wsi)?.write(tx),
  receivePing: (wsi, payload) => views.get(wsi)?.pinged(payload),
  receivePong: (wsi, payload) => views.get(wsi)?.ponged(payload),
  peerInitiatedClose: (wsi) => views.get(wsi)?.peerCloses(),
  closed: (wsi, code, reason) => views.get(wsi)?.ended(code, reason),
};
