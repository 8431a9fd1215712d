/** Connections of clients that had a whole answer and wait for another request, by where they lead. */
import type { Clock, Transport, TransportSink } from '@lws-ts/interface';
import { ResponseHeadReader } from '../framing/index.ts';
import type { TransportSource } from './client-transaction.ts';

/** Readers that wait for a request, each with 16 KiB. */
const keptReaders = 64;

/** How long one waits, and how many of its kind. */
export interface IdleLimits {
  readonly keepWarmSecs: number;
  readonly keepWarmMax: number;
}

export class IdleTransports implements TransportSource {
  readonly #clock: Clock;
  readonly #byKey = new Map<string, IdleTransport[]>();
  readonly #busy = new Map<string, number>();
  readonly #waiting = new Map<string, (() => boolean)[]>();
  readonly #readers: ResponseHeadReader[] = [];
  #over = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many wait. */
  get size(): number {
    let size = 0;
    for (const { length } of this.#byKey.values()) size += length;
    return size;
  }

  /** Keeps one; the oldest of its kind goes when they are too many. */
  put(key: string, transport: Transport, { keepWarmSecs, keepWarmMax }: IdleLimits): void {
    if (this.#over) {
      transport.abort();
      return;
    }
    const list = this.#byKey.get(key) ?? [];
    this.#byKey.set(key, list);
    const idle = new IdleTransport(transport, () => this.#remove(key, idle));
    list.push(idle);
    idle.wait(this.#clock, keepWarmSecs * 1000);
    if (list.length > keepWarmMax) list[0]?.end();
  }

  /** The one that was used last; undefined when none waits. */
  take(key: string): Transport | undefined {
    const list = this.#byKey.get(key);
    for (let idle = list?.at(-1); idle !== undefined; idle = list?.at(-1)) {
      this.#remove(key, idle);
      const transport = idle.leave();
      if (transport !== undefined) return transport;
    }
    return undefined;
  }

  begins(key: string): void {
    this.#busy.set(key, (this.#busy.get(key) ?? 0) + 1);
  }

  ends(key: string): void {
    const busy = (this.#busy.get(key) ?? 1) - 1;
    if (busy > 0) this.#busy.set(key, busy);
    else this.#busy.delete(key);
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return;
    while (waiting.length > 0 && waiting.shift()?.() !== true);
    if (waiting.length === 0) this.#waiting.delete(key);
  }

  waits(key: string, go: () => boolean): boolean {
    if (!this.#busy.has(key)) return false;
    const waiting = this.#waiting.get(key) ?? [];
    this.#waiting.set(key, waiting);
    waiting.push(go);
    return true;
  }

  takeReader(): ResponseHeadReader {
    return this.#readers.pop() ?? new ResponseHeadReader();
  }

  giveReader(reader: ResponseHeadReader): void {
    reader.reset();
    if (this.#readers.length < keptReaders) this.#readers.push(reader);
  }

  /** Closes all; what is put later is closed too. */
  close(): void {
    this.#over = true;
    for (const list of this.#byKey.values()) for (const idle of list.slice()) idle.end();
  }

  #remove(key: string, idle: IdleTransport): void {
    const list = this.#byKey.get(key) ?? [];
    const at = list.indexOf(idle);
    if (at >= 0) list.splice(at, 1);
    if (list.length === 0) this.#byKey.delete(key);
  }
}

/** One that waits. Whatever its peer says meanwhile ends it: nobody asked. */
class IdleTransport implements TransportSink {
  readonly #transport: Transport;
  readonly #gone: () => void;
  #cancel: (() => void) | undefined = undefined;
  #over = false;

  constructor(transport: Transport, gone: () => void) {
    this.#transport = transport;
    this.#gone = gone;
  }

  wait(clock: Clock, ms: number): void {
    this.#cancel = clock.wakeAt(clock.now() + ms, () => this.end());
    this.#transport.attach(this);
    this.#transport.read(true);
  }

  /** For its next request; undefined when it is of no use any more. */
  leave(): Transport | undefined {
    if (this.#over) return undefined;
    this.#finish();
    return this.#transport;
  }

  end(): void {
    if (this.#over) return;
    this.#finish();
    this.#transport.abort();
  }

  rx(): void {
    this.end();
  }

  peerEnded(): void {
    this.end();
  }

  drained(): void {}

  closed(): void {
    if (!this.#over) this.#finish();
  }

  #finish(): void {
    this.#over = true;
    this.#cancel?.();
    this.#gone();
  }
}
