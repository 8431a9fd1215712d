import { coreErrors, lwslErr } from '@lws-ts/core';
import { httpErrors } from '@lws-ts/http';
import type {
  BoundProtocol,
  CgiEnd,
  CgiScript,
  CodedError,
  Done,
  HttpExchange,
} from '@lws-ts/interface';
import { dropPromise } from '@lws-ts/interface';
import { mountErrors } from '../errors.ts';
import type { CgiMount } from '../mount.ts';

/** Tells the protocol of a mount of one run. What a handler does wrong concerns this run alone. */
export class CgiWatch {
  readonly #protocol: BoundProtocol;
  readonly #script: CgiScript<unknown>;
  readonly #end: (error: CodedError) => void;

  /** @param end the run has to end for that */
  constructor(
    { host, request }: HttpExchange,
    { mountpoint }: CgiMount,
    protocol: BoundProtocol,
    pid: number,
    end: (error: CodedError) => void,
  ) {
    const { method, path } = request;
    const { peer } = host.transport;
    const { vhostData } = protocol;
    this.#protocol = protocol;
    this.#script = Object.freeze({ pid, peer, mountpoint, method, path, vhostData });
    this.#end = end;
  }

  get hearsStderr(): boolean {
    return this.#protocol.spec.cgi?.stderr !== undefined;
  }

  attached(): void {
    this.#call('processAttach', () => this.#protocol.spec.cgi?.processAttach?.(this.#script));
  }

  stderr(line: string): void {
    this.#call('stderr', () => this.#protocol.spec.cgi?.stderr?.(this.#script, line));
  }

  terminated(end: CgiEnd): void {
    this.#call('terminated', () => this.#protocol.spec.cgi?.terminated?.(this.#script, end));
  }

  #call(name: string, handler: () => Done): void {
    try {
      const said: unknown = handler();
      if (said === -1) this.#end(mountErrors.LWS_ERR_MOUNT_ACCESS);
      if (!dropPromise(said)) return;
      this.#end(coreErrors.LWS_ERR_HANDLER_ASYNC);
    } catch (thrown) {
      lwslErr(`cgi.${name} of protocol "${this.#protocol.name}" threw: ${String(thrown)}`);
      this.#end(httpErrors.LWS_ERR_HTTP_HANDLER);
    }
  }
}
