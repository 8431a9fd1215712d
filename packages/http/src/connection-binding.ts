import type { HttpBinding } from '@lws-ts/interface';

/** What a responder keeps from one request of a connection to the next. */
export class ConnectionBinding {
  #current: HttpBinding | undefined = undefined;

  get current(): HttpBinding | undefined {
    return this.#current;
  }

  /** Takes the place of the one before. */
  bind(binding: HttpBinding): void {
    const before = this.#current;
    if (binding === before) return;
    this.#current = binding;
    before?.gone(false);
  }

  /** @param closed with the connection */
  end(closed: boolean): void {
    const before = this.#current;
    this.#current = undefined;
    before?.gone(closed);
  }
}
