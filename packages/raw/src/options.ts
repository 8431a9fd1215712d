import type { OptionRules } from '@lws-ts/interface';

/** What raw adds to the options of a vhost. */
export interface RawOptions {
  /**
   * A connection whose first bytes are no method of HTTP becomes a raw one, with these bytes, and so does a CONNECT
   * request. lws: LWS_SERVER_OPTION_FALLBACK_TO_RAW, LWS_SERVER_OPTION_FALLBACK_TO_APPLY_LISTEN_ACCEPT_CONFIG
   *
   * @defaultValue false
   */
  readonly fallbackToRaw?: boolean;
  /**
   * With `fallbackToRaw`: time after which a peer that said nothing, or but the start of a method, becomes a raw
   * connection too, in seconds; for protocols in which the server speaks first. 0: it times out as any other.
   *
   * @defaultValue 0
   * @throws `LWS_ERR_OPTION` unless a number from 0 to 3600, `LWS_ERR_RAW_OPTIONS` unless less than `timeoutSecs`
   */
  readonly fallbackSilenceSecs?: number;
  /**
   * Every connection is raw from the start. lws: LWS_SERVER_OPTION_ONLY_RAW,
   * LWS_SERVER_OPTION_ADOPT_APPLY_LISTEN_ACCEPT_CONFIG
   *
   * @defaultValue false
   * @throws `LWS_ERR_RAW_OPTIONS` with `redirectHttpToHttps`, or with another `firstRole`
   */
  readonly onlyRaw?: boolean;
  /**
   * What connections become by `onlyRaw` and `fallbackToRaw`: `raw-skt` is a protocol of the vhost's, `raw-proxy`
   * the one of that name where `listenAcceptProtocol` names no other. lws: listen_accept_role
   *
   * @defaultValue 'raw-skt'
   */
  readonly listenAcceptRole?: 'raw-skt' | 'raw-proxy';
  /**
   * The protocol that gets them, by name. lws: listen_accept_protocol
   *
   * @defaultValue the one marked `raw: true`, else the first with a group `raw`
   */
  readonly listenAcceptProtocol?: string;
  /**
   * Time in which nothing comes and nothing is taken, in seconds, after which a raw connection is ended; 0: never.
   * What the program itself does not take counts for the peer.
   *
   * @defaultValue 0
   * @throws `LWS_ERR_OPTION` unless a number from 0 to 86400
   */
  readonly rawIdleSecs?: number;
}

/** {@link RawOptions} as the role reads them. */
export interface ResolvedRawOptions extends Required<Omit<RawOptions, 'listenAcceptProtocol'>> {
  readonly listenAcceptProtocol: string | undefined;
}

/** How each option is read. */
export const rawOptionRules: OptionRules<RawOptions> = {
  fallbackToRaw: { kind: 'boolean', fallback: false },
  fallbackSilenceSecs: { kind: 'number', fallback: 0, min: 0, max: 3600 },
  onlyRaw: { kind: 'boolean', fallback: false },
  listenAcceptRole: { kind: 'choice', fallback: 'raw-skt', choices: ['raw-skt', 'raw-proxy'] },
  listenAcceptProtocol: { kind: 'string', fallback: undefined },
  rawIdleSecs: { kind: 'number', fallback: 0, min: 0, max: 86400 },
};

/** The options of a vhost, which were resolved by {@link rawOptionRules}. */
export function rawOptionsOf(options: Readonly<Record<string, unknown>>): ResolvedRawOptions {
  return options as unknown as ResolvedRawOptions;
}
