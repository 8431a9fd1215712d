import type { LwsModule } from '@lws-ts/interface';
import { type HttpConnectOptions, httpConnectRules } from './client/connect-options.ts';
import { H1Connection } from './h1-connection.ts';
import { addSite, closeSite } from './http-site.ts';
import { type HttpOptions, httpOptionRules } from './options.ts';

/** The HTTP/1.1 role: brings {@link HttpOptions} to vhosts, and serves what responders and upgrades answer. */
export function http(): LwsModule<object, HttpOptions, HttpConnectOptions> {
  return {
    name: '@lws-ts/http',
    needs: [],
    contextOptions: {},
    vhostOptions: httpOptionRules,
    connectOptions: httpConnectRules,
    install: (context) => ({
      roles: [{ name: 'h1', accept: (host) => new H1Connection(host, context) }],
      vhostCreated: (vhost) => addSite(vhost, context.clock),
      vhostDestroyed: closeSite,
    }),
  };
}
