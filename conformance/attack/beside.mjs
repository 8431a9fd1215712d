/** What is watched beside an attack: a good client of the server, the server's memory and descriptors, how late its loop is. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const client = fileURLToPath(new URL('good-client.mjs', import.meta.url));
const lookMs = 100;
const tellMs = 20;
const tellWithinMs = 10_000;

/** A good client at work. `stop()` gives how it fared. */
export class GoodClient {
  #child;

  constructor(url) {
    this.#child = fork(client, [url], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  }

  /** Until it asks. */
  async begun() {
    await once(this.#child, 'message');
  }

  /** @returns {Promise<{ asked: number, failed: number, reasons: string[], p50: number, p99: number, worst: number }>} ms */
  async stop() {
    const told = once(this.#child, 'message');
    const ended = once(this.#child, 'exit');
    this.#child.send('stop');
    const [{ asked, failed, reasons, took }] = await told;
    await ended;
    const at = (part) =>
      took[Math.min(took.length - 1, Math.floor(took.length * part))] ?? Number.NaN;
    return {
      asked,
      failed,
      reasons: reasons.map(([reason, count]) => `${count} × ${reason}`),
      p50: at(0.5),
      p99: at(0.99),
      worst: at(1),
    };
  }
}

/** The process of the server, as Linux shows it; nothing is known of none. */
export class Watched {
  #pid;
  #timer;
  #most = { rss: 0, descriptors: 0 };

  constructor(pid) {
    this.#pid = pid;
    if (pid !== undefined)
      this.#timer = setInterval(() => {
        const { rss, descriptors } = this.now();
        this.#most.rss = Math.max(this.#most.rss, rss);
        this.#most.descriptors = Math.max(this.#most.descriptors, descriptors);
      }, lookMs);
  }

  /** Bytes, and a count. */
  now() {
    if (this.#pid === undefined) return undefined;
    const status = readFileSync(`/proc/${this.#pid}/status`, 'utf8');
    const rss = Number(/VmRSS:\s*(\d+)/.exec(status)?.[1]) * 1024;
    return { rss, descriptors: readdirSync(`/proc/${this.#pid}/fd`).length };
  }

  stop() {
    clearInterval(this.#timer);
    return this.#pid === undefined ? undefined : this.#most;
  }
}

/** How late the event loop of a server is that was started with `loop-lag.mjs`; nothing is known of another. */
export class LoopLag {
  #file;
  #pid;

  /** @param {string | undefined} file @throws {Error} when it is not that of such a server */
  constructor(file) {
    if (file === undefined) return;
    this.#file = file;
    this.#pid = this.#read()?.pid;
    if (!Number.isInteger(this.#pid)) throw new Error(`--lag ${file}: no server writes it`);
  }

  /** Since it was taken before: ms beyond when a look was due. Waits for a loop that stands still. */
  async take() {
    if (this.#file === undefined) return undefined;
    rmSync(this.#file);
    process.kill(this.#pid, 'SIGUSR2');
    for (let waited = 0; waited < tellWithinMs; waited += tellMs) {
      await sleep(tellMs);
      const lag = this.#read();
      if (lag !== undefined) return { p50: lag.p50, p99: lag.p99, most: lag.most };
    }
    throw new Error(`the server did not write ${this.#file} in ${tellWithinMs / 1000} s`);
  }

  #read() {
    try {
      return JSON.parse(readFileSync(this.#file, 'utf8'));
    } catch {
      return undefined;
    }
  }
}
