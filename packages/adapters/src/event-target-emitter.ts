/** `addEventListener` and the `on…` attributes of `ws` on an `EventEmitter`: they are listeners among its others. */
import { EventEmitter } from 'node:events';

export type ListenerFunction = (event: object) => void;
export type Listener = ListenerFunction | { handleEvent(event: object): void };

/** What a listener of the emitter stands for. */
interface Origin {
  readonly listener: Listener;
  readonly attribute: boolean;
}

const origins = new WeakMap<object, Origin>();

export class EventTargetEmitter extends EventEmitter {
  declare onopen: ListenerFunction | null;
  declare onmessage: ListenerFunction | null;
  declare onerror: ListenerFunction | null;
  declare onclose: ListenerFunction | null;
  static {
    for (const type of ['open', 'message', 'error', 'close'])
      Object.defineProperty(EventTargetEmitter.prototype, `on${type}`, {
        enumerable: true,
        get(this: EventTargetEmitter) {
          const found = this.#find(type, ({ attribute }) => attribute);
          return (found && origins.get(found)?.listener) ?? null;
        },
        set(this: EventTargetEmitter, listener: unknown) {
          this.#remove(type, ({ attribute }) => attribute);
          if (typeof listener === 'function')
            this.#add(type, { listener: listener as ListenerFunction, attribute: true }, false);
        },
      });
  }

  addEventListener(type: string, listener: Listener, options?: { readonly once?: boolean }): void {
    const known = this.#find(type, (one) => !one.attribute && one.listener === listener);
    if (known === undefined)
      this.#add(type, { listener, attribute: false }, options?.once === true);
  }

  removeEventListener(type: string, listener: Listener): void {
    this.#remove(type, (one) => !one.attribute && one.listener === listener);
  }

  #find(type: string, wanted: (origin: Origin) => boolean): ListenerFunction | undefined {
    const all = this.listeners(type) as ListenerFunction[];
    return all.find((one) => {
      const origin = origins.get(one);
      return origin !== undefined && wanted(origin);
    });
  }

  #add(type: string, origin: Origin, once: boolean): void {
    const { listener } = origin;
    const heard = (...args: unknown[]): void => {
      const event = { type, target: this, ...shown(type, args) };
      if (typeof listener === 'function') listener.call(this, event);
      else listener.handleEvent(event);
    };
    origins.set(heard, origin);
    if (once) this.once(type, heard);
    else this.on(type, heard);
  }

  #remove(type: string, wanted: (origin: Origin) => boolean): void {
    const found = this.#find(type, wanted);
    if (found !== undefined) this.off(type, found);
  }
}

/** What an event says of what the listeners of the emitter are given. */
function shown(type: string, args: readonly unknown[]): object {
  if (type === 'message') {
    const [data, binary] = args;
    return { data: binary === true ? data : String(data) };
  }
  if (type === 'close') {
    const [code, reason] = args;
    return { code, reason: String(reason), wasClean: code !== 1006 };
  }
  return {};
}
