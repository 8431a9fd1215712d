import type {
  ContextView,
  InstalledModule,
  LwsModule,
  RoleHost,
  RoleState,
} from '@lws-ts/interface';
import { type HttpConnectOptions, httpConnectRules } from './client/connect-options.ts';
import { HttpClientRole } from './client/http-client-role.ts';
import { closeIdleTransports, idleTransportsOf } from './client/vhost-idle.ts';
import { H1Connection } from './h1-connection.ts';
import { addSite, closeSite, type HttpSite, siteOf } from './http-site.ts';
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
    install: (context) => installed(context),
  };
}

function installed(context: ContextView): InstalledModule {
  const sites = new Set<HttpSite>();
  return {
    roles: [
      { name: 'h1', accept: (host) => accepted(host, context) },
      new HttpClientRole((vhost) => idleTransportsOf(vhost, context.clock)),
    ],
    vhostCreated: (vhost) => {
      addSite(vhost, context);
      sites.add(siteOf(vhost));
    },
    memory: () => ({ headers: headerBytes(sites) }),
    vhostDestroyed(vhost) {
      sites.delete(siteOf(vhost));
      closeSite(vhost);
      closeIdleTransports(vhost);
    },
  };
}

/** Of requests that are under way, in bytes. */
function headerBytes(sites: ReadonlySet<HttpSite>): number {
  let bytes = 0;
  for (const { tables } of sites) bytes += tables.bytes;
  return bytes;
}

function accepted(host: RoleHost, context: ContextView): RoleState {
  const { fallback } = siteOf(host.vhost);
  return fallback === undefined
    ? new H1Connection(host, context)
    : new OpeningConnection(host, context, fallback);
}
