/** One connection of an attacker: from where, since when, and until when the server kept it. */
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';

const probeMs = 500;

export class Attacker {
  /** What came so far, its beginning. */
  heard = '';
  /** By `performance.now()`; undefined while it is open. */
  endedAt = undefined;
  beganAt = performance.now();
  connected = false;
  #socket;
  #timers = [];
  #waiting = [];

  /**
   * @param {import('./target.mjs').Target} target
   * @param {{ from?: string, bare?: boolean, reads?: boolean }} how `bare`: no TLS is spoken, also where the target
   *   does; `reads`: false reads nothing beyond what a socket takes by itself
   */
  constructor(target, { from, bare = false, reads = true } = {}) {
    const options = {
      host: target.host,
      port: target.port,
      noDelay: true,
      ...(from === undefined || target.host === '::1' ? {} : { localAddress: from }),
    };
    const tls = target.secure && !bare;
    // the certificate of a server under test is its own matter
    this.#socket = tls ? connectTls({ ...options, rejectUnauthorized: false }) : connect(options);
    this.#socket.once(tls ? 'secureConnect' : 'connect', () => {
      this.connected = true;
      this.begin();
      this.#tell();
    });
    this.#socket.on('error', () => undefined);
    this.#socket.once('close', () => this.#ended());
    // no more is coming: whoever goes on to write learns of the reset
    this.#socket.once('end', () => this.#ended());
    if (reads)
      this.#socket.on('data', (bytes) => {
        if (this.heard.length < 4096) this.heard += bytes.toString('latin1');
        this.#tell();
      });
  }

  get open() {
    return this.endedAt === undefined;
  }

  /** How long the server kept it, since {@link begin}, in ms. */
  get keptMs() {
    return (this.endedAt ?? performance.now()) - this.beganAt;
  }

  /** The status of the answer that came first; undefined without one. */
  get status() {
    const found = /^HTTP\/1\.1 (\d{3})/.exec(this.heard);
    return found === null ? undefined : Number(found[1]);
  }

  /** What is to be cut is counted from now on. */
  begin() {
    this.beganAt = performance.now();
  }

  say(bytes) {
    if (this.open) this.#socket.write(bytes);
  }

  /** Says `bytes` again and again. */
  drip(bytes, everyMs = 1000) {
    this.#timers.push(setInterval(() => this.say(bytes), everyMs));
  }

  /** A reset shows to who does not read only when it writes. */
  probe(bytes) {
    this.drip(bytes, probeMs);
  }

  /** Until `is()` holds after something came, it ended, or that time passed. Says whether it holds. */
  async until(is, ms) {
    const late = performance.now() + ms;
    while (!is() && this.open && performance.now() < late)
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, late - performance.now());
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    return is();
  }

  /** Ends it by a reset; of TLS that of the connection beneath. */
  reset() {
    this.#quiet();
    if (this.#socket.encrypted) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  #ended() {
    this.endedAt ??= performance.now();
    this.#quiet();
    this.#tell();
    this.#socket.destroy();
  }

  #quiet() {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
  }

  #tell() {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
