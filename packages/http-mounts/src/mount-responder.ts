import { coreErrors } from '@lws-ts/core';
import {
  dropPromise,
  type HttpAnswer,
  type HttpExchange,
  type HttpFields,
  type HttpResponder,
  type RequestLimits,
  type UpgradeAnswer,
} from '@lws-ts/interface';
import { answered } from './answered.ts';
import { answerCallback } from './callback-mount.ts';
import { answerCgi } from './cgi/answer-cgi.ts';
import { answerContent } from './content-answer.ts';
import { identity } from './content-coding.ts';
import { mountErrors } from './errors.ts';
import { FileAnswer } from './file-answer.ts';
import { isTrusted } from './file-cache.ts';
import { type Interpreting, RecentFileKeys } from './file-request.ts';
import { FirstFilter } from './first-filter.ts';
import { InterpretedAnswer, interpreterOf } from './interpreted-answer.ts';
import { guardLogins } from './login-guard.ts';
import type { FileMount } from './mount.ts';
import { checkLogin } from './mount-access.ts';
import type { MountServices } from './mount-services.ts';
import { MountTable } from './mount-table.ts';
import { pathBelow, pathRefusal } from './mounted-path.ts';
import { answerProxy } from './proxy/answer-proxy.ts';
import { answerRedirect } from './redirect-answer.ts';
import { refuse } from './refuse.ts';

const NO_FIELDS: HttpFields = [];

/** Answers requests for the URL areas that have a mount. */
export class MountResponder implements HttpResponder {
  readonly name = 'mounts';
  readonly #services: MountServices;
  readonly #filter: FirstFilter;
  readonly #keys: RecentFileKeys = new RecentFileKeys();
  /** For vhosts that have login files. */
  readonly #guarded = new WeakMap<MountTable, MountServices>();

  constructor(services: MountServices) {
    this.#services = services;
    this.#filter = new FirstFilter(services);
  }

  limits({ host, request }: HttpExchange): RequestLimits | undefined {
    const table = host.vhost.options['mounts'];
    if (!(table instanceof MountTable) || !table.limited) return undefined;
    return table.find(request.path, request.method)?.limits;
  }

  filter(exchange: HttpExchange): HttpAnswer | UpgradeAnswer | undefined {
    return this.#filter.ask(exchange);
  }

  respond(exchange: HttpExchange): HttpAnswer | UpgradeAnswer | undefined {
    const { request } = exchange;
    const table = exchange.host.vhost.options['mounts'];
    if (!(table instanceof MountTable)) return undefined;
    const mount = table.find(request.path, request.method);
    if (mount?.login !== undefined) {
      const stopped = checkLogin(exchange, mount, this.#services);
      if (stopped !== undefined) return stopped;
    }
    if (mount?.kind === 'callback') return answerCallback(exchange, mount, this.#services);
    if (mount?.kind === 'proxy') return answerProxy(exchange, mount, this.#services);
    // Only a protocol takes an upgrade. What no role takes comes again, without the field.
    if (request.field('upgrade') !== undefined) return undefined;
    if (mount === undefined) return this.#otherMethod(exchange, table);
    if (mount.kind === 'file') return this.#file(exchange, mount, table);
    if (mount.kind === 'cgi') return answerCgi(exchange, mount, this.#services, table);
    answerRedirect(exchange, mount);
    return answered;
  }

  /** Mounts hold the path, and none of them is for the method; or there is none. */
  #otherMethod(exchange: HttpExchange, table: MountTable): HttpAnswer | undefined {
    const allowed = table.allowed(exchange.request.path);
    if (allowed.length === 0) return undefined;
    const allow = ['allow', allowed.join(', ')] as const;
    refuse(exchange, mountErrors.LWS_ERR_MOUNT_METHOD, NO_FIELDS, [allow]);
    return answered;
  }

  #file(exchange: HttpExchange, mount: FileMount, table: MountTable): HttpAnswer {
    const { method, path } = exchange.request;
    if (method === 'GET' || method === 'HEAD') return this.#serve(exchange, mount, table);
    const allow = ['allow', table.allowed(path).join(', ')] as const;
    if (method === 'OPTIONS') exchange.reply(204, [allow, ...mount.headers]);
    else refuse(exchange, mountErrors.LWS_ERR_MOUNT_METHOD, mount.headers, [allow]);
    return answered;
  }

  #serve(exchange: HttpExchange, mount: FileMount, table: MountTable): HttpAnswer {
    const services = this.#servicesOf(table);
    const { cache, clock, codings } = services;
    const { request } = exchange;
    const below = pathBelow(mount, request.path);
    const refusal = pathRefusal(mount, below);
    if (refusal !== undefined) {
      refuse(exchange, refusal, mount.headers);
      return answered;
    }
    const virtualPath = below.endsWith('/') ? below + mount.def : below;
    if (table.hides(mount, virtualPath)) {
      refuse(exchange, mountErrors.LWS_ERR_MOUNT_LOGIN_SECRET, mount.headers);
      return answered;
    }
    const interpret = this.#interpreting(exchange, mount, services);
    const interpreted = interpret?.(mount, virtualPath);
    if (interpreted !== undefined) return interpreted;
    const field = request.list('accept-encoding');
    const accepted = mount.precompressed
      ? codings.accepted(field)
      : codings.acceptedAsStored(field);
    const cached = cache.get(this.#keys.key(mount, virtualPath, accepted[0] ?? identity));
    if (cached !== undefined && isTrusted(cached, clock.now())) {
      answerContent(exchange, mount, cached.representation, cached.bytes, clock);
      return answered;
    }
    const vary = mount.precompressed ? 'accept-encoding' : '';
    const asked = { mount, virtualPath, codings: accepted, vary, interpret };
    const answer = new FileAnswer(exchange, asked, services);
    answer.start();
    return answer;
  }

  #servicesOf(table: MountTable): MountServices {
    if (table.loginFiles.length === 0) return this.#services;
    let services = this.#guarded.get(table);
    if (services === undefined) {
      const fops = guardLogins(this.#services.fops, table.loginFiles);
      services = { ...this.#services, fops };
      this.#guarded.set(table, services);
    }
    return services;
  }

  /** Undefined: nobody rewrites files of the mount. */
  #interpreting(
    exchange: HttpExchange,
    { interpret }: FileMount,
    services: MountServices,
  ): Interpreting | undefined {
    if (interpret.length === 0) return undefined;
    const interpreting: Interpreting = (mount, virtualPath) => {
      const name = interpreterOf(mount, virtualPath === '' ? mount.root : virtualPath);
      if (name === undefined) return undefined;
      const { host, request } = exchange;
      const protocol = host.vhost.protocolByName(name);
      const processor = protocol?.spec.http?.processHtml?.(request, protocol.vhostData);
      if (processor === undefined) return undefined;
      if (dropPromise(processor)) {
        refuse(exchange, coreErrors.LWS_ERR_HANDLER_ASYNC, mount.headers);
        return answered;
      }
      const answer = new InterpretedAnswer(
        exchange,
        mount,
        virtualPath,
        processor,
        services,
        interpreting,
      );
      answer.start();
      return answer;
    };
    return interpreting;
  }
}
