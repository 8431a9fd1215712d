/**
 * A ring of elements that several readers consume, each at its own pace. An element is dropped when the
 * slowest reader has taken it.
 */
import { interfaceErrors, LwsError } from '@lws-ts/interface';
import { coreErrors } from './errors.ts';

/** One reader's place in a ring. Made by {@link Ring.tail}. */
export class RingTail {
  /** Owned by the ring: how many elements it has passed since the ring was made. */
  at: number;

  constructor(at: number) {
    this.at = at;
  }
}

/** lws: struct lws_ring */
export class Ring<T> {
  readonly #elements: (T | undefined)[];
  readonly #dropped: ((element: T) => void) | undefined;
  readonly #tails = new Set<RingTail>();
  /** Elements inserted, and elements dropped, since the ring was made. */
  #head = 0;
  #oldest = 0;

  /**
   * @param capacity how many elements it holds, 1 to 1 Mi
   * @param dropped called for each element that no reader needs any more
   * @throws `LWS_ERR_OPTION`
   *
   * lws: lws_ring_create (whose ring of n holds n - 1)
   */
  constructor(capacity: number, dropped?: (element: T) => void) {
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > 1 << 20)
      throw new LwsError(
        interfaceErrors.LWS_ERR_OPTION,
        `capacity of a ring is ${capacity}, not 1 to 1 Mi`,
      );
    if (dropped !== undefined && typeof dropped !== 'function')
      throw new LwsError(interfaceErrors.LWS_ERR_OPTION, 'dropped of a ring is no function');
    this.#elements = Array.from({ length: capacity }, () => undefined);
    this.#dropped = dropped;
  }

  get capacity(): number {
    return this.#elements.length;
  }

  /** Elements that can be inserted before the slowest reader must go on. lws: lws_ring_get_count_free_elements */
  get free(): number {
    return this.capacity - (this.#head - this.#oldest);
  }

  /** Readers. */
  get readers(): number {
    return this.#tails.size;
  }

  /** A new reader, which sees what is inserted from now on. */
  tail(): RingTail {
    const tail = new RingTail(this.#head);
    this.#tails.add(tail);
    return tail;
  }

  /** A reader goes; what only it needed is dropped. */
  remove(tail: RingTail): void {
    if (this.#tails.delete(tail)) this.#drop();
  }

  /** False: the ring is full. Without readers the element is dropped at once. lws: lws_ring_insert */
  insert(element: T): boolean {
    if (this.free === 0) return false;
    this.#elements[this.#head % this.capacity] = element;
    this.#head++;
    if (this.#tails.size === 0) this.#drop();
    return true;
  }

  /** How many elements wait for that reader. lws: lws_ring_get_count_waiting_elements */
  waiting(tail: RingTail): number {
    this.#check(tail);
    return this.#head - tail.at;
  }

  /** The reader's next element, or undefined when none waits. lws: lws_ring_get_element */
  peek(tail: RingTail): T | undefined {
    return this.waiting(tail) === 0 ? undefined : this.#elements[tail.at % this.capacity];
  }

  /** The reader passes up to `count` elements; returns how many. lws: lws_ring_consume */
  consume(tail: RingTail, count = 1): number {
    const waiting = this.waiting(tail);
    if (!Number.isInteger(count) || count < 0)
      throw new LwsError(interfaceErrors.LWS_ERR_OPTION, `consume(${count}): not a count`);
    const passed = Math.min(count, waiting);
    const slowest = tail.at === this.#oldest;
    tail.at += passed;
    if (slowest && passed > 0) this.#drop();
    return passed;
  }

  /** The reader that has most waiting, or undefined without readers. lws: lws_ring_get_oldest_tail */
  slowest(): RingTail | undefined {
    let slowest: RingTail | undefined;
    for (const tail of this.#tails)
      if (slowest === undefined || tail.at < slowest.at) slowest = tail;
    return slowest;
  }

  #check(tail: RingTail): void {
    if (!this.#tails.has(tail)) throw new LwsError(coreErrors.LWS_ERR_RING);
  }

  #drop(): void {
    const oldest = this.slowest()?.at ?? this.#head;
    // `dropped` may insert: the ring is consistent before each call
    while (this.#oldest < oldest) {
      const place = this.#oldest++ % this.capacity;
      const element = this.#elements[place];
      this.#elements[place] = undefined;
      this.#dropped?.(element as T);
    }
  }
}
