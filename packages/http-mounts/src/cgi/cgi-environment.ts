/**
 * The environment of a script: what RFC 3875 §4.1 names, what all servers add to it, the fields of the request, and
 * `cgienv`. Nothing else.
 */
import { type HttpExchange, originForm } from '@lws-ts/interface';
import type { CgiMount } from '../mount.ts';
import { pathBelow } from '../mounted-path.ts';

/** The most that names and values may have together, in bytes. */
export const mostEnvironmentBytes = 65_536;

/** Where programs that a script runs are looked for: that of the server is nobody's business. */
const searchPath = '/usr/local/bin:/usr/bin:/bin';

/** Of the connection (RFC 3875 §4.1.18), said by a variable of their own, or what a script takes for its own proxy. */
const unsaid: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'content-type',
  'expect',
  'keep-alive',
  'proxy',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Undefined: it is larger than {@link mostEnvironmentBytes}.
 *
 * @param bodyLength of the body that the script reads; undefined without one
 * @param translate the file that a path of the URL space stands for
 */
export function cgiEnvironment(
  { host, request, user }: HttpExchange,
  mount: CgiMount,
  bodyLength: number | undefined,
  translate: (path: string) => string | undefined,
): Record<string, string> | undefined {
  const { vhost, transport } = host;
  const secure = transport.security !== undefined;
  const { address } = transport.peer;
  const pathInfo = mount.mountpoint === request.path ? '' : pathBelow(mount, request.path);
  // without a prototype: a script gets what is named, whatever was added to Object
  const env: Record<string, string> = Object.create(null);
  request.each((name, value) => addField(env, name, value, mount.cgiAuthorization));
  env['GATEWAY_INTERFACE'] = 'CGI/1.1';
  env['SERVER_SOFTWARE'] = 'lws-ts';
  env['SERVER_PROTOCOL'] = request.version === '2' ? 'HTTP/2' : `HTTP/${request.version}`;
  env['SERVER_NAME'] = request.authority === '' ? vhost.name : request.authority;
  env['SERVER_PORT'] = String(vhost.port > 0 ? vhost.port : secure ? 443 : 80);
  env['REQUEST_METHOD'] = request.method;
  env['SCRIPT_NAME'] = mount.mountpoint === '/' ? '' : mount.mountpoint;
  env['QUERY_STRING'] = request.query;
  env['PATH'] = searchPath;
  set(env, 'REQUEST_URI', originForm(request.target));
  if (secure) env['HTTPS'] = 'on';
  env['REMOTE_ADDR'] = address;
  env['REMOTE_HOST'] = address;
  if (pathInfo !== '') {
    env['PATH_INFO'] = pathInfo;
    const translated = translate(pathInfo);
    if (translated !== undefined) env['PATH_TRANSLATED'] = translated;
  }
  if (bodyLength !== undefined) env['CONTENT_LENGTH'] = String(bodyLength);
  const type = request.field('content-type');
  if (type !== undefined) set(env, 'CONTENT_TYPE', type);
  if (user !== undefined && mount.login !== undefined) {
    env['AUTH_TYPE'] = 'Basic';
    set(env, 'REMOTE_USER', user);
  }
  Object.assign(env, mount.cgienv);
  return bytesOf(env) > mostEnvironmentBytes ? undefined : env;
}

/** RFC 3875 §4.1.18. `X_A` would be the same variable as `X-A`: only one of them can be a field. */
function addField(
  env: Record<string, string>,
  name: string,
  value: string,
  authorization: boolean,
): void {
  if (unsaid.has(name) || !/^[a-z0-9-]+$/.test(name)) return;
  if (name === 'authorization' && !authorization) return;
  const variable = `HTTP_${name.toUpperCase().replaceAll('-', '_')}`;
  const before = env[variable];
  // RFC 6265 §5.4 for cookies, RFC 9110 §5.2 for all others
  const text = before === undefined ? value : before + (name === 'cookie' ? '; ' : ', ') + value;
  set(env, variable, text);
}

/** Values come one character a byte; one that is no UTF-8, or that no variable can hold, is left out. */
function set(env: Record<string, string>, variable: string, value: string): void {
  if (/[\0\r\n]/.test(value)) return;
  if (/^[\x20-\x7e\t]*$/.test(value)) {
    env[variable] = value;
    return;
  }
  try {
    env[variable] = utf8.decode(Uint8Array.from(value, (char) => char.charCodeAt(0)));
  } catch {
    return;
  }
}

function bytesOf(env: Readonly<Record<string, string>>): number {
  let bytes = 0;
  for (const name in env) bytes += Buffer.byteLength(name) + Buffer.byteLength(env[name] ?? '') + 2;
  return bytes;
}
