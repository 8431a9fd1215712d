import type { LwsModule } from '@lws-ts/interface';
import { type WsConnectOptions, wsConnectRules } from './connect-options.ts';
import { checkValidity, type WsOptions, wsOptionRules, wsOptionsOf } from './options.ts';
import { WsRole } from './ws-role.ts';

/** The WebSocket role (RFC 6455), server and client, for `use` of a context. Needs `http()`. */
export function ws(): LwsModule<object, WsOptions, WsConnectOptions> {
  return {
    name: '@lws-ts/ws',
    needs: ['@lws-ts/http'],
    contextOptions: {},
    vhostOptions: wsOptionRules,
    connectOptions: wsConnectRules,
    install: (context) => ({
      roles: [new WsRole(context.clock)],
      vhostCreated: (vhost) => checkValidity(wsOptionsOf(vhost.options)),
    }),
  };
}
