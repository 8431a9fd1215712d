import { type HttpFields, interfaceErrors, LwsError, type OptionRules } from '@lws-ts/interface';
import type { WsExtension } from '@lws-ts/ws-framing';
import { readExtensions } from './options.ts';
import { isToken } from './token-list.ts';

/** What the WebSocket role adds to the options of `context.connect`. */
export interface WsConnectOptions {
  /**
   * Subprotocols to ask for, in order of preference: one, or a list of different tokens. The call binds the
   * protocol of that name that the vhost has. lws: protocol
   *
   * @defaultValue none
   * @throws `LWS_ERR_OPTION` for what is no token, or stands twice
   */
  readonly protocols?: string | readonly string[];
  /** Extensions to offer, in place of the vhost's. @defaultValue those of the vhost */
  readonly extensions?: readonly WsExtension[];
}

/** {@link WsConnectOptions} as they are read. */
export interface ResolvedWsConnectOptions {
  /** Of http. */
  readonly headers: HttpFields;
  readonly protocols: readonly string[];
  readonly extensions: readonly WsExtension[] | undefined;
}

/** How each option is read. */
export const wsConnectRules: OptionRules<WsConnectOptions> = {
  protocols: { kind: 'custom', fallback: Object.freeze([]), check: checkProtocols },
  extensions: { kind: 'custom', fallback: undefined, check: readExtensions },
};

function checkProtocols(value: unknown, name: string): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const names = new Set<string>();
  for (const one of list) {
    if (typeof one !== 'string' || !isToken(one) || names.has(one))
      throw new LwsError(
        interfaceErrors.LWS_ERR_OPTION,
        `${name} is no list of different subprotocols, each a token`,
      );
    names.add(one);
  }
  return Object.freeze([...names]);
}
