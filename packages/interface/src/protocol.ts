/**
 * `protocol()`: what a program says of one protocol, with everything inferred that can be.
 * The roles read it through {@link protocolDefinition}; a vhost's list holds the opaque {@link AnyProtocol}.
 */

import type { CgiHandlers } from './cgi-handlers.ts';
import type { ClientHandlers } from './client-handlers.ts';
import { interfaceErrors } from './errors.ts';
import type { HttpHandlers } from './http-handlers.ts';
import { isRecord } from './is-record.ts';
import { LwsError } from './lws-error.ts';
import { didYouMean } from './options.ts';
import type { RawHandlers } from './raw-handlers.ts';
import { showValue } from './show-value.ts';
import type { TlsHandlers } from './tls-handlers.ts';
import type { Done, WsHandlers } from './ws-handlers.ts';
import type { Wsi, WsiView } from './wsi.ts';

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
  /** Begins a connection to a server, with the options of `context.connect`, on this vhost. Not before `init`. */
  connect(options: Readonly<Record<string, unknown>>): Wsi<unknown, unknown>;
  /** `adoptDescriptor` of the vhost. Not before `init`. @param protocolName default: this protocol */
  adoptDescriptor(
    descriptor: Descriptor,
    protocolName?: string,
    parentWsi?: WsiView,
  ): Wsi<unknown, unknown>;
}

/** What can be adopted: the number of an open descriptor, a `net.Socket`, any other Duplex, or a transport. */
export type Descriptor = number | object;

