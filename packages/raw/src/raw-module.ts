import { type ContextView, LwsError, type LwsModule, type VhostView } from '@lws-ts/interface';
import { rawErrors } from './errors.ts';
import { type RawOptions, rawOptionRules, rawOptionsOf } from './options.ts';
import { acceptedProtocol } from './raw-protocol.ts';
import { RawRole } from './raw-role.ts';

/** Raw sockets and descriptors, for `use` of a context: beside `http()`, or alone. */
export function raw(): LwsModule<object, RawOptions> {
  return {
    name: '@lws-ts/raw',
    needs: [],
    contextOptions: {},
    vhostOptions: rawOptionRules,
    install: (context) => {
      const role = new RawRole();
      return { roles: [role], vhostCreated: (vhost) => check(vhost, role, context) };
    },
  };
}

/** @throws `LWS_ERR_RAW_PROTOCOL` for a vhost whose raw connections nobody would take, `LWS_ERR_RAW_OPTIONS` */
function check(vhost: VhostView, role: RawRole, { roles }: ContextView): void {
  const options = rawOptionsOf(vhost.options);
  const { fallbackToRaw, fallbackSilenceSecs, onlyRaw } = options;
  const { timeoutSecs, firstRole, redirectHttpToHttps } = vhost.options as Readonly<
    Record<string, unknown>
  >;
  if (fallbackSilenceSecs > 0) {
    if (!fallbackToRaw) throw wrong(vhost, 'fallbackSilenceSecs needs fallbackToRaw');
    if (typeof timeoutSecs === 'number' && fallbackSilenceSecs >= timeoutSecs)
      throw wrong(
        vhost,
        `fallbackSilenceSecs is not less than timeoutSecs, which is ${timeoutSecs}`,
      );
  }
  if (onlyRaw && firstRole !== undefined && firstRole !== role.name)
    throw wrong(vhost, `onlyRaw, and firstRole is ${String(firstRole)}`);
  const named = options.listenAcceptProtocol !== undefined;
  const first = firstRole ?? roles.find((one) => one.accept !== undefined)?.name;
  const isRaw = onlyRaw || first === role.name;
  // who speaks HTTP would get to the raw protocol, without TLS, in place of the redirect
  if (isRaw && redirectHttpToHttps === true)
    throw wrong(vhost, 'redirectHttpToHttps, and all its connections are raw: nobody redirects');
  const listens = vhost.port !== -1 && first === role.name;
  if (onlyRaw || fallbackToRaw || named || listens) acceptedProtocol(vhost);
}

function wrong(vhost: VhostView, what: string): LwsError {
  return new LwsError(rawErrors.LWS_ERR_RAW_OPTIONS, `vhost ${vhost.name}: ${what}`);
}
