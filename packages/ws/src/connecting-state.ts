/** A WebSocket on its way out: what it asks for, and the program's say until it is open. */
import { atOnce, coreErrors } from '@lws-ts/core';
import {
  type ClientAnswer,
  type ClientRequester,
  checkRequestField,
  clientTransaction,
} from '@lws-ts/http';
import {
  type BoundProtocol,
  type ClientHandlers,
  type ClientRoleState,
  type ClientTarget,
  type Clock,
  type CodedError,
  type ConnectCall,
  dropPromise,
  type HttpFields,
  interfaceErrors,
  LwsError,
  percentDecoded,
  type RoleHost,
} from '@lws-ts/interface';
import type { AgreedExtension, WsExtension } from '@lws-ts/ws-framing';
import {
  type AskedHandshake,
  handshakeFields,
  judgeAnswer,
  newHandshakeKey,
} from './client-handshake.ts';
import type { ResolvedWsConnectOptions } from './connect-options.ts';
import { wsErrors } from './errors.ts';
import { HandshakeHeaders, type HandshakeView } from './handshake-headers.ts';
import { wsOptionsOf } from './options.ts';
import { WsState } from './ws-state.ts';
import { termsOf } from './ws-terms.ts';
import { idleState, WebSocketWsi } from './ws-wsi.ts';

export class ConnectingState implements ClientRequester {
  readonly name = 'ws';
  readonly method = 'GET';
  readonly wsi: WebSocketWsi;
  readonly transaction: ClientRoleState;
  readonly #host: RoleHost;
  readonly #clock: Clock;
  readonly #headers: HandshakeHeaders;
  readonly #protocols: readonly string[];
  readonly #extensions: readonly WsExtension[];
  readonly #named: boolean;
  /** Told of it: the protocol that the call names, or the one that the server chose, once it did. */
  #bound: BoundProtocol;
  #asked: AskedHandshake;

  /** @throws `LWS_ERR_WS_CLIENT_PROTOCOL` when the vhost has no protocol that could be told */
  constructor(host: RoleHost, clock: Clock, call: ConnectCall) {
    const { protocols, headers, extensions } = call.options as unknown as ResolvedWsConnectOptions;
    for (const field of headers) ownField(field);
    this.#host = host;
    this.#clock = clock;
    this.#protocols = protocols;
    this.#extensions = extensions ?? wsOptionsOf(host.vhost.options).extensions;
    this.#named = call.localProtocol !== undefined;
    this.#bound = call.localProtocol ?? firstKnown(host, protocols);
    this.#asked = { key: '', protocols, extensions: [], offers: [] };
    this.#headers = new HandshakeHeaders(targetView(call.target));
    this.wsi = new WebSocketWsi(host, this.#bound, idleState, this.#headers);
    this.transaction = clientTransaction(host, call, this);
  }

  fields(target: ClientTarget): HttpFields {
    this.#headers.show(targetView(target));
    const extensions = this.#extensions.filter(({ name }) => this.#mayOffer(name));
    const offers = extensions.flatMap((extension) => extension.offers());
    this.#asked = { key: newHandshakeKey(), protocols: this.#protocols, extensions, offers };
    const fields = [...handshakeFields(this.#asked)];
    const done: unknown = this.#handlers().appendHandshakeHeader?.(this.wsi, (name, value) => {
      fields.push(ownField(checkRequestField(name, value)));
    });
    if (atOnce(done) === -1) this.#host.giveUp(wsErrors.LWS_ERR_WS_CLIENT_REFUSED);
    return fields;
  }

  answered(answer: ClientAnswer, rest: Uint8Array): void {
    const host = this.#host;
    const verdict = judgeAnswer(answer, this.#asked);
    if ('code' in verdict) {
      answer.detach();
      host.fail(verdict);
      return;
    }
    const { protocol, extension } = verdict;
    const chosen = protocol === undefined ? undefined : host.vhost.protocolByName(protocol);
    if (!this.#named && chosen?.spec.client !== undefined) this.#bound = chosen;
    this.wsi.bind(this.#bound);
    this.#headers.show(answerView(this.#headers.view, answer));
    if (!this.#agrees(extension)) return;
    const terms = termsOf('client', this.#bound, host, this.#clock);
    const open = new WsState(host, terms, this.wsi, extension);
    host.established();
    host.become(() => open, rest);
    open.established();
  }

  failed(error: CodedError): void {
    this.#headers.release();
    const told = error instanceof LwsError ? error : new LwsError(error);
    const done: unknown = this.#handlers().connectionError?.(this.wsi, told);
    if (!dropPromise(done)) return;
    this.#host.report(coreErrors.LWS_ERR_HANDLER_ASYNC, 'connectionError');
  }

  /** The program's say; false when it gave the connection up. */
  #agrees(extension: AgreedExtension | undefined): boolean {
    const handlers = this.#handlers();
    const host = this.#host;
    if (
      extension !== undefined &&
      !allows(handlers.confirmExtensionOkay?.(this.wsi, extension.name))
    )
      host.giveUp(
        new LwsError(wsErrors.LWS_ERR_WS_CLIENT_REFUSED, `the extension ${extension.name}`),
      );
    else if (host.open && !allows(handlers.filterPreEstablish?.(this.wsi)))
      host.giveUp(wsErrors.LWS_ERR_WS_CLIENT_REFUSED);
    return host.open;
  }

  #mayOffer(name: string): boolean {
    return allows(this.#handlers().confirmExtensionSupported?.(this.wsi, name));
  }

  #handlers(): ClientHandlers<unknown, unknown> {
    return this.#bound.spec.client ?? {};
  }
}

/** A field the program may add. @throws `LWS_ERR_OPTION` for one of the handshake itself */
function ownField(field: readonly [string, string]): readonly [string, string] {
  if (field[0].startsWith('sec-websocket-'))
    throw new LwsError(
      interfaceErrors.LWS_ERR_OPTION,
      `field ${field[0]} is written by lws-ts itself`,
    );
  return field;
}

/** What a handler that may refuse said; none says yes. */
function allows(verdict: unknown): boolean {
  const said = atOnce(verdict);
  return said !== false && said !== -1;
}

/** The first asked for that the vhost has with a client group, else the vhost's first protocol. */
function firstKnown(host: RoleHost, asked: readonly string[]): BoundProtocol {
  const { vhost } = host;
  for (const name of asked) {
    const protocol = vhost.protocolByName(name);
    if (protocol?.spec.client !== undefined) return protocol;
  }
  const [first] = vhost.protocols;
  if (first === undefined)
    throw new LwsError(wsErrors.LWS_ERR_WS_CLIENT_PROTOCOL, `vhost ${vhost.name} has none`);
  return first;
}

/** The request as a wsi shows it before there is an answer. */
function targetView({ path }: ClientTarget): HandshakeView {
  const mark = path.indexOf('?');
  return {
    path: percentDecoded(mark < 0 ? path : path.slice(0, mark)),
    query: mark < 0 ? '' : path.slice(mark + 1),
    field: () => undefined,
    each: () => undefined,
  };
}

function answerView({ path, query }: HandshakeView, answer: ClientAnswer): HandshakeView {
  return {
    path,
    query,
    field: (name) => answer.field(name),
    each: (visit) => answer.each(visit),
  };
}
