/** A connection that comes again: after it closed, and after failures as long as the policy has it. */
import { Backoff, type LwsContext, type LwsError, type RetryPolicy } from 'lws-ts';
import { type EventListener, shownUrl } from './events.ts';

type ConnectOptions = Parameters<LwsContext['connect']>[0];

/** Who is told when it is over for good. */
export interface Keeper {
  readonly context: LwsContext;
  readonly emit: EventListener;
  /** It ends: nothing connects again. */
  readonly ending: boolean;
  /** The wsi of a new attempt. */
  connecting(wsi: object, connection: KeptConnection): void;
  gaveUp(error: LwsError): void;
}

export class KeptConnection {
  readonly name: string;
  readonly #keeper: Keeper;
  readonly #options: ConnectOptions;
  readonly #url: string;
  readonly #backoff: Backoff;

  constructor(
    name: string,
    url: string,
    options: ConnectOptions,
    retry: RetryPolicy,
    keeper: Keeper,
  ) {
    this.name = name;
    this.#url = url;
    this.#options = options;
    this.#backoff = new Backoff(retry);
    this.#keeper = keeper;
  }

  connect(): void {
    if (this.#keeper.ending) return;
    this.#keeper.emit({
      event: 'connecting',
      connection: this.name,
      url: shownUrl(this.#url),
    });
    this.#keeper.connecting(this.#keeper.context.connect(this.#options), this);
  }

  established(extensions: string): void {
    this.#backoff.reset();
    this.#keeper.emit({ event: 'established', connection: this.name, extensions });
  }

  closed(code: number, reason: string): void {
    const closed = { event: 'closed', connection: this.name, code, reason } as const;
    if (this.#keeper.ending) this.#keeper.emit(closed);
    else this.#keeper.emit({ ...closed, retryMs: this.#later(this.#backoff.next()) });
  }

  failed(error: LwsError): void {
    if (this.#keeper.ending) return;
    const { code, message, hint } = error;
    const failed = { event: 'error', connection: this.name, code, message, hint } as const;
    const ms = this.#backoff.next();
    if (this.#backoff.concealed) this.#keeper.emit({ ...failed, retryMs: this.#later(ms) });
    else {
      this.#keeper.emit(failed);
      this.#keeper.gaveUp(error);
    }
  }

  /** Whatever it sends or gets. */
  emit(event: 'number' | 'lifetime' | 'writeable', value: string | number = ''): void {
    const connection = this.name;
    if (event === 'number') this.#keeper.emit({ event, connection, value: String(value) });
    else if (event === 'lifetime') this.#keeper.emit({ event, connection, circles: Number(value) });
    else this.#keeper.emit({ event, connection });
  }

  #later(ms: number): number {
    const { clock } = this.#keeper.context;
    clock.wakeAt(clock.now() + ms, () => this.connect());
    return ms;
  }
}
