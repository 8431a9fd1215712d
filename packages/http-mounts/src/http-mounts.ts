import { type FileOps, type LwsModule, late, resolvedBy } from '@lws-ts/interface';
import * as lateServing from './late-serving.ts';
import { MountTable } from './mount-table.ts';
import { MountsEntrance } from './mounts-entrance.ts';
import {
  contextRules,
  type HttpMountsContextOptions,
  type HttpMountsVhostOptions,
} from './options.ts';

/**
 * The module that serves mounts.
 *
 * Files are opened by the context option `fops`, as `@lws-ts/vfs` brings it: `open(root, virtualPath)`,
 * where the root is the mount's origin, which nothing that a peer asks for may leave.
 */
export function httpMounts(): LwsModule<HttpMountsContextOptions, HttpMountsVhostOptions> {
  let ids = 0;
  const nextId = (): number => ++ids;
  return {
    name: '@lws-ts/http-mounts',
    needs: ['@lws-ts/http'],
    contextOptions: contextRules,
    vhostOptions: {
      mounts: {
        kind: 'custom',
        fallback: new MountTable([]),
        check: (value, name) => lateServing.checkMounts(value, name, nextId),
      },
    },
    install(context) {
      const fops = context.options['fops'] as FileOps | undefined;
      const limits = resolvedBy<Required<HttpMountsContextOptions>>(contextRules, context.options);
      let end: (() => void) | undefined;
      const responder = late(() => {
        const served = lateServing.serveMounts(context, limits, fops);
        end = served.destroy;
        return served.responder;
      });
      return {
        responders: [new MountsEntrance(responder)],
        vhostCreated(vhost) {
          const table = vhost.options['mounts'];
          if (table instanceof MountTable && table.mounts.length > 0)
            lateServing.checkVhost(vhost, table, fops);
        },
        destroy: () => end?.(),
      };
    },
  };
}
