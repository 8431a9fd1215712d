import type { AddressList } from '@lws-ts/core';
import type { ClientTlsOptions, FopsFlags, HttpFields, RequestLimits } from '@lws-ts/interface';
import type { LoginFile } from './login-file.ts';
import type { MimeTable } from './mimetypes.ts';
import type { ProxyOrigin } from './proxy/proxy-origin.ts';

/** What every mount may say, whatever it puts there. */
export interface MountPlace {
  /** Where it is in URL space: `/`, or `/one/two` without a slash at its end. lws: mountpoint */
  readonly mountpoint: string;
  /** It is for the mountpoint alone, and for nothing below it. lws: exact_match @defaultValue false */
  readonly exactMatch?: boolean;
  /**
   * The methods it is for, in capitals. A request with another one goes to the next shorter mount that holds its
   * path; it is answered 405 when there is none. So one mountpoint may have a mount for GET and one for POST.
   *
   * @defaultValue all: whatever the mount cannot answer is 405
   */
  readonly methods?: readonly string[];
  /**
   * Fields of every answer of the mount, in place of its own of the same name; 16 KiB at most in all. Those that
   * say what a body is, such as content-type, are refused.
   *
   * @defaultValue none
   */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Only for those who have a line in this file, upgrades too: `user:password`, or with a digest of the password in
   * base64, `user:{SHA256}…` or `user:{SHA512}…`. Others are answered 401, and everybody 500 while the file cannot be
   * read. It is looked at again once a second. lws: basic_auth_login_file
   *
   * @defaultValue none: for everybody
   */
  readonly basicAuthLoginFile?: string;
  /**
   * Largest body of a request to it, in bytes, 0 to 2^53 - 1; a larger one is answered 413.
   *
   * @defaultValue that of the vhost
   */
  readonly maxHttpBodySize?: number;
  /**
   * How long a connection may be idle after a request to it, in seconds, 0.1 to 3600. lws: keepalive_timeout of a mount
   *
   * @defaultValue that of the vhost
   */
  readonly keepaliveTimeout?: number;
}

/** What a mount of files may say besides. */
export interface FileMembers {
  /** The file that stands for its directory. lws: def @defaultValue 'index.html' */
  readonly def?: string;
  /**
   * Media types of suffixes that have none: `{ '.md': 'text/markdown' }`. `'*'` is for all that are left; an
   * empty type is application/octet-stream. A file whose suffix has no type is answered 404. lws: extra_mimetypes
   *
   * @throws `LWS_ERR_MOUNT_MIMETYPE`
   */
  readonly extraMimetypes?: Readonly<Record<string, string>>;
  /** Seconds a copy stays fresh; 0: no copy is kept. lws: cache_max_age @defaultValue 0 */
  readonly cacheMaxAge?: number;
  /** Copies may be kept and used again. lws: cache_reusable @defaultValue false */
  readonly cacheReusable?: boolean;
  /** A copy is used unasked while fresh; without this it is never used unasked. lws: cache_revalidate @defaultValue false */
  readonly cacheRevalidate?: boolean;
  /** Shared caches may keep copies too. lws: cache_intermediaries @defaultValue false */
  readonly cacheIntermediaries?: boolean;
  /** Symlinks may lead out of the origin; otherwise such a file is answered 403. @defaultValue false */
  readonly follow?: boolean;
  /** Names that begin with a dot are served; otherwise they are answered 404, but for `/.well-known/` of a mount at `/`. @defaultValue false */
  readonly dotFiles?: boolean;
  /**
   * Where a file has neighbours that hold it compressed, `a.js.br`, `a.js.zst` or `a.js.gz`, the one that the client
   * likes best is sent in its place. They are taken for what their names say, however old.
   *
   * @defaultValue false
   */
  readonly precompressed?: boolean;
  /**
   * A page of names for a directory that has no `def`: files and directories, at most 1,000. There is none where the
   * file operations cannot list.
   *
   * @defaultValue false: 404
   */
  readonly listing?: boolean;
  /**
   * The file below the origin that answers, with 200, navigations of browsers to what is not there: for applications
   * that read the URL themselves. Scripts, pictures and data that are not there stay 404. A navigation is what
   * `Sec-Fetch-Mode` says is one; without it, what names `text/html` in an `Accept` of at most 1 KiB, but not with
   * `q=0`.
   *
   * @defaultValue none
   */
  readonly fallback?: string;
  /**
   * Protocols that rewrite files while they are sent, by suffix in either case: `{ '.shtml': 'my-pages' }`. Such an
   * answer has no length, no validators and no ranges, and no copy is kept of it. lws: interpret
   *
   * @defaultValue none
   * @throws `LWS_ERR_MOUNT_PROTOCOL` for a protocol that the vhost does not have, or that has no `http.processHtml`;
   * `LWS_ERR_OPTION` for what is no suffix with its dot, and for one that is there in two cases
   */
  readonly interpret?: Readonly<Record<string, string>>;
}

