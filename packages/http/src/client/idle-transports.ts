/** Connections of clients that had a whole answer and wait for another request, by where they lead. */
import { FreeList } from '@lws-ts/core';
import type { Clock, RoleHost, Transport, TransportSink } from '@lws-ts/interface';
import { ResponseHeadReader } from '../framing/index.ts';
import type { TransportSource } from './client-requester.ts';
import type { WaitingRequest } from './waiting-request.ts';

/** Readers that wait for a request, each with 16 KiB. */
const keptReaders = 128;

/** How long one waits, and how many of its kind. */
export interface IdleLimits {
  readonly keepWarmSecs: number;
  readonly keepWarmMax: number;
}

/** All that go the same way. */
interface Lane {
  readonly key: string;
  /** That wait, the one that was used last at the end. */
  readonly idle: IdleTransport[];
  /** Requests that go there. */
  busy: number;
  /** Requests that wait for one of these to end. */
  waiting: WaitingRequest[] | undefined;
  /** The connection that they may be sent by before that. */
  leader: RoleHost | undefined;
}

export class IdleTransports implements TransportSource {
  readonly #clock: Clock;
  readonly #lanes = new Map<string, Lane>();
  readonly #readers = new FreeList<ResponseHeadReader>(keptReaders);
  /** One for all: putting one there and taking it out costs no timer. */
  #cancel: (() => void) | undefined = undefined;
  #wakeAt = Number.POSITIVE_INFINITY;
  #over = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many wait. */
  get size(): number {
    let size = 0;
    for (const { idle } of this.#lanes.values()) size += idle.length;
    return size;
  }

  /** Keeps one; the oldest of its kind goes when they are too many. */
  put(key: string, transport: Transport, { keepWarmSecs, keepWarmMax }: IdleLimits): void {
    if (this.#over) {
      transport.abort();
      return;
    }
    const lane = this.#lane(key);
    const until = this.#clock.now() + keepWarmSecs * 1000;
    lane.idle.push(new IdleTransport(this, lane, transport, until));
    if (until < this.#wakeAt) this.#wakeFor(until);
    if (lane.idle.length > keepWarmMax) lane.idle[0]?.end();
  }

  /** The one that was used last; undefined when none waits. */
  take(key: string): Transport | undefined {
    const lane = this.#lanes.get(key);
    if (lane === undefined) return undefined;
    for (let idle = lane.idle.pop(); idle !== undefined; idle = lane.idle.pop()) {
      const transport = idle.leave();
      if (transport !== undefined) return transport;
    }
    return undefined;
  }

  begins(key: string): void {
    this.#lane(key).busy++;
  }

  ends(key: string, passedOn: boolean): void {
    const lane = this.#lane(key);
    lane.busy--;
    lane.leader = undefined;
    const { waiting } = lane;
    if (!passedOn)
      while (waiting !== undefined && waiting.length > 0 && waiting.shift()?.go() !== true);
    this.#dropEmpty(lane);
  }

  waits(key: string, request: WaitingRequest): boolean {
    const lane = this.#lanes.get(key);
    if (lane === undefined || lane.busy === 0) return false;
    lane.waiting ??= [];
    lane.waiting.push(request);
    // in its turn: whoever asks is not told of anything before the call returned
    lane.leader?.forceService();
    return true;
  }

  leads(key: string, host: RoleHost): void {
    const lane = this.#lane(key);
    lane.leader = host;
    if (lane.waiting !== undefined && lane.waiting.length > 0) host.forceService();
  }

  firstWaiting(key: string): WaitingRequest | undefined {
    return this.#lanes.get(key)?.waiting?.[0];
  }

  dropFirst(key: string): void {
    this.#lanes.get(key)?.waiting?.shift();
  }

  takeReader(): ResponseHeadReader {
    return this.#readers.take() ?? new ResponseHeadReader();
  }

  giveReader(reader: ResponseHeadReader): void {
    reader.reset();
    this.#readers.give(reader);
  }

  /** Closes all; what is put later is closed too. */
  close(): void {
    this.#over = true;
    this.#cancel?.();
    for (const { idle } of this.#lanes.values()) for (const one of idle.slice()) one.end();
  }

  /** One of a lane ended while it waited. */
  left(lane: Lane, idle: IdleTransport): void {
    const at = lane.idle.lastIndexOf(idle);
    if (at >= 0) lane.idle.splice(at, 1);
    this.#dropEmpty(lane);
  }

  #lane(key: string): Lane {
    const known = this.#lanes.get(key);
    if (known !== undefined) return known;
    const lane: Lane = { key, idle: [], busy: 0, waiting: undefined, leader: undefined };
    this.#lanes.set(key, lane);
    return lane;
  }

  #dropEmpty({ key, idle, busy, waiting }: Lane): void {
    if (busy === 0 && idle.length === 0 && (waiting?.length ?? 0) === 0) this.#lanes.delete(key);
  }

  #wakeFor(at: number): void {
    this.#cancel?.();
    this.#wakeAt = at;
    this.#cancel = this.#clock.wakeAt(at, () => this.#sweep());
  }

  /** Ends those whose time is over, and sleeps until that of the next. */
  #sweep(): void {
    this.#cancel = undefined;
    this.#wakeAt = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const { idle } of this.#lanes.values())
      for (const one of idle.slice())
        if (one.until <= now) one.end();
        else next = Math.min(next, one.until);
    if (next < this.#wakeAt) this.#wakeFor(next);
  }
}

/** One that waits. Whatever its peer says meanwhile ends it: nobody asked. */
class IdleTransport implements TransportSink {
  /** On the clock, in ms. */
  readonly until: number;
  readonly #all: IdleTransports;
  readonly #lane: Lane;
  readonly #transport: Transport;
  #over = false;

  constructor(all: IdleTransports, lane: Lane, transport: Transport, until: number) {
    this.#all = all;
    this.#lane = lane;
    this.#transport = transport;
    this.until = until;
    transport.attach(this);
    transport.read(true);
  }

  /** For its next request, off its lane; undefined when it is of no use any more. */
  leave(): Transport | undefined {
    if (this.#over) return undefined;
    this.#over = true;
    return this.#transport;
  }

  end(): void {
    if (this.#over) return;
    this.closed();
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
    if (this.#over) return;
    this.#over = true;
    this.#all.left(this.#lane, this);
  }
}
