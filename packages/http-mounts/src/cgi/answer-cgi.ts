import type { CodedError, HttpAnswer, HttpExchange, HttpResponder } from '@lws-ts/interface';
import { answered } from '../answered.ts';
import { mountErrors } from '../errors.ts';
import type { CgiMount } from '../mount.ts';
import type { MountServices } from '../mount-services.ts';
import type { MountTable } from '../mount-table.ts';
import { pathBelow } from '../mounted-path.ts';
import { refuse } from '../refuse.ts';
import { answerLocally } from './answer-locally.ts';
import { CgiExchange } from './cgi-exchange.ts';
import { hopsOf, RedirectedExchange } from './redirected-exchange.ts';
import type { LocalPlace } from './redirected-request.ts';

/** Scripts that may lead to one another, before it is taken for a circle. */
export const mostRedirects = 5;

/** Runs the script of the mount for a request. */
export function answerCgi(
  exchange: HttpExchange,
  mount: CgiMount,
  { scripts, responders }: MountServices,
  table: MountTable,
): HttpAnswer {
  const refusal = scripts.refusal(mount, exchange.host.transport.peer);
  if (refusal !== undefined) {
    refuse(exchange, refusal, mount.headers);
    return answered;
  }
  const answer = new CgiAnswer(exchange, mount, responders);
  const script = new CgiExchange(exchange, mount, scripts, {
    translate: (path) => translated(path, table),
    leads: (to) => answer.leads(to),
  });
  answer.begin(script);
  return answer;
}

/** The answer of a script, or of whoever the script leads to. */
class CgiAnswer implements HttpAnswer {
  readonly kind = 'answer';
  readonly #exchange: HttpExchange;
  readonly #mount: CgiMount;
  readonly #responders: readonly HttpResponder[];
  #current: HttpAnswer = answered;
  #as: HttpExchange;
  #to: LocalPlace | undefined = undefined;
  #closing = false;

  constructor(exchange: HttpExchange, mount: CgiMount, responders: readonly HttpResponder[]) {
    this.#exchange = exchange;
    this.#as = exchange;
    this.#mount = mount;
    this.#responders = responders;
  }

  begin(script: CgiExchange): void {
    this.#current = script;
    script.start();
  }

  /** Others are asked in `writeable`, where what they throw concerns this connection alone. */
  leads(to: LocalPlace): void {
    this.#to = to;
    this.#exchange.requestWriteable();
  }

  writeable(): void {
    const to = this.#to;
    this.#to = undefined;
    if (to === undefined) this.#current.writeable(this.#as);
    else this.#follow(to);
  }

  closing(): void {
    this.#closing = true;
    this.#current.closing?.();
  }

  done(error: CodedError | undefined): void {
    this.#to = undefined;
    this.#current.done(error);
  }

  #follow(to: LocalPlace): void {
    if (hopsOf(this.#exchange) >= mostRedirects) {
      refuse(this.#exchange, mountErrors.LWS_ERR_MOUNT_CGI_REDIRECTS, this.#mount.headers);
      return;
    }
    const redirected = new RedirectedExchange(this.#exchange, to);
    this.#as = redirected;
    this.#current = answerLocally(redirected, this.#responders);
    if (this.#closing) this.#current.closing?.();
  }
}

/** RFC 3875 §4.1.6: what the path would stand for if it were asked for itself. */
function translated(path: string, table: MountTable): string | undefined {
  const mount = table.find(path, 'GET');
  return mount?.kind === 'file' ? mount.root + pathBelow(mount, path) : undefined;
}
