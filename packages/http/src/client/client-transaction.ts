/**
 * One transaction of a client, from dialling to the head of the answer: socket, proxy, TLS, request, interim
 * answers and redirects. What the answer means is its {@link ClientRequester}'s, who takes over from there.
 */
import { coreErrors } from '@lws-ts/core';
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
import { askedFields } from './asked-fields.ts';
import { ClientAnswer } from './client-answer.ts';
import type { ClientRequester, TransportSource } from './client-requester.ts';
import {
  connectOptionsOf,
  type ResolvedHttpConnectOptions,
  withoutSecrets,
} from './connect-options.ts';
import { idempotentMethods } from './pipeline.ts';
import { chooseProxy, type ProxyTarget } from './proxy.ts';
import { ConnectTunnel, SocksTunnel, type Tunnel } from './proxy-tunnel.ts';
import { isSameServer, redirectTarget } from './redirect-target.ts';
import { writeRequestHead } from './request-head.ts';
import { transportKey } from './transport-key.ts';
import { TransportUse } from './transport-use.ts';
import type { Sending, WaitingRequest } from './waiting-request.ts';

const nothing = new Uint8Array(0);
/** Interim answers (1xx) in a row that are passed over. */
const maxInterim = 8;

const DIAL = 0;
const TUNNEL = 1;
const SECURE = 2;
const ANSWER = 3;
const OVER = 4;
const WAIT = 5;
/** It was written behind others, by the connection of the one that is answered first. */
const SENT = 6;

/** A transaction up to the head of its answer, one connection after another: made by `clientTransaction()`. */
export class ClientTransaction implements ClientRoleState, WaitingRequest {
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
  /** It was sent behind others once, in vain. */
  #alone = false;
  /** Of its answer, what came before the connection was its own. */
  #came: Uint8Array = nothing;
  /** Something of an answer came. */
  #heard = false;
  readonly #source: TransportSource | undefined;
  /** Where there is a source. */
  readonly #use: TransportUse | undefined;

  /** @param source of connections that were used before; without one each request has its own */
  constructor(
    host: RoleHost,
    call: ConnectCall,
    requester: ClientRequester,
    source?: TransportSource,
  ) {
    this.#source = source;
    this.#use = source === undefined ? undefined : new TransportUse(source);
    this.name = requester.name;
    this.wsi = requester.wsi;
    this.#host = host;
    this.#requester = requester;
    this.#first = call.target;
    this.#target = call.target;
    this.#options = connectOptionsOf(call);
    this.#reader = source?.takeReader() ?? new ResponseHeadReader();
  }

  /** Where the request goes, redirects followed. */
  get target(): ClientTarget {
    return this.#target;
  }

  /** Tells where its transport leads, and by what way: equal for those that can stand in for each other. */
  get key(): string {
    return this.#use?.key ?? '';
  }

  /**
   * The request is over, and its answer is not read any more.
   *
   * @param passedOn its connection is another's already
   */
  release(passedOn = false): void {
    this.#phase = OVER;
    this.#use?.end(passedOn);
    this.#source?.giveReader(this.#reader);
  }

  // ---- ClientRoleState

  attempt(): void {
    this.#redirects = 0;
    this.#strayed = false;
    this.#go(this.#first, false);
  }

  connected(): void {
    if (this.#phase === SENT) this.#follow();
    else if (this.#use?.reused === true) this.#request();
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
    if (this.#use?.reused === true && !this.#heard && repeatable) this.#go(this.#target, true);
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
    if (this.#phase === ANSWER) this.#requester.turn?.();
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
    if (this.#use !== undefined) this.#use.reused = false;
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
    const use = this.#use;
    if (use === undefined) this.#host.dial(this.#proxy ?? target);
    else {
      use.goes(transportKey(target, this.#proxy, this.#options));
      if (!anew && this.#options.pipeline && this.#source?.waits(use.key, this) === true) {
        this.#phase = WAIT;
        // how long the others take is no attempt's fault
        this.#host.requested();
      } else this.#dial(use, anew);
    }
    this.#requester.left?.();
  }

  // ---- WaitingRequest

  go(): boolean {
    if (this.#phase !== WAIT || this.#use === undefined) return false;
    this.#phase = DIAL;
    this.#dial(this.#use, false);
    return true;
  }

  send(into: RoleHost): Sending {
    if (this.#phase !== WAIT) return 'gone';
    if (this.#alone || !idempotentMethods.has(this.#requester.method)) return 'stays';
    const asked = this.#requester.fields(this.#target);
    // a handler may have given it up
    if (this.#host.givenUp) return 'gone';
    if (this.#requester.bodyless !== true) return 'stays';
    if (!this.#writeHead(into, asked)) return 'gone';
    this.#phase = SENT;
    return 'sent';
  }

  follow(transport: Transport, came: Uint8Array, behind: readonly WaitingRequest[]): boolean {
    if (this.#phase !== SENT) return false;
    this.#use?.follow();
    this.#came = came;
    this.#requester.precedes?.(behind);
    this.#host.join(transport);
    return true;
  }

  unanswered(): void {
    if (this.#phase !== SENT) return;
    this.#alone = true;
    this.#go(this.#target, false);
  }

  // ---- the connection

  /** All before it are answered. */
  #follow(): void {
    const came = this.#came;
    this.#came = nothing;
    this.#phase = ANSWER;
    this.#sent();
    if (came.length > 0) this.#readAnswer(came);
  }

  #dial(use: TransportUse, anew: boolean): void {
    const atOnce = this.#requester.atOnce === true;
    use.dial(this.#host, this.#proxy ?? this.#target, anew, atOnce);
  }

  #openTunnel(proxy: ProxyTarget): void {
    this.#phase = TUNNEL;
    this.#tunnel =
      proxy.kind === 'socks5'
        ? new SocksTunnel(this.#host, this.#target, proxy)
        : new ConnectTunnel(this.#host, this.#target, proxy);
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
    const asked = this.#requester.fields(this.#target);
    if (!this.#host.open) return;
    this.#phase = ANSWER;
    if (this.#writeHead(this.#host, asked)) this.#sent();
  }

  /** False: it cannot be written, and nothing was. */
  #writeHead(into: RoleHost, asked: HttpFields): boolean {
    const target = this.#target;
    const { method, authority, targetPath, tail } = this.#requester;
    const host = this.#strayed ? undefined : (authority ?? this.#options.host);
    const fields = askedFields(target, this.#first, asked, this.#options);
    try {
      writeRequestHead(
        into,
        method,
        this.#redirects > 0 ? target.path : (targetPath ?? target.path),
        host ?? target.authority,
        this.#strayed ? withoutSecrets(fields) : fields,
        tail,
      );
      return true;
    } catch (error) {
      this.#giveUp(error);
      return false;
    }
  }

  #sent(): void {
    if (this.#requester.requested === undefined) return;
    this.#host.requested();
    this.#requester.requested();
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
    const locations = locationsOf(new ClientAnswer(this.#reader));
    const [location] = locations;
    const fault = this.#redirects >= this.#options.maxRedirects ? 'too many' : undefined;
    if (fault !== undefined || location === undefined || locations.size > 1) {
      const which = location === undefined ? 'without Location' : 'with more than one Location';
      this.#host.fail(httpErrors.LWS_ERR_HTTP_REDIRECT, fault ?? `${status} ${which}`);
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

/** Of more than one others follow the first, or none: it is no list (RFC 9110 §5.3). */
function locationsOf(answer: ClientAnswer): ReadonlySet<string> {
  const found = new Set<string>();
  answer.each((name, value) => {
    if (name === 'location') found.add(value);
  });
  return found;
}

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