/** What a mount of a protocol may say besides. */
export interface CallbackMembers {
  /** Options of the mount for its protocol, as pairs of strings. lws: pmo, cgienv @defaultValue none */
  readonly pmo?: Readonly<Record<string, string>>;
}

/** What a mount that sends elsewhere may say besides. */
export interface RedirectMembers {
  /** 301, 302, 307 or 308. @defaultValue 301, as lws */
  readonly status?: number;
  /** What is below the mountpoint is put behind the origin. lws: append_path @defaultValue false: the origin exactly */
  readonly appendPath?: boolean;
}

/** How an upstream is spoken to over TLS: options of `connect`, which `@lws-ts/tls` brings. */
export interface UpstreamTls extends ClientTlsOptions {}

/** What a mount of an upstream may say besides. Times in seconds. */
export interface ProxyMembers {
  /** The upstream gets the Host of the request; otherwise its own, as the origin names it. @defaultValue false */
  readonly preserveHost?: boolean;
  /** WebSocket upgrades are passed on too; otherwise they are for the protocols of the vhost. @defaultValue false */
  readonly wsUpgrades?: boolean;
  /**
   * Links of HTML pages that begin with a slash, in `href`, `src` and `action`, get the mountpoint in front. Such
   * pages are asked for without compression, and come without validators and ranges.
   *
   * @defaultValue false
   */
  readonly rewriteLinks?: boolean;
  /**
   * Addresses and networks of proxies in front of this one, such as `10.0.0.0/8`: what they say in X-Forwarded-*,
   * X-Real-IP and Forwarded is passed on, and added to. What anybody else says there is replaced.
   *
   * @defaultValue none
   */
  readonly trusted?: readonly string[];
  /** Until the upstream is reached, 0.1 to 3600; else 504. @defaultValue 5 */
  readonly connectTimeoutSecs?: number;
  /** Until its answer is begun, 0.1 to 3600; else 504. Above `answerTimeoutSecs` of the vhost that one counts. @defaultValue 55 */
  readonly responseTimeoutSecs?: number;
  /** For as long its answer may stand still, 0.1 to 3600; else it is cut. @defaultValue 60 */
  readonly responseIdleSecs?: number;
  /**
   * For as long a WebSocket may be silent both ways, 0 to 86400; then both of its connections end. 0: for ever. As
   * `proxy_read_timeout` of nginx: pings of either side keep it.
   *
   * @defaultValue 60
   */
  readonly wsIdleSecs?: number;
  /** Of an `https:` origin. @defaultValue as the vhost's clients */
  readonly upstreamTls?: UpstreamTls;
  /** For as long a connection waits for a further request, 0 to 3600. @defaultValue 5 */
  readonly keepWarmSecs?: number;
  /** Connections that wait at a time, 1 to 1024. @defaultValue 256 */
  readonly keepWarmMax?: number;
}

