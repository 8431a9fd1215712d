/** The vhost option `apps`: what a program brings along, at areas of the vhost's URL space. */
import {
  type HttpResponder,
  interfaceErrors,
  LwsError,
  type OptionRules,
  resolveOptions,
} from '@lws-ts/interface';

/** Something that answers all requests of an area, upgrades too. */
export interface App extends HttpResponder {
  /** The vhost it is on is over. */
  destroy?(): void;
}

/** Puts an app at an area of a vhost's URL space. */
export interface AppMount {
  /** `/`, or `/one/two` without a slash at its end: that path and all below it. */
  readonly mountpoint: string;
  /** What `fromWs` gives. */
  readonly app: App;
}

/** What the module adds to the options of a vhost. */
export interface AppsVhostOptions {
  /** Apps of the vhost's URL space, in any order: the longest mountpoint that holds a path takes it. @defaultValue none */
  readonly apps?: readonly AppMount[];
}

const rules: OptionRules<AppMount> = {
  mountpoint: {
    kind: 'string',
    fallback: undefined,
    pattern: /^\/$|^(?:\/[^/\\?#%\s]+)+$/,
    wanted:
      'a path like / or /one/two: decoded, without a slash at its end, empty segments, white space, and any of \\ ? # %',
  },
  app: { kind: 'custom', fallback: undefined, check: checkApp },
};

/** How each option is read. */
export const appsVhostRules: OptionRules<AppsVhostOptions> = {
  apps: { kind: 'custom', fallback: Object.freeze([]), check: checkApps },
};

/** The app whose mountpoint holds the path, the longest first. */
export function findApp(apps: readonly AppMount[], path: string): App | undefined {
  for (let each = 0; each < apps.length; each++) {
    const { mountpoint, app } = apps[each] as AppMount;
    if (mountpoint === '/' || path === mountpoint || path.startsWith(`${mountpoint}/`)) return app;
  }
  return undefined;
}

function checkApps(value: unknown, name: string): readonly AppMount[] {
  if (!Array.isArray(value))
    throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `${name} is not a list`);
  const read = value.map((one: Readonly<Record<string, unknown>>, at) => {
    const of = `app ${at} of ${name}`;
    const options = resolveOptions(rules, one, of) as unknown as AppMount;
    if (options.mountpoint === undefined || options.app === undefined)
      throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `${of} has no mountpoint or no app`);
    return options;
  });
  if (new Set(read.map(({ mountpoint }) => mountpoint)).size < read.length)
    throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `two of ${name} have one mountpoint`);
  return Object.freeze(read.sort((a, b) => b.mountpoint.length - a.mountpoint.length));
}

function checkApp(value: unknown, name: string): App {
  if (typeof (value as Partial<App> | null)?.respond === 'function') return value as App;
  throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `${name} is not what fromWs() gives`);
}
