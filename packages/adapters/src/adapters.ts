import type { LwsModule } from '@lws-ts/interface';
import { type AppMount, type AppsVhostOptions, appsVhostRules, findApp } from './apps.ts';

/** The module that serves the vhost option `apps`. Stands before `httpMounts()` in `use`; needs `http()` and `ws()`. */
export function adapters(): LwsModule<object, AppsVhostOptions> {
  return {
    name: '@lws-ts/adapters',
    needs: ['@lws-ts/http', '@lws-ts/ws'],
    contextOptions: {},
    vhostOptions: appsVhostRules,
    install: () => ({
      responders: [
        {
          name: 'apps',
          respond(exchange) {
            const apps = exchange.host.vhost.options['apps'] as readonly AppMount[];
            return findApp(apps, exchange.request.path)?.respond(exchange);
          },
        },
      ],
    }),
  };
}
