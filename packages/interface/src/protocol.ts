/**
 * `protocol()`: what a program says of one protocol, with everything inferred that can be.
 * The roles read it through {@link protocolDefinition}; a vhost's list holds the opaque {@link AnyProtocol}.
 */
import { interfaceErrors } from './errors.ts';
import { LwsError } from './lws-error.ts';
import { showValue } from './show-value.ts';
import type { Holdable, Wsi } from './wsi.ts';

/** What a handler returns: nothing, or -1 to close the wsi as in lws. A promise does not fit. */
export type Done = void | undefined | -1;
/** What a handler that asks returns: false or -1 refuses. */
export type Verdict = boolean | -1;

/** Header fields and target of the request a wsi came from. */
export interface WsiHeaders {
  /** First field of that name, any case. Throws `LWS_ERR_HEADERS_GONE` after `established` returned. lws: lws_hdr_copy */
  header(name: string): string | undefined;
  /** All fields in order, names in lower case. Throws like {@link header}. lws: lws_hdr_custom_name_foreach */
  eachHeader(visit: (name: string, value: string) => void): void;
  /** The path, decoded. Throws like {@link header}. */
  readonly path: string;
  /** What stands behind `?`, as sent. Throws like {@link header}. */
  readonly query: string;
  /** One argument of the query, decoded; undefined when absent. Throws like {@link header}. lws: lws_get_urlarg_by_name */
  urlArg(name: string): string | undefined;
}

/** What `tx.fragment` is told of a fragment. */
export interface FragmentFlags {
  /** Begins a message. */
  readonly first: boolean;
  /** Ends it. */
  readonly final: boolean;
  /** Of the message; read with `first`. Default: false, text. */
  readonly binary?: boolean;
}

/**
 * Sends on a WebSocket. Valid inside the `writeable` it was given to, else `LWS_ERR_TX_EXPIRED`.
 * Each method accepts all it is given; false says: accepted, now stop and wait for the next `writeable`.
 * Writing once more after false throws `LWS_ERR_TX_CHOKED`. lws: lws_write
 */
export interface WsTx {
  /** A write now would throw. lws: lws_send_pipe_choked */
  readonly choked: boolean;
  /** A whole text message. Lone surrogates become U+FFFD. */
  text(data: string): boolean;
  /** A whole binary message; the bytes are free again on return. */
  binary(data: Uint8Array): boolean;
  /** One frame of a message sent in pieces. A string in a binary message is sent as UTF-8. lws: LWS_WRITE_CONTINUATION, LWS_WRITE_NO_FIN */
  fragment(data: string | Uint8Array, flags: FragmentFlags): boolean;
  /** A ping of at most 125 bytes. lws: LWS_WRITE_PING */
  ping(data?: Uint8Array): boolean;
}

/** One WebSocket connection. */
export interface WsWsi<S, V> extends Wsi<S, V>, WsiHeaders {
  /** In `receive`: the chunk begins a message. lws: lws_is_first_fragment */
  readonly isFirstFragment: boolean;
  /** In `receive`: the chunk ends a message. lws: lws_is_final_fragment */
  readonly isFinalFragment: boolean;
  /** In `receive`: bytes of the current frame that are still to come. lws: lws_remaining_packet_payload */
  readonly remainingPacketPayload: number;
  /** In `receive` and `message`: the message is binary. lws: lws_frame_is_binary */
  readonly isBinary: boolean;
}

/** Handlers of a WebSocket connection that both forms of receiving share. */
export interface WsCommon<S, V> {
  /** May this connection speak the protocol? False refuses it with 403. lws: FILTER_PROTOCOL_CONNECTION */
  filterProtocolConnection?(wsi: WsWsi<S, V> & Holdable, name: string): Verdict;
  /** The handshake is done. Header fields are gone when it returns. lws: ESTABLISHED */
  established?(wsi: WsWsi<S, V>): Done;
  /** The peer can take more. May come without having been asked for. lws: SERVER_WRITEABLE */
  writeable?(wsi: WsWsi<S, V>, tx: WsTx): Done;
  /** The timer of `setTimerMs` is over. lws: TIMER */
  timer?(wsi: WsWsi<S, V>): Done;
  /** A pong with a payload; the bytes are valid during the call. lws: RECEIVE_PONG */
  receivePong?(wsi: WsWsi<S, V>, payload: Uint8Array): Done;
  /** The peer began to close: 1005 stands for no code. -1: do not answer its close frame. lws: WS_PEER_INITIATED_CLOSE */
  peerInitiatedClose?(wsi: WsWsi<S, V>, code: number, reason: string): Done;
  /** Over, once for each `established`: the peer's close code, else 1006 as RFC 6455 §7.1.5 has it. lws: CLOSED */
  closed?(wsi: WsWsi<S, V>, code: number, reason: string): Done;
}

