import type { ContextView, LwsModule, RoleHost, RoleState } from '@lws-ts/interface';
import { type HttpConnectOptions, httpConnectRules } from './client/connect-options.ts';
import { HttpClientRole } from './client/http-client-role.ts';
import { closeIdleTransports, idleTransportsOf } from './client/vhost-idle.ts';
import { H1Connection } from './h1-connection.ts';
import { addSite, closeSite, siteOf } from './http-site.ts';
import { OpeningConnection } from './opening-connection.ts';
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
      roles: [
        { name: 'h1', accept: (host) => accepted(host, context) },
        new HttpClientRole((vhost) => idleTransportsOf(vhost, context.clock)),
      ],
      vhostCreated: (vhost) => addSite(vhost, context),
      vhostDestroyed(vhost) {
        closeSite(vhost);
        closeIdleTransports(vhost);
      },
    }),
  };
}

function accepted(host: RoleHost, context: ContextView): RoleState {
  const { fallback } = siteOf(host.vhost);
  return fallback === undefined
    ? new H1Connection(host, context)
    : new OpeningConnection(host, context, fallback);
}
