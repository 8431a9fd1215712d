import type { LwsModule } from '@lws-ts/interface';
import { type WsOptions, wsOptionRules } from './options.ts';
import { WsRole } from './ws-role.ts';

/** The WebSocket role, server side (RFC 6455), for `use` of a context. Needs `http()`. */
export function ws(): LwsModule<object, WsOptions> {
  return {
    name: '@lws-ts/ws',
    needs: ['@lws-ts/http'],
    contextOptions: {},
    vhostOptions: wsOptionRules,
    install: (context) => ({ roles: [new WsRole(context.clock)] }),
  };
}