/** What a mount of a script may say besides. */
export interface CgiMembers {
  /**
   * Variables of the script's environment, beside those of RFC 3875 and in place of them. Nothing of the server's own
   * environment is there unless it is named here: `{ PATH: process.env.PATH }`. lws: cgienv @defaultValue none
   */
  readonly cgienv?: Readonly<Record<string, string>>;
  /**
   * For as long a script may neither write nor read, in seconds, 0.1 to 3600, while the peer takes what there is; then
   * it is ended and answered 504, or cut when its answer has begun. lws: cgi_timeout @defaultValue 30
   */
  readonly cgiTimeout?: number;
  /** For as long it may run at all, in seconds, 0.1 to 86400; then as with `cgiTimeout`. @defaultValue 3600 */
  readonly cgiDeadlineSecs?: number;
  /** Its working directory. lws: cgi_wd @defaultValue that of the script */
  readonly cgiWd?: string;
  /**
   * A protocol of the vhost whose group `cgi` is told of each script: that it runs, what it says on stderr, how it ended.
   * lws: protocol of a mount @defaultValue none @throws `LWS_ERR_MOUNT_PROTOCOL` for one without that group
   */
  readonly protocol?: string;
  /** The script gets Authorization, as HTTP_AUTHORIZATION. @defaultValue false */
  readonly cgiAuthorization?: boolean;
  /** Scripts of the mount that run at a time, 1 to 1024; one more is answered 503. @defaultValue 16 */
  readonly maxScripts?: number;
  /**
   * Of those, for one address, or one /64 of IPv6, 1 to 1024; one more is answered 503. Peers without an address, such
   * as those of unix sockets, have no such bound. @defaultValue 8
   */
  readonly maxScriptsPerPeer?: number;
  /** Bytes of a body without Content-Length that are held until it is whole, 0 to 16 MiB; more is 411. @defaultValue 65536 */
  readonly maxChunkedBody?: number;
}

/** Members that a kind does not have, so that they can be read of any mount. */
type Without<Members> = { readonly [K in keyof Members]?: never };

/** Files of a directory, or one file. lws: LWSMPRO_FILE */
export interface FileMountOptions
  extends MountPlace,
    FileMembers,
    Without<CallbackMembers & RedirectMembers & ProxyMembers & CgiMembers> {
  readonly kind: 'file';
  /** A path, from the working directory on. */
  readonly origin: string;
}

/** A protocol of the vhost. lws: LWSMPRO_CALLBACK */
export interface CallbackMountOptions
  extends MountPlace,
    CallbackMembers,
    Without<FileMembers & RedirectMembers & ProxyMembers & CgiMembers> {
  readonly kind: 'callback';
  /** The name of the protocol. */
  readonly origin: string;
}

/** Another place. lws: LWSMPRO_REDIR_HTTP, LWSMPRO_REDIR_HTTPS */
export interface RedirectMountOptions
  extends MountPlace,
    RedirectMembers,
    Without<FileMembers & CallbackMembers & ProxyMembers & CgiMembers> {
  readonly kind: 'redirect';
  /** `http://…` or `https://…` */
  readonly origin: string;
}

/** An upstream that requests are passed on to. lws: LWSMPRO_HTTP, LWSMPRO_HTTPS */
export interface ProxyMountOptions
  extends MountPlace,
    ProxyMembers,
    Without<FileMembers & CallbackMembers & RedirectMembers & CgiMembers> {
  readonly kind: 'proxy';
  /** `http://…`, `https://…`, or a unix socket: `http://+/run/app.sock[:/path]`. */
  readonly origin: string;
}

/** A script that answers requests, RFC 3875. Not on Windows. lws: LWSMPRO_CGI */
export interface CgiMountOptions
  extends MountPlace,
    CgiMembers,
    Without<FileMembers & CallbackMembers & RedirectMembers & ProxyMembers> {
  readonly kind: 'cgi';
  /** The path of the program, from the working directory on. */
  readonly origin: string;
}

