import {
  type AnyModule,
  interfaceErrors,
  isRecord,
  LwsError,
  nearestName,
} from '@lws-ts/interface';
import { Context } from './context.ts';
import { type ContextOptions, coreContextRules, coreVhostRules } from './options.ts';

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
  const { use, vhosts, ...rest } = checkShape<M>(options);
  const ofContext = new Set(Object.keys(coreContextRules));
  const known = [...ofContext, ...Object.keys(coreVhostRules)];
  for (const { contextOptions, vhostOptions } of use) {
    for (const name of Object.keys(contextOptions)) ofContext.add(name);
    known.push(...Object.keys(contextOptions), ...Object.keys(vhostOptions));
  }
  // one that is misspelt goes where the nearest known one belongs
  const isOfContext = (name: string): boolean =>
    ofContext.has(known.includes(name) ? name : (nearestName(name, known) ?? ''));
  const contextOptions: Record<string, unknown> = {};
  const vhostOptions: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(rest))
    if (vhosts !== undefined && known.includes(name) && !ofContext.has(name))
      throw new LwsError(
        interfaceErrors.LWS_ERR_OPTION_UNKNOWN,
        `${name} of the context; beside vhosts it belongs into one of them`,
      );
    else if (vhosts !== undefined || isOfContext(name)) contextOptions[name] = value;
    else vhostOptions[name] = value;
  const context = new Context<M>(use, contextOptions);
  try {
    context.prepareVhosts(vhosts ?? [vhostOptions]);
    await context.listen();
  } catch (error) {
    await context.close({ deadlineSecs: 0 });
    throw error;
  }
  return context;
}

interface Shape<M> extends Readonly<Record<string, unknown>> {
  readonly use: M;
  readonly vhosts?: readonly Readonly<Record<string, unknown>>[];
}

/** What the resolver of options cannot see: that the lists are lists. */
function checkShape<M>(options: unknown): Shape<M> {
  if (!isRecord(options))
    throw new LwsError(interfaceErrors.LWS_ERR_OPTION, 'createContext() was given no options');
  const { use, vhosts } = options;
  if (!Array.isArray(use))
    throw new LwsError(interfaceErrors.LWS_ERR_OPTION, 'use of the context is no list of modules');
  for (const [at, one] of use.entries())
    if (typeof one?.install !== 'function') {
      const more = typeof one === 'function' ? ', but a function to be called' : '';
      throw new LwsError(
        interfaceErrors.LWS_ERR_OPTION,
        `use[${at}] of the context is no module${more}`,
      );
    }
  if (vhosts !== undefined && !Array.isArray(vhosts))
    throw new LwsError(interfaceErrors.LWS_ERR_OPTION, 'vhosts of the context is not a list');
  return options as Shape<M>;
}
