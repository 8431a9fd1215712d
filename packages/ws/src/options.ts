import { interfaceErrors, LwsError, type OptionRules } from '@lws-ts/interface';
import type { WsExtension } from '@lws-ts/ws-framing';
import { type OriginPolicy, readOrigin } from './origin.ts';

/** What the WebSocket role adds to the options of a vhost. */
export interface WsOptions {
  /**
   * Largest message given to `ws.message`, in bytes. A larger one is closed with 1009 as soon as a frame
   * header announces it. `ws.receive` has no such bound.
   *
   * @defaultValue 1048576
   * @throws `LWS_ERR_OPTION` unless an integer from 1 to 1 GiB
   */
  readonly maxMessageSize?: number;
  /**
   * Largest chunk given to `ws.receive`, in bytes, where the protocol has no `rxBufferSize` of its own.
   * lws: rx_buffer_size
   *
   * @defaultValue 4096
   * @throws `LWS_ERR_OPTION` unless an integer from 1 to 1 MiB
   */
  readonly rxBufferSize?: number;
  /**
   * Most fragments of a message given to `ws.message`; one more is closed with 1008.
   *
   * @defaultValue 16384
   * @throws `LWS_ERR_OPTION` unless an integer from 1 to 2^31 - 1
   */
  readonly maxFragments?: number;
  /**
   * Most fragments in a row, in one message, with less than 64 bytes each on average; one more is closed
   * with 1008.
   *
   * @defaultValue 1024
   * @throws `LWS_ERR_OPTION` unless an integer from 1 to 2^31 - 1
   */
  readonly maxTinyFragments?: number;
  /**
   * Most pings accepted in a second; one more is closed with 1008.
   *
   * @defaultValue 100
   * @throws `LWS_ERR_OPTION` unless an integer from 1 to 2^31 - 1
   */
  readonly maxPingsPerSecond?: number;
  /**
   * Most bytes of output that the transport may keep for a slow peer, pongs too. More is closed with 1013, then
   * cut; of a message that is longer by itself no more is kept, and the connection is cut at once.
   *
   * @defaultValue 1048576
   * @throws `LWS_ERR_OPTION` unless an integer from 64 KiB to 1 GiB
   */
  readonly maxOutputBytes?: number;
  /**
   * Whose pages may connect: `'same-origin'` for those of the host asked for, `'*'` for any, or a list of
   * origins like `https://example.com`, in which `'same-origin'` may stand too. Another origin is answered
   * 403. A handshake without Origin is let through, unless it has Cookie or Authorization and not any is allowed.
   *
   * @defaultValue 'same-origin'
   * @throws `LWS_ERR_OPTION` for anything else
   */
  readonly allowedOrigins?: 'same-origin' | '*' | readonly string[];
  /**
   * Extensions that connections may use, such as `permessageDeflate()`: a server agrees to the first that a client
   * offers, a client offers them in this order. lws: info.extensions
   *
   * @defaultValue none
   * @throws `LWS_ERR_OPTION` for what is no list of different extensions
   */
  readonly extensions?: readonly WsExtension[];
  /**
   * Time for a close frame to leave, in seconds; then the connection is cut. lws: PENDING_TIMEOUT_CLOSE_SEND
   *
   * @defaultValue 2
   * @throws `LWS_ERR_OPTION` unless a number from 0.1 to 3600
   */
  readonly closeSendSecs?: number;
  /**
   * Time for the peer to answer a close frame that left, in seconds; then the connection is cut.
   * lws: PENDING_TIMEOUT_CLOSE_ACK
   *
   * @defaultValue 5
   * @throws `LWS_ERR_OPTION` unless a number from 0.1 to 3600
   */
  readonly closeAckSecs?: number;
  /**
   * Time that a frame which was begun may make no progress, in seconds; then it is closed with 1008. A compressed
   * message that is too long to be inflated at once is closed after it, or twice it, when none of it comes, and
   * while other connections wait to inflate theirs when less than 16 KiB come.
   *
   * @defaultValue 30
   * @throws `LWS_ERR_OPTION` unless a number from 0.1 to 3600
   */
  readonly stalledSecs?: number;
  /**
   * Time without a byte from the peer after which it is sent a ping, in seconds; 0: never.
   * lws: secs_since_valid_ping
   *
   * @defaultValue 0
   * @throws `LWS_ERR_OPTION` unless a number from 0 to 86400
   */
  readonly validPingSecs?: number;
  /**
   * Time without a byte from the peer after which the connection is cut, in seconds; 0: never. More than
   * `validPingSecs`. What the program itself does not take counts for the peer. lws: secs_since_valid_hangup
   *
   * @defaultValue 0
   * @throws `LWS_ERR_OPTION` unless a number from 0 to 86400, and 0 or more than validPingSecs
   */
  readonly hangupSecs?: number;
}

