import type { LwsModule, VhostView } from '@lws-ts/interface';
import { type WsConnectOptions, wsConnectRules } from './connect-options.ts';
import { crypto } from './node-crypto.ts';
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
      vhostCreated: (vhost) => {
        checkValidity(wsOptionsOf(vhost.options));
        // it takes some 20 ms, for which the first handshake would stop everybody
        if (takesWebSockets(vhost)) crypto();
      },
    }),
  };
}

function takesWebSockets({ port, protocols }: VhostView): boolean {
  return port !== -1 && protocols.some(({ spec }) => spec.ws !== undefined);
}
