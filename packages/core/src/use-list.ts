/** The modules of a context: whether they fit together, and the options that they bring. */
import { type AnyModule, type AnyOptionRules, LwsError } from '@lws-ts/interface';
import { coreErrors } from './errors.ts';

/** @throws `LWS_ERR_MODULE_TWICE`, `LWS_ERR_MODULE_MISSING` */
export function checkModules(use: readonly AnyModule[]): void {
  const names = new Set<string>();
  for (const module of use) {
    if (names.has(module.name)) throw new LwsError(coreErrors.LWS_ERR_MODULE_TWICE, module.name);
    names.add(module.name);
  }
  for (const module of use)
    for (const need of module.needs)
      if (!names.has(need))
        throw new LwsError(coreErrors.LWS_ERR_MODULE_MISSING, `${module.name} needs ${need}`);
}

/** Core's own rules and those of all modules. */
export function mergeRules(
  own: AnyOptionRules,
  use: readonly AnyModule[],
  which: 'contextOptions' | 'vhostOptions' | 'connectOptions',
): AnyOptionRules {
  return Object.assign({}, own, ...use.map((module) => module[which])) as AnyOptionRules;
}
