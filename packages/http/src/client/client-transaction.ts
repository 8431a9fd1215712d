/**
 * One transaction of a client, from dialling to the head of the answer: socket, proxy, TLS, request, interim
 * answers and redirects. What the answer means is its {@link ClientRequester}'s, who takes over from there.
 */
import { coreErrors, readClientTarget } from '@lws-ts/core';
import {
  type ClientRoleState,
  type ClientTarget,
  type CodedError,
  type ConnectCall,
  type HttpFields,
  LwsError,
  type RoleHost,
  type TimeoutReason,
  type Transport,
  type Wsi,
} from '@lws-ts/interface';
import { httpErrors } from '../errors.ts';
import { ResponseHeadReader } from '../framing/index.ts';
import { ClientAnswer } from './client-answer.ts';
import { type ResolvedHttpConnectOptions, withoutSecrets } from './connect-options.ts';
import { chooseProxy, type ProxyTarget } from './proxy.ts';
import { ConnectTunnel, SocksTunnel, type Tunnel } from './proxy-tunnel.ts';
import { basicCredentials, writeRequestHead } from './request-head.ts';
import { transportKey } from './transport-key.ts';

/** Connections that were used before, by where they lead, and who else goes there. */
export interface TransportSource {
  take(key: string): Transport | undefined;
  /** A request goes there, until {@link ends}. */
  begins(key: string): void;
  ends(key: string): void;
  /** True: others go there, and `go` is called when one of them ended; it says whether it went. */
  waits(key: string, go: () => boolean): boolean;
  /** A reader that another request had, or a new one. */
  takeReader(): ResponseHeadReader;
  /** Nobody reads from it any more. */
  giveReader(reader: ResponseHeadReader): void;
}

/** Whose request it is, and who takes the answer. */
export interface ClientRequester {
  readonly name: string;
  readonly wsi: Wsi<unknown, unknown>;
  readonly method: string;
  /** Fields of the request besides Host, Origin and those of the options; of each hop anew. It may give up. */
  fields(target: ClientTarget): HttpFields;
  /**
   * The answer that counts: interim ones are passed over, redirects followed. The requester becomes another
   * role with `rest`, or fails.
   */
  answered(answer: ClientAnswer, rest: Uint8Array): void;
  /** The head of the request is written: its body may follow, and how long the answer takes is the requester's to say. */
  requested?(): void;
  /** More of the request's body can be sent, before there is an answer. */
  writeable?(): void;
  /** A deadline that the requester set passed before there was an answer. */
  timeout?(reason: TimeoutReason): void;
  /** A redirect is about to be followed: it may change what is asked. */
  redirected?(status: number): void;
  /** The Host field, in place of that of the options. */
  readonly authority?: string | undefined;
  /** Path and query, in place of those of the target, until a redirect. */
  readonly targetPath?: string | undefined;
  /** Whoever made it expects `requested` before the call that did returned. @defaultValue false: never */
  readonly atOnce?: boolean;
  /** Whether the request may be sent once more when it is not known what became of it. @defaultValue true */
  readonly repeatable?: boolean;
  /** It came to nothing, once; not after `answered` made another role of the connection. */
  failed(error: CodedError): void;
}

/** Interim answers (1xx) in a row that are passed over. */
const maxInterim = 8;

const DIAL = 0;
const TUNNEL = 1;
const SECURE = 2;
const ANSWER = 3;
const OVER = 4;
const WAIT = 5;

export class ClientTransaction implements ClientRoleState {
  readonly name: string;
  readonly wsi: Wsi<unknown, unknown>;
  readonly #host: RoleHost;
  readonly #requester: ClientRequester;
  readonly #first: ClientTarget;
  readonly #options: ResolvedHttpConnectOptions;
  readonly #reader: ResponseHeadReader;
  #phase = DIAL;
  #target: ClientTarget;
  #proxy: ProxyTarget | undefined = undefined;
  #tunnel: Tunnel | undefined = undefined;
  #redirects = 0;
  /** A redirect led to another server: what was meant for the first is not sent again. */
  #strayed = false;
  #interim = 0;
  /** Of connections that go where the request goes. */
  #key = '';
  /** It counts among those that go there. */
  #counted = false;
  /** The transport had a request before this one. */
  #reused = false;
  /** Something of an answer came. */
  #heard = false;
  readonly #source: TransportSource | undefined;

  /** @param source of connections that were used before; without one each request has its own */
  constructor(
    host: RoleHost,
    call: ConnectCall,
    requester: ClientRequester,
    source?: TransportSource,
  ) {
    this.#source = source;
    this.name = requester.name;
    this.wsi = requester.wsi;
    this.#host = host;
    this.#requester = requester;
    this.#first = call.target;
    this.#target = call.target;
    this.#options = call.options as unknown as ResolvedHttpConnectOptions;
    this.#reader = source?.takeReader() ?? new ResponseHeadReader();
  }

  /** Where the request goes, redirects followed. */
  get target(): ClientTarget {
    return this.#target;
  }

  /** Tells where its transport leads, and by what way: equal for those that can stand in for each other. */
  get key(): string {
    return this.#key;
  }