/** A protocol takes whole messages, or chunks as they come: one or the other. */
export type WsHandlers<S, V> = WsCommon<S, V> &
  (
    | {
        /** A whole message of at most `maxMessageSize` bytes: text as string, binary as bytes that are yours. */
        message?(wsi: WsWsi<S, V>, data: string | Uint8Array): Done;
        receive?: never;
      }
    | {
        /** A chunk of at most `rxBufferSize` bytes, or the end of a frame; valid during the call. lws: RECEIVE */
        receive?(wsi: WsWsi<S, V>, chunk: Uint8Array): Done;
        message?: never;
      }
  );

/** Per-vhost options of a protocol: name to type. lws: pvo */
export type PvoSpec = Readonly<Record<string, 'string' | 'boolean' | 'integer'>>;
/** The values of {@link PvoSpec}. */
export type Pvo<P extends PvoSpec> = {
  readonly [K in keyof P]?: P[K] extends 'boolean'
    ? boolean
    : P[K] extends 'integer'
      ? number
      : string;
};

/** What `.with()` takes besides the protocol's own options. */
export interface PvoFlags {
  /** For a client that names no subprotocol. lws: pvo "default" */
  readonly default?: boolean;
  /** For connections that fall back to raw. lws: pvo "raw" */
  readonly raw?: boolean;
}

/** A vhost, as `vhostData`, `init` and `destroy` see it. */
export interface ProtocolVhost<P extends PvoSpec> {
  readonly name: string;
  /** What `.with()` was given. */
  readonly pvo: Pvo<P>;
  /** Asks for `writeable` of every wsi of this protocol on this vhost. */
  requestWriteableAll(): void;
}

/** What a program says of a protocol. `vhostData` stands above the handlers, so that all is inferred. */
export interface ProtocolSpec<S, V, P extends PvoSpec> {
  /** The subprotocol as it stands in Sec-WebSocket-Protocol: an HTTP token. */
  readonly name: string;
  readonly pvo?: P;
  /** Bound of one chunk of `receive`, in bytes, 1 to 1 MiB. Default: the vhost's. lws: rx_buffer_size */
  readonly rxBufferSize?: number;
  /** Makes the session of a new connection. */
  session?(): S;
  /** Makes the data of this protocol on a vhost, once, before the first connection. */
  vhostData?(vhost: ProtocolVhost<P>): V;
  /** Once per vhost. Throwing fails the vhost. lws: PROTOCOL_INIT */
  init?(vhost: ProtocolVhost<P>, vhostData: NoInfer<V>): Done;
  /** Once per vhost, after its last connection. lws: PROTOCOL_DESTROY */
  destroy?(vhost: ProtocolVhost<P>, vhostData: NoInfer<V>): Done;
  readonly ws?: WsHandlers<NoInfer<S>, NoInfer<V>>;
}

declare const opaque: unique symbol;
/** Any result of `protocol()`, or of its `.with({ pvo })`, whatever its session type. */
export interface AnyProtocol {
  readonly name: string;
  readonly [opaque]: true;
}

/** What `protocol()` gives: for a vhost's list, as it is or by {@link with}. */
export interface Protocol<P extends PvoSpec> extends AnyProtocol {
  /** The same protocol with options for one vhost. @throws `LWS_ERR_PVO` */
  with(pvo: Pvo<P> & PvoFlags): AnyProtocol;
}

/** A spec with its types forgotten: what the roles work with. */
export type AnyProtocolSpec = ProtocolSpec<unknown, unknown, PvoSpec>;

/** What stands behind an {@link AnyProtocol}. */
export interface ProtocolDefinition {
  readonly spec: AnyProtocolSpec;
  readonly pvo: Readonly<Record<string, string | number | boolean>>;
  readonly flags: PvoFlags;
}

/** A protocol as it lives on one vhost. */
export interface BoundProtocol {
  readonly name: string;
  readonly spec: AnyProtocolSpec;
  readonly flags: PvoFlags;
  readonly vhostData: unknown;
  /** Asks for `writeable` of every wsi that is bound to it. */
  requestWriteableAll(): void;
}

const definitions = new WeakMap<AnyProtocol, ProtocolDefinition>();
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/;
const specKeys = new Set([
  'name',
  'pvo',
  'rxBufferSize',
  'session',
  'vhostData',
  'init',
  'destroy',
  'ws',
]);
/** Members of a definition that are no functions. */
const dataKeys = new Set(['name', 'pvo', 'rxBufferSize', 'ws']);
const wsKeys = new Set([
  'filterProtocolConnection',
  'established',
  'writeable',
  'timer',
  'receivePong',
  'peerInitiatedClose',
  'closed',
  'message',
  'receive',
]);

/**
 * Declares a protocol. Session, vhost data and options are inferred inside each handler.
 *
 * @throws `LWS_ERR_PROTOCOL_DEFINITION` for a name that is no token, an unknown member, or both forms of receiving
 */
export function protocol<
  S = undefined,
  V = undefined,
  const P extends PvoSpec = Record<never, never>,
