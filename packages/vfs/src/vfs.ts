import type { FileOps, LwsModule } from '@lws-ts/interface';
import { DiskFops } from './disk-fops.ts';
import { fopsChain } from './fops-chain.ts';
import { FopsSlot } from './fops-slot.ts';
import { ZipFops } from './zip/zip-fops.ts';

/** What the module adds to the options of a context. */
export interface VfsContextOptions {
  /**
   * The file operations that mounts open files with; the first of a chain by `next`.
   *
   * @defaultValue a `ZipFops` over a `DiskFops`
   * @throws `LWS_ERR_VFS_FOPS`
   * lws: info.fops, lws_set_fops
   */
  readonly fops?: FileOps;
}

/** The module that gives a context its file operations, in the option `fops`. */
export function vfs(): LwsModule<VfsContextOptions> {
  return {
    name: '@lws-ts/vfs',
    needs: [],
    // Made anew for each context, which may exchange what is in it.
    get contextOptions() {
      const fallback = new FopsSlot(new ZipFops(new DiskFops()));
      return { fops: { kind: 'custom', fallback, check: takeChain } } as const;
    },
    vhostOptions: {},
    install(context) {
      const slot = context.options['fops'];
      if (!(slot instanceof FopsSlot)) return {};
      slot.logTo(context.clock, (line) => context.log('warn', line));
      return { destroy: () => slot.logNoMore() };
    },
  };
}

function takeChain(value: unknown, name: string): FopsSlot {
  fopsChain(value, name);
  return new FopsSlot(value as FileOps);
}