/** {@link WsOptions} as the role reads them. */
export interface ResolvedWsOptions extends Required<Omit<WsOptions, 'allowedOrigins'>> {
  readonly allowedOrigins: OriginPolicy;
}

const maxCount = 2 ** 31 - 1;
const gibibyte = 2 ** 30;

/** How each option is read. */
export const wsOptionRules: OptionRules<WsOptions> = {
  maxMessageSize: { kind: 'integer', fallback: 1048576, min: 1, max: gibibyte },
  rxBufferSize: { kind: 'integer', fallback: 4096, min: 1, max: 1048576 },
  maxFragments: { kind: 'integer', fallback: 16384, min: 1, max: maxCount },
  maxTinyFragments: { kind: 'integer', fallback: 1024, min: 1, max: maxCount },
  maxPingsPerSecond: { kind: 'integer', fallback: 100, min: 1, max: maxCount },
  maxOutputBytes: { kind: 'integer', fallback: 1048576, min: 65536, max: gibibyte },
  allowedOrigins: {
    kind: 'custom',
    fallback: new Set(['same-origin']),
    check: readOriginPolicy,
  },
  extensions: { kind: 'custom', fallback: Object.freeze([]), check: readExtensions },
  closeSendSecs: { kind: 'number', fallback: 2, min: 0.1, max: 3600 },
  closeAckSecs: { kind: 'number', fallback: 5, min: 0.1, max: 3600 },
  stalledSecs: { kind: 'number', fallback: 30, min: 0.1, max: 3600 },
  validPingSecs: { kind: 'number', fallback: 0, min: 0, max: 86400 },
  hangupSecs: { kind: 'number', fallback: 0, min: 0, max: 86400 },
};

/** The options of a vhost, which were resolved by {@link wsOptionRules}. */
export function wsOptionsOf(options: Readonly<Record<string, unknown>>): ResolvedWsOptions {
  return options as unknown as ResolvedWsOptions;
}

/** @throws `LWS_ERR_OPTION` when a peer would be cut before it was asked for life */
export function checkValidity({ validPingSecs, hangupSecs }: ResolvedWsOptions): void {
  if (hangupSecs > 0 && hangupSecs <= validPingSecs)
    throw new LwsError(
      interfaceErrors.LWS_ERR_OPTION,
      `hangupSecs is ${hangupSecs}, not more than validPingSecs, which is ${validPingSecs}`,
    );
}

function readOriginPolicy(value: unknown, name: string): OriginPolicy {
  if (value === '*') return '*';
  if (value === 'same-origin') return new Set(['same-origin']);
  if (!Array.isArray(value)) throw refusal(name, value);
  const policy = new Set<string>();
  for (const entry of value as readonly unknown[]) {
    const origin = typeof entry === 'string' ? readOrigin(entry) : undefined;
    if (entry === 'same-origin') policy.add(entry);
    else if (origin === undefined) throw refusal(name, entry);
    else policy.add(origin.text);
  }
  return policy;
}

/** @throws `LWS_ERR_OPTION` */
export function readExtensions(value: unknown, name: string): readonly WsExtension[] {
  const list = (Array.isArray(value) ? value : [undefined]) as readonly Partial<WsExtension>[];
  const names = new Set(list.map((one) => one?.name));
  const fits = list.every(
    (one) => typeof one?.name === 'string' && typeof one.accept === 'function',
  );
  if (!fits || names.size < list.length)
    throw new LwsError(
      interfaceErrors.LWS_ERR_OPTION,
      `${name} is no list of different extensions, such as permessageDeflate() gives`,
    );
  return Object.freeze([...list]) as readonly WsExtension[];
}

function refusal(name: string, value: unknown): LwsError {
  const given = typeof value === 'string' ? JSON.stringify(value.slice(0, 64)) : typeof value;
  return new LwsError(
    interfaceErrors.LWS_ERR_OPTION,
    `${name} is ${given}, not 'same-origin', '*' or a list of origins like https://example.com`,
  );
}