  /** The request is over, and its answer is not read any more. */
  release(): void {
    this.#phase = OVER;
    this.#uncount();
    this.#source?.giveReader(this.#reader);
  }

  // ---- ClientRoleState

  attempt(): void {
    this.#redirects = 0;
    this.#strayed = false;
    this.#go(this.#first, false);
  }

  connected(): void {
    if (this.#reused) this.#request();
    else if (this.#phase === DIAL && this.#proxy !== undefined) this.#openTunnel(this.#proxy);
    else if (this.#phase === SECURE) this.#request();
    else this.#throughTunnel();
  }

  rx(bytes: Uint8Array): number {
    if (this.#phase === TUNNEL) this.#readTunnel(bytes);
    else if (this.#phase === ANSWER) this.#readAnswer(bytes);
    return bytes.length;
  }

  peerEnded(): void {
    if (!this.lost()) this.#host.fail(coreErrors.LWS_ERR_CONNECT_CLOSED);
  }

  lost(): boolean {
    if (this.#phase !== ANSWER) return false;
    const repeatable = this.#requester.repeatable ?? true;
    if (this.#reused && !this.#heard && repeatable) this.#go(this.#target, true);
    else if (repeatable) return false;
    else this.#giveUp(new LwsError(coreErrors.LWS_ERR_CONNECT_CLOSED));
    return true;
  }

  gone(error: CodedError | undefined): void {
    this.#phase = OVER;
    this.#requester.failed(error ?? coreErrors.LWS_ERR_CONNECT_CLOSED);
  }

  writeable(): void {
    if (this.#phase === ANSWER) this.#requester.writeable?.();
  }

  service(): boolean {
    return false;
  }

  timeout(reason: TimeoutReason): void {
    if (this.#phase === ANSWER) this.#requester.timeout?.(reason);
  }

  timer(): void {}

  drained(): void {}

  closing(): boolean {
    return false;
  }

  threw(): void {}

  leaving(): void {
    this.#phase = OVER;
  }

  // ---- hops

  /** @param anew on a connection of its own, whatever is idle */
  #go(target: ClientTarget, anew: boolean): void {
    this.#target = target;
    this.#reused = false;
    this.#heard = false;
    this.#phase = DIAL;
    this.#interim = 0;
    this.#reader.reset();
    try {
      this.#proxy = chooseProxy(target, this.#options.proxy, process.env);
    } catch (error) {
      this.#giveUp(error);
      return;
    }
    const source = this.#source;
    if (source === undefined) this.#host.dial(this.#proxy ?? target);
    else {
      this.#uncount();
      this.#key = transportKey(target, this.#proxy, this.#options);
      if (!anew && this.#options.pipeline && source.waits(this.#key, () => this.#waited(source))) {
        this.#phase = WAIT;
        // how long the others take is no attempt's fault
        this.#host.requested();
      } else this.#dial(source, anew);
    }
  }

  /** Its turn has come; false when nobody waits for it any more. */
  #waited(source: TransportSource): boolean {
    if (this.#phase !== WAIT) return false;
    this.#phase = DIAL;
    this.#dial(source, false);
    return true;
  }

  #dial(source: TransportSource, anew: boolean): void {
    const host = this.#host;
    this.#counted = true;
    source.begins(this.#key);
    const target = this.#proxy ?? this.#target;
    if (anew) host.dial(target);
    else if (this.#requester.atOnce !== true) host.dial(target, () => this.#take(source));
    else {
      const transport = this.#take(source);
      if (transport === undefined) host.dial(target);
      else host.join(transport);
    }
  }

  #take(source: TransportSource): Transport | undefined {
    const transport = source.take(this.#key);
    this.#reused = transport !== undefined;
    return transport;
  }

  #uncount(): void {
    if (!this.#counted) return;
    this.#counted = false;
    this.#source?.ends(this.#key);
  }

  #openTunnel(proxy: ProxyTarget): void {
    this.#phase = TUNNEL;
    this.#tunnel =
      proxy.kind === 'socks5'
        ? new SocksTunnel(this.#host, this.#target, proxy.credentials)
        : new ConnectTunnel(this.#host, this.#target, proxy.credentials);
    this.#tunnel.begin();
  }

  #readTunnel(bytes: Uint8Array): void {
    const outcome = this.#tunnel?.push(bytes);
    if (outcome === undefined) return;
    if (outcome === true) this.#throughTunnel();
    else this.#host.fail(httpErrors.LWS_ERR_HTTP_PROXY, outcome);
  }

  /** The way to the server itself is open. */
  #throughTunnel(): void {
    this.#tunnel = undefined;
    if (this.#target.secure) {
      this.#phase = SECURE;
      this.#host.secure(this.#target.host);
    } else this.#request();
  }

  // ---- the request and its answer

  #request(): void {
    const { method } = this.#requester;
    const target = this.#target;
    const asked = this.#requester.fields(target);
    if (!this.#host.open) return;
    const { authority, targetPath } = this.#requester;
    const host = this.#strayed ? undefined : (authority ?? this.#options.host);
    const fields = this.#fields(target, asked);
    this.#phase = ANSWER;
    try {
      writeRequestHead(
        this.#host,
        method,
        this.#redirects > 0 ? target.path : (targetPath ?? target.path),
        host ?? target.authority,
        this.#strayed ? withoutSecrets(fields) : fields,
      );
    } catch (error) {
      this.#giveUp(error);
      return;
    }
    if (this.#requester.requested === undefined) return;
    this.#host.requested();
    this.#requester.requested();
  }

  #fields(target: ClientTarget, asked: HttpFields): HttpFields {
    const { headers, origin } = this.#options;
    const credentials = target.credentials === '' ? this.#first.credentials : target.credentials;
    if (origin === undefined && credentials === '' && headers.length === 0) return asked;
    const fields: (readonly [string, string])[] = origin === undefined ? [] : [['origin', origin]];
    fields.push(...asked);
    if (credentials !== '' && !headers.some(([name]) => name === 'authorization'))
      fields.push(['authorization', basicCredentials(credentials)]);
    fields.push(...headers);
    return fields;
  }

  /** Another attempt would fail by the same. */
  #giveUp(error: unknown): void {
    if (!(error instanceof LwsError)) throw error;
    this.#phase = OVER;
    this.#host.giveUp(error);
  }

  /** Another attempt may follow where the request may be sent twice. */
  #fail(error: CodedError): void {
    if (this.#requester.repeatable ?? true) this.#host.fail(error);
    else this.#host.giveUp(error);
  }

  #readAnswer(bytes: Uint8Array): void {
    let at = 0;
    this.#heard = true;
    while (this.#phase === ANSWER && at < bytes.length) {
      at = this.#reader.push(bytes, at, bytes.length);
      const { violation } = this.#reader;
      if (violation !== undefined) {
        this.#phase = OVER;
        this.#fail(violation);
      } else if (this.#reader.complete) this.#judge(bytes.subarray(at));
      else return;
    }
  }

  #judge(rest: Uint8Array): void {
    const { status } = this.#reader;
    if (status < 200 && status !== 101) {
      if (++this.#interim <= maxInterim) this.#reader.reset();
      else {
        this.#phase = OVER;
        this.#fail(httpErrors.LWS_ERR_HTTP_INTERIM);
      }
    } else if (redirects.has(status) && this.#options.maxRedirects > 0) this.#redirect(status);
    else {
      this.#phase = OVER;
      this.#requester.answered(new ClientAnswer(this.#reader), rest);
    }
  }

  /** RFC 9110 §15.4 */
  #redirect(status: number): void {
    this.#phase = OVER;
    const location = new ClientAnswer(this.#reader).field('location');
    const fault = this.#redirects >= this.#options.maxRedirects ? 'too many' : undefined;
    if (fault !== undefined || location === undefined) {
      this.#host.fail(httpErrors.LWS_ERR_HTTP_REDIRECT, fault ?? `${status} without Location`);
      return;
    }
    const next = redirectTarget(this.#target, location);
    if (typeof next === 'string') this.#host.fail(httpErrors.LWS_ERR_HTTP_REDIRECT, next);
    else {
      this.#redirects++;
      this.#strayed ||= !isSameServer(this.#first, next);
      this.#requester.redirected?.(status);
      this.#go(next, false);
    }
  }
}

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const webSchemes: ReadonlyMap<string, string> = new Map([
  ['http', 'ws'],
  ['https', 'wss'],
]);

/** TLS in place of none makes no other server of it. */
function isSameServer({ host, port, socketPath }: ClientTarget, to: ClientTarget): boolean {
  const secured = port === 80 && to.port === 443 && to.secure;
  return to.host === host && to.socketPath === socketPath && (to.port === port || secured);
}

/** Where a Location leads from `from`, or why it is not followed. */
export function redirectTarget(from: ClientTarget, location: string): ClientTarget | string {
  const shown = JSON.stringify(location.slice(0, 200));
  const base = `${from.scheme}://${from.authority}${from.path}`;
  let to: ClientTarget;
  try {
    const read = new URL(location, base);
    read.hash = '';
    const scheme = read.protocol.slice(0, -1);
    // a server names itself by http: whatever is spoken
    const meant = from.scheme.startsWith('ws') ? (webSchemes.get(scheme) ?? scheme) : scheme;
    to = readClientTarget(read.href.replace(/^[^:]*/, meant));
  } catch {
    return `to ${shown}`;
  }
  if (to.socketPath !== undefined || familyOf(to.scheme) !== familyOf(from.scheme))
    return `to ${shown}`;
  if (from.secure && !to.secure) return `from TLS to ${shown}`;
  const samePlace = to.host === from.host && to.port === from.port;
  return samePlace && from.socketPath !== undefined ? { ...to, socketPath: from.socketPath } : to;
}

/** `ws` for ws and wss, `http` for http and https. */
function familyOf(scheme: string): string {
  return scheme.endsWith('s') && scheme !== 'ws' ? scheme.slice(0, -1) : scheme;
}
