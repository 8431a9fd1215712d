import type { HttpAnswer, HttpExchange, HttpResponder } from '@lws-ts/interface';
import { mountErrors } from './errors.ts';
import { answerWhole, FileAnswer, refuse } from './file-answer.ts';
import type { FileMount } from './mount.ts';
import type { MountServices } from './mount-services.ts';
import { MountTable } from './mount-table.ts';
import { pathBelow, pathRefusal } from './mounted-path.ts';

/** How long a cached file is served before the disk is asked again. */
const TRUSTED_MS = 1000;
const ALLOW = ['allow', 'GET, HEAD, OPTIONS'] as const;

/** The answer to whatever was answered before `respond` returned: nothing is left to do or to release. */
const ANSWERED: HttpAnswer = Object.freeze({
  kind: 'answer',
  writeable: () => undefined,
  done: () => undefined,
});

/** Answers requests for the URL areas that have a mount. */
export class MountResponder implements HttpResponder {
  readonly name = 'mounts';
  readonly #services: MountServices;

  constructor(services: MountServices) {
    this.#services = services;
  }

  respond(exchange: HttpExchange): HttpAnswer | undefined {
    const { request } = exchange;
    // Files take no upgrade. What no role takes comes again, without the field.
    if (request.field('upgrade') !== undefined) return undefined;
    const table = exchange.host.vhost.options['mounts'];
    const mount = table instanceof MountTable ? table.find(request.path) : undefined;
    if (mount === undefined) return undefined;
    if (request.method === 'GET' || request.method === 'HEAD') return this.#file(exchange, mount);
    if (request.method === 'OPTIONS') exchange.reply(204, [ALLOW]);
    else refuse(exchange, mountErrors.LWS_ERR_MOUNT_METHOD, [ALLOW]);
    return ANSWERED;
  }

  #file(exchange: HttpExchange, mount: FileMount): HttpAnswer {
    const { cache, clock } = this.#services;
    const below = pathBelow(mount, exchange.request.path);
    const refusal = pathRefusal(mount, below);
    if (refusal !== undefined) {
      refuse(exchange, refusal);
      return ANSWERED;
    }
    const virtualPath = below.endsWith('/') ? below + mount.def : below;
    const cacheKey = mount.id + virtualPath;
    const cached = cache.get(cacheKey);
    if (cached !== undefined && clock.now() - cached.checkedAt < TRUSTED_MS) {
      answerWhole(exchange, cached.representation, cached.bytes, clock.wallNow());
      return ANSWERED;
    }
    const asked = { mount, virtualPath, cacheKey, cached };
    const answer = new FileAnswer(exchange, asked, this.#services);
    answer.start();
    return answer;
  }
}
