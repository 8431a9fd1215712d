import type { Clock, CodedError, WsiView } from '@lws-ts/interface';
import { log, logVisible } from './log.ts';

/** Lines that one code may write in a second; more are counted and told in one line. */
const linesASecond = 10;

interface Bucket {
  since: number;
  lines: number;
  suppressed: number;
}

/** One log line for each refusal, bounded for each code, so that no peer fills a disk. */
export class RefusalLog {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  report(
    error: CodedError,
    wsi: Pick<WsiView, 'id' | 'peer' | 'vhost'>,
    detail: string | undefined,
  ): void {
    if (!logVisible('notice')) return;
    const bucket = this.#bucket(error.code);
    if (bucket.lines >= linesASecond) {
      bucket.suppressed++;
      return;
    }
    bucket.lines++;
    const { address, port } = wsi.peer;
    // a client that never connected, or a peer without an address
    const who = address === '' ? `wsi ${wsi.id}` : `${address}:${port}`;
    const more = detail === undefined ? '' : `: ${detail}`;
    log('notice', `${error.code} ${who} vhost ${wsi.vhost.name}: ${error.message}${more}`);
  }

  #bucket(code: string): Bucket {
    const now = this.#clock.now();
    let bucket = this.#buckets.get(code);
    if (bucket === undefined) {
      bucket = { since: now, lines: 0, suppressed: 0 };
      this.#buckets.set(code, bucket);
    }
    if (now - bucket.since < 1000) return bucket;
    if (bucket.suppressed > 0)
      log('notice', `${code}: ${bucket.suppressed} more in a second, not shown`);
    bucket.since = now;
    bucket.lines = 0;
    bucket.suppressed = 0;
    return bucket;
  }
}
