import type { AnyModule } from '@lws-ts/interface';
import { Context } from './context.ts';
import { type ContextOptions, coreContextRules } from './options.ts';

/**
 * Makes a context and opens its listeners.
 *
 * @throws (rejects) for wrong options with `LWS_ERR_OPTION…`, before anything is opened; with `LWS_ERR_LISTEN`
 *   when a port cannot be had: nothing stays open then
 *
 * lws: lws_create_context
 */
export async function createContext<const M extends readonly AnyModule[]>(
  options: ContextOptions<M>,
): Promise<Context<M>> {
  const { use, vhosts, ...rest } = options as Readonly<Record<string, unknown>> & {
    readonly use: M;
    readonly vhosts?: readonly Readonly<Record<string, unknown>>[];
  };
  const ofContext = new Set(Object.keys(coreContextRules));
  for (const module of use)
    for (const name of Object.keys(module.contextOptions)) ofContext.add(name);
  const contextOptions: Record<string, unknown> = {};
  const vhostOptions: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(rest))
    if (vhosts !== undefined || ofContext.has(name)) contextOptions[name] = value;
    else vhostOptions[name] = value;
  const context = new Context<M>(use, contextOptions);
  context.prepareVhosts(vhosts ?? [vhostOptions]);
  await context.listen();
  return context;
}