/** What a program says of a protocol. `vhostData` stands above the handlers, so that all is inferred. */
export interface ProtocolSpec<S, V, P extends PvoSpec> {
  /** The subprotocol as it stands in Sec-WebSocket-Protocol: an HTTP token. */
  readonly name: string;
  readonly pvo?: P;
  /**
   * Bound of one chunk of `receive`, in bytes, 1 to 1 MiB. Default: the vhost's. Of `raw.rx` and `rawFile.rx` too,
   * where the default is what was read at once. lws: rx_buffer_size
   */
  readonly rxBufferSize?: number;
  /**
   * What the peer sends is delivered although `writeable` was asked for, or the peer takes no more, as in lws: for
   * protocols that send much both ways at once, whose two ends would else wait for each other. The program bounds
   * what it keeps meanwhile, by `rxFlowControl`. Default: false
   */
  readonly duplex?: boolean;
  /** Makes the session of a new connection, at once: a promise ends the connection with `LWS_ERR_HANDLER_ASYNC`. */
  session?(): S;
  /** Makes the data of this protocol on a vhost, once, before the first connection. A promise fails the vhost. */
  vhostData?(vhost: ProtocolVhost<P>): V;
  /** Once per vhost. Throwing fails the vhost. lws: PROTOCOL_INIT */
  init?(vhost: ProtocolVhost<P>, vhostData: NoInfer<V>): Done;
  /** Once per vhost, after its last connection. lws: PROTOCOL_DESTROY */
  destroy?(vhost: ProtocolVhost<P>, vhostData: NoInfer<V>): Done;
  /**
   * `cancelService` was called, by this thread or another: of each protocol on each vhost, once for all calls since
   * the last. The place to look at what another thread left. lws: EVENT_WAIT_CANCELLED
   */
  eventWaitCancelled?(vhost: ProtocolVhost<P>, vhostData: NoInfer<V>): Done;
  /** Requests to the mounts that name the protocol. */
  readonly http?: HttpHandlers<NoInfer<S>, NoInfer<V>>;
  /** WebSocket connections that came in. */
  readonly ws?: WsHandlers<NoInfer<S>, NoInfer<V>>;
  /** Connections that `context.connect` makes: nothing of them reaches `ws`. */
  readonly client?: ClientHandlers<NoInfer<S>, NoInfer<V>>;
  /** Raw connections, those that `context.connect` makes too, and streams that were adopted. */
  readonly raw?: RawHandlers<NoInfer<S>, NoInfer<V>>;
  /** Files, FIFOs, pipes and terminals that were adopted. */
  readonly rawFile?: RawHandlers<NoInfer<S>, NoInfer<V>>;
  /** Scripts of the mounts that name the protocol. */
  readonly cgi?: CgiHandlers<NoInfer<V>>;
  /** The TLS layer of a vhost whose first protocol this is. */
  readonly tls?: TlsHandlers;
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
  'duplex',
  'session',
  'vhostData',
  'init',
  'destroy',
  'eventWaitCancelled',
  'http',
  'ws',
  'client',
  'raw',
  'rawFile',
  'cgi',
  'tls',
]);
/** Members of a definition that are no functions. */
const dataKeys = new Set([
  'name',
  'pvo',
  'rxBufferSize',
  'duplex',
  'http',
  'ws',
  'client',
  'raw',
  'rawFile',
  'cgi',
  'tls',
]);
const rawKeys = new Set([
  'adopt',
  'rx',
  'writeable',
  'timer',
  'peerEnded',
  'childClosing',
  'close',
]);
const sharedKeys = [
  'confirmExtensionOkay',
  'established',
  'writeable',
  'timer',
  'receivePing',
  'receivePong',
  'peerInitiatedClose',
  'childClosing',
  'closed',
  'message',
  'receive',
];
/** The groups of handlers and what each may hold. */
const groupKeys: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    'http',
    new Set([
      'bindProtocol',
      'dropProtocol',
      'filterHttpConnection',
      'checkAccessRights',
      'request',
      'body',
      'bodyCompletion',
      'writeable',
      'fileCompletion',
      'addHeaders',
      'confirmUpgrade',
      'processHtml',
      'timer',
      'closed',
    ]),
  ],
  ['ws', new Set([...sharedKeys, 'filterProtocolConnection'])],
  [
    'client',
    new Set([
      ...sharedKeys,
      'confirmExtensionSupported',
      'appendHandshakeHeader',
      'filterPreEstablish',
      'connectionError',
      'establishedHttp',
      'receiveHttp',
      'receiveHttpRead',
      'completedHttp',
      'httpWriteable',
      'closedHttp',
    ]),
  ],
  ['raw', rawKeys],
  ['rawFile', rawKeys],
  ['cgi', new Set(['processAttach', 'stderr', 'terminated'])],
  ['tls', new Set(['info', 'loadExtraServerVerifyCerts', 'loadExtraClientVerifyCerts'])],
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
      throw new LwsError(
        interfaceErrors.LWS_ERR_PVO,
        `${detail} is not declared${didYouMean(name, [...Object.keys(spec.pvo ?? {}), 'default', 'raw'])}`,
      );
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
  const duplex = spec['duplex'];
  if (duplex !== undefined && typeof duplex !== 'boolean')
    throw bad(`duplex of "${name}" is ${showValue(duplex)}, not true or false`);
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
  for (const [group, keys] of groupKeys) checkGroup(spec[group], `${name}.${group}`, keys);
}

function checkGroup(group: unknown, of: string, keys: ReadonlySet<string>): void {
  if (group === undefined) return;
  if (!isRecord(group)) throw bad(`${of} is ${showValue(group)}, not an object`);
  checkMembers(group, keys, of);
  if (group['message'] !== undefined && group['receive'] !== undefined)
    throw bad(`"${of}" has both message and receive`);
}

function checkMembers(
  members: Readonly<Record<string, unknown>>,
  known: ReadonlySet<string>,
  of: string,
): void {
  for (const [key, value] of Object.entries(members)) {
    if (!known.has(key)) throw bad(`"${of}" has no member ${key}${didYouMean(key, [...known])}`);
    if (!dataKeys.has(key) && value !== undefined && typeof value !== 'function')
      throw bad(`${key} of "${of}" is ${showValue(value)}, not a function`);
  }
}

function bad(detail: string): LwsError {
  return new LwsError(interfaceErrors.LWS_ERR_PROTOCOL_DEFINITION, detail);
}