>(spec: ProtocolSpec<S, V, P>): Protocol<P> {
  checkSpec(spec);
  return make(spec as unknown as AnyProtocolSpec, {}, {}) as Protocol<P>;
}

/** What stands behind `protocol`. @throws `LWS_ERR_PROTOCOL_DEFINITION` for anything `protocol()` did not make */
export function protocolDefinition(protocol: AnyProtocol): ProtocolDefinition {
  const definition = definitions.get(protocol);
  if (definition === undefined)
    throw bad(`a list of protocols holds ${showValue(protocol)}, which protocol() did not make`);
  return definition;
}

function make(spec: AnyProtocolSpec, pvo: ProtocolDefinition['pvo'], flags: PvoFlags): AnyProtocol {
  const made = Object.freeze({
    name: spec.name,
    with(given: Readonly<Record<string, unknown>>): AnyProtocol {
      const split = readPvo(spec, given);
      return make(spec, split.pvo, split.flags);
    },
  }) as unknown as AnyProtocol;
  definitions.set(
    made,
    Object.freeze({ spec, pvo: Object.freeze(pvo), flags: Object.freeze(flags) }),
  );
  return made;
}

function readPvo(
  spec: AnyProtocolSpec,
  given: Readonly<Record<string, unknown>>,
): { pvo: Record<string, string | number | boolean>; flags: PvoFlags } {
  const pvo: Record<string, string | number | boolean> = {};
  const flags: Record<string, boolean> = {};
  if (!isRecord(given))
    throw new LwsError(
      interfaceErrors.LWS_ERR_PVO,
      `the options of protocol "${spec.name}" are ${showValue(given)}, not an object`,
    );
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const flag = name === 'default' || name === 'raw';
    const declared = spec.pvo !== undefined && Object.hasOwn(spec.pvo, name);
    const type = flag ? 'boolean' : declared ? spec.pvo?.[name] : undefined;
    const detail = `${name} of protocol "${spec.name}"`;
    if (type === undefined)
      throw new LwsError(interfaceErrors.LWS_ERR_PVO, `${detail} is not declared`);
    const fits = type === 'integer' ? Number.isSafeInteger(value) : typeof value === type;
    if (!fits)
      throw new LwsError(
        interfaceErrors.LWS_ERR_PVO,
        `${detail} is ${showValue(value)}, not ${type}`,
      );
    if (flag) flags[name] = value as boolean;
    else pvo[name] = value as string | number | boolean;
  }
  return { pvo, flags };
}

function checkSpec(spec: unknown): void {
  if (!isRecord(spec)) throw bad(`the definition is ${showValue(spec)}, not an object`);
  const name = spec['name'];
  if (typeof name !== 'string' || !token.test(name))
    throw bad(`name is ${showValue(name)}, not a token of at most 64 characters`);
  checkMembers(spec, specKeys, name);
  const rxBufferSize = spec['rxBufferSize'];
  if (
    rxBufferSize !== undefined &&
    !(
      Number.isSafeInteger(rxBufferSize) &&
      (rxBufferSize as number) >= 1 &&
      (rxBufferSize as number) <= 1048576
    )
  )
    throw bad(
      `rxBufferSize of "${name}" is ${showValue(rxBufferSize)}, not an integer from 1 to 1 MiB`,
    );
  const pvo = spec['pvo'];
  if (pvo !== undefined) {
    if (!isRecord(pvo)) throw bad(`pvo of "${name}" is ${showValue(pvo)}, not an object`);
    for (const [option, type] of Object.entries(pvo)) {
      if (type !== 'string' && type !== 'boolean' && type !== 'integer')
        throw bad(
          `pvo ${option} of "${name}" is ${showValue(type)}, not 'string', 'boolean' or 'integer'`,
        );
      if (option === 'default' || option === 'raw')
        throw bad(`pvo ${option} of "${name}" is a name that lws-ts reads itself`);
    }
  }
  const ws = spec['ws'];
  if (ws === undefined) return;
  if (!isRecord(ws)) throw bad(`ws of "${name}" is ${showValue(ws)}, not an object`);
  checkMembers(ws, wsKeys, `${name}.ws`);
  if (ws['message'] !== undefined && ws['receive'] !== undefined)
    throw bad(`"${name}" has both ws.message and ws.receive`);
}

function checkMembers(
  members: Readonly<Record<string, unknown>>,
  known: ReadonlySet<string>,
  of: string,
): void {
  for (const [key, value] of Object.entries(members)) {
    if (!known.has(key)) throw bad(`"${of}" has no member ${key}`);
    if (!dataKeys.has(key) && value !== undefined && typeof value !== 'function')
      throw bad(`${key} of "${of}" is ${showValue(value)}, not a function`);
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function bad(detail: string): LwsError {
  return new LwsError(interfaceErrors.LWS_ERR_PROTOCOL_DEFINITION, detail);
}
