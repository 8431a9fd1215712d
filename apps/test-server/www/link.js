/**
 * One WebSocket to the server this page came from, made again whenever it ends.
 * Shows its state in a badge. Does not keep what is sent while it is not open.
 */

/** A connection that takes longer to be made is given up and tried again. */
const connectTimeoutMs = 5000;
/** A connection that ends sooner counts as another failure. */
const stableAfterMs = 2000;

/** Links that wait for their next try; any success in between wakes them all. */
const waiting = new Set();

export class Link {
  #protocol;
  #extra;
  #badge;
  #lead;
  #handlers;
  #socket;
  #failures = 0;
  #retry;

  /**
   * @param {object} options
   * @param {string} options.protocol the subprotocol
   * @param {string} [options.extra] what stands behind the slash of the URL
   * @param {HTMLElement} options.badge shows the state: its `data-state` and text are set
   * @param {boolean} [options.lead] tries every second for the first minute; other links slow down sooner
   * @param {{ open?(): void, message(data: string): void, closed?(event: CloseEvent): void }} handlers
   */
  constructor({ protocol, extra = '', badge, lead = false }, handlers) {
    this.#protocol = protocol;
    this.#extra = extra;
    this.#badge = badge;
    this.#lead = lead;
    this.#handlers = handlers;
    this.#connect();
  }

  get isOpen() {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Bytes given to the browser and not yet on the wire. */
  get bufferedAmount() {
    return this.#socket.bufferedAmount;
  }

  /**
   * @param {string} text
   * @returns {boolean} false: not open, nothing was sent
   */
  send(text) {
    if (!this.isOpen) return false;
    this.#socket.send(text);
    return true;
  }

  #connect() {
    waiting.delete(this);
    clearTimeout(this.#retry);
    const socket = new WebSocket(get_appropriate_ws_url(this.#extra), this.#protocol);
    this.#socket = socket;
    if (this.#failures === 0) showState(this.#badge, 'connecting', 'Connecting');
    const patience = setTimeout(() => socket.close(), connectTimeoutMs);
    let openedAt = Number.POSITIVE_INFINITY;

    socket.onopen = () => {
      clearTimeout(patience);
      openedAt = performance.now();
      showState(this.#badge, 'open', 'Open');
      this.#handlers.open?.();
      for (const link of waiting) link.#connect();
    };
    socket.onmessage = (event) => {
      if (typeof event.data === 'string') this.#handlers.message(event.data);
    };
    socket.onclose = (event) => {
      clearTimeout(patience);
      // The code of what ended an open connection says more than those of the tries after it.
      if (openedAt < Number.POSITIVE_INFINITY || this.#failures === 0)
        showState(this.#badge, 'closed', `Closed ${event.code}`);
      const stable = performance.now() - openedAt > stableAfterMs;
      this.#failures = stable ? 1 : this.#failures + 1;
      this.#handlers.closed?.(event);
      waiting.add(this);
      this.#retry = setTimeout(() => this.#connect(), this.#delayMs());
    };
  }

  #delayMs() {
    const patient = this.#lead ? this.#failures > 60 : this.#failures > 3;
    return patient ? 5000 : 1000;
  }

  static {
    const wake = () => {
      if (!document.hidden) for (const link of waiting) link.#connect();
    };
    document.addEventListener('visibilitychange', wake);
    addEventListener('online', wake);
  }
}

/**
 * @param {HTMLElement} badge
 * @param {'connecting' | 'open' | 'closed'} state
 * @param {string} text
 */
export function showState(badge, state, text) {
  badge.dataset.state = state;
  badge.textContent = text;
}

/**
 * A button that cannot be used now keeps its place in the tab order, so that no focus is lost
 * when a connection comes and goes.
 *
 * @param {HTMLElement} button
 * @param {boolean} usable
 */
export function setUsable(button, usable) {
  button.setAttribute('aria-disabled', String(!usable));
}