/** A mount whose origin says what kind it is, as lws and lwsws write it. */
export interface OriginMountOptions
  extends MountPlace,
    FileMembers,
    CallbackMembers,
    RedirectMembers,
    ProxyMembers,
    CgiMembers {
  readonly kind?: undefined;
  /**
   * What is there: `file://./www` below the working directory, `file:///srv/www` anywhere, a directory or one file;
   * `callback://protocol-name`; `>https://…` or `>http://…`, where `^` is as good as `>`;
   * `http://…` or `https://…` of an upstream, `http://+/run/app.sock` of one at a unix socket;
   * `cgi://./script` of a program. lws: origin, origin_protocol
   *
   * @throws `LWS_ERR_MOUNT_ORIGIN`; `LWS_ERR_MOUNT_ORIGIN_KIND` for `cgi://` on Windows
   */
  readonly origin: string;
}

/** Puts something at an area of a vhost's URL space. lws: struct lws_http_mount */
export type Mount =
  | FileMountOptions
  | CallbackMountOptions
  | RedirectMountOptions
  | ProxyMountOptions
  | CgiMountOptions
  | OriginMountOptions;

/** What is kept of every mount. */
export interface MountCommon {
  /** Tells the mounts of a context apart; ends where no path can go on. */
  readonly id: string;
  readonly mountpoint: string;
  readonly exactMatch: boolean;
  /** Undefined: all. */
  readonly methods: readonly string[] | undefined;
  /** Names in lower case. */
  readonly headers: HttpFields;
  /** Who it is for; undefined: everybody. */
  readonly login: LoginFile | undefined;
  /** Undefined: all are those of the vhost. */
  readonly limits: RequestLimits | undefined;
}

/** A mount of files, read and checked. */
export interface FileMount extends MountCommon {
  readonly kind: 'file';
  /** Absolute. */
  readonly root: string;
  readonly def: string;
  readonly mimetypes: MimeTable;
  readonly cacheControl: string;
  readonly dotFiles: boolean;
  readonly precompressed: boolean;
  readonly listing: boolean;
  readonly fallback: string | undefined;
  /** Suffix in lower case and protocol, the longest suffix first. */
  readonly interpret: readonly (readonly [suffix: string, protocol: string])[];
  readonly openFlags: FopsFlags;
}

/** A mount of a protocol, read and checked. */
export interface CallbackMount extends MountCommon {
  readonly kind: 'callback';
  /** Its name. */
  readonly protocol: string;
  readonly pmo: Readonly<Record<string, string>>;
}

/** A mount that sends elsewhere, read and checked. */
export interface RedirectMount extends MountCommon {
  readonly kind: 'redirect';
  /** As it is sent. */
  readonly location: string;
  readonly status: number;
  readonly appendPath: boolean;
}

/** A mount of an upstream, read and checked. */
export interface ProxyMount extends MountCommon {
  readonly kind: 'proxy';
  readonly origin: ProxyOrigin;
  readonly preserveHost: boolean;
  readonly wsUpgrades: boolean;
  readonly rewriteLinks: boolean;
  readonly trusted: AddressList;
  readonly wsIdleSecs: number;
  /** Options of `connect`. */
  readonly connect: Readonly<Record<string, unknown>>;
}

/** A mount of a script, read and checked. */
export interface CgiMount extends MountCommon {
  readonly kind: 'cgi';
  /** Absolute. */
  readonly program: string;
  readonly cgienv: Readonly<Record<string, string>>;
  readonly cgiTimeout: number;
  readonly cgiDeadlineSecs: number;
  /** Absolute. */
  readonly cgiWd: string;
  readonly cgiAuthorization: boolean;
  /** Its name. */
  readonly protocol: string | undefined;
  readonly maxScripts: number;
  readonly maxScriptsPerPeer: number;
  readonly maxChunkedBody: number;
}

/** What a mount is once it is read. */
export type ResolvedMount = FileMount | CallbackMount | RedirectMount | ProxyMount | CgiMount;
