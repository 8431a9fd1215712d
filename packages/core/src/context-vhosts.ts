/** The vhosts of a context: how they are made, all of a call or none, where they listen, and how one is taken away. */
import {
  type AnyOptionRules,
  type InstalledModule,
  LwsError,
  type Role,
  resolveOptions,
} from '@lws-ts/interface';
import { attempt } from './attempt.ts';
import { coreErrors } from './errors.ts';
import { lwslWarn } from './log.ts';
import type { Ports } from './ports.ts';
import { Vhost, type VhostHome } from './vhost.ts';
import type { VhostTable } from './vhost-table.ts';

/** What vhosts are made with. */
export interface VhostSurroundings {
  readonly home: VhostHome;
  readonly rules: AnyOptionRules;
  readonly modules: readonly InstalledModule[];
  readonly roles: readonly Role[];
  readonly ports: Ports;
}

/** Groups of handlers, the role that calls them, and the package it comes from. */
const servedGroups: readonly (readonly [
  group: 'ws' | 'raw' | 'rawFile',
  serves: (role: Role) => boolean,
  needs: string,
])[] = [
  ['ws', ({ name }) => name === 'ws', '@lws-ts/ws'],
  ['raw', (role) => role.adopt !== undefined, '@lws-ts/raw'],
  ['rawFile', (role) => role.adopt !== undefined, '@lws-ts/raw'],
];

export class ContextVhosts {
  readonly #with: VhostSurroundings;
  readonly #all: Vhost[] = [];

  constructor(surroundings: VhostSurroundings) {
    this.#with = surroundings;
  }

  /** In the order they were made. */
  get all(): readonly Vhost[] {
    return this.#all;
  }

  /** Resolves all options, then makes the vhosts. Nothing is opened. @throws for wrong options; none is made then */
  prepare(given: readonly Readonly<Record<string, unknown>>[]): Vhost[] {
    const { home, rules, modules, ports } = this.#with;
    const resolved = given.map((options: Readonly<Record<string, unknown>> | null) => {
      const name = options?.['name'];
      const of = `vhost ${JSON.stringify(typeof name === 'string' ? name : 'default')}`;
      return resolveOptions(rules, options as Record<string, unknown>, of);
    });
    const vhosts = resolved.map((options) => new Vhost(home, options));
    const made: Vhost[] = [];
    try {
      for (const vhost of vhosts) {
        made.push(vhost);
        vhost.firstRole = this.#firstRole(vhost);
        this.#warnOfUncalled(vhost);
        for (const module of modules) module.vhostCreated?.(vhost);
        for (const module of modules) vhost.security ??= module.security?.(vhost);
      }
      for (const vhost of vhosts) ports.add(vhost);
      for (const vhost of vhosts) {
        this.#all.push(vhost);
        for (const protocol of vhost.protocols) protocol.init();
      }
    } catch (error) {
      for (const vhost of made) this.#dismiss(vhost);
      throw error;
    }
    return vhosts;
  }

  /** Opens the listener of these vhosts; when its port cannot be had it goes, and they go with it. */
  async open(vhosts: VhostTable<Vhost> | undefined): Promise<void> {
    try {
      await this.#with.ports.open(vhosts);
    } catch (error) {
      for (const vhost of vhosts?.all.slice() ?? []) this.#dismiss(vhost);
      throw error;
    }
  }

  /** Opens all listeners. */
  async listen(): Promise<void> {
    for (const { vhosts } of this.#with.ports.listeners.slice()) await this.open(vhosts);
  }

  /** From now on nobody finds it. Its listener goes with the last vhost of its port. @param open it may be listening */
  remove(vhost: Vhost, open: boolean): void {
    const at = this.#all.indexOf(vhost);
    if (at >= 0) this.#all.splice(at, 1);
    this.#with.ports.remove(vhost, open);
  }

  /** Tells everybody that a vhost is over. */
  destroy(vhost: Vhost): void {
    if (vhost.destroyed) return;
    vhost.destroyed = true;
    for (const protocol of vhost.protocols)
      attempt(`destroy of protocol ${protocol.name}`, () => protocol.destroy());
    for (const module of this.#with.modules)
      attempt('vhostDestroyed of a module', () => module.vhostDestroyed?.(vhost));
    attempt('destroy of a TLS layer', () => vhost.security?.destroy());
  }

  /** Takes a vhost that came to nothing away from those of its port. */
  #dismiss(vhost: Vhost): void {
    this.remove(vhost, false);
    this.destroy(vhost);
  }

  /** Protocols may be made for programs with other modules; who forgot one is to know why nothing is called. */
  #warnOfUncalled(vhost: Vhost): void {
    const { roles } = this.#with;
    for (const { name, spec } of vhost.protocols)
      for (const [group, serves, needs] of servedGroups)
        if (spec[group] !== undefined && !roles.some(serves)) {
          const { code } = coreErrors.LWS_ERR_MODULE_MISSING;
          const of = `protocol ${name} of vhost ${vhost.name}`;
          lwslWarn(
            `${code} nothing calls the ${group} handlers of ${of}: they need ${needs} in use`,
          );
        }
  }

  #firstRole(vhost: Vhost): Role {
    const name = vhost.options['firstRole'] as string | undefined;
    const able = this.#with.roles.filter((one) => one.accept !== undefined);
    const role =
      name === undefined
        ? (able.find((one) => one.comesFirst?.(vhost) === true) ?? able[0])
        : able.find((one) => one.name === name);
    if (role === undefined) throw new LwsError(coreErrors.LWS_ERR_NO_ROLE, name);
    return role;
  }
}
