import type { Clock, CodedError, LogLevel, WsiView } from '@lws-ts/interface';
import { coreErrors } from './errors.ts';
import { log, logVisible } from './log.ts';

/** Characters of a detail, which may be what the peer sent. */
const mostDetail = 256;
/** Lines that one code may write in a second; more are counted and told in one line. */
const mostLines = 10;

interface Bucket {
  since: number;
  lines: number;
  suppressed: number;
  /** To be told with the next line, where there is one a second. */
  untold: number;
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
    linesASecond = mostLines,
  ): void {
    // what a peer does is worth a notice; a program that does what never works has to see it
    const level = error.code === coreErrors.LWS_ERR_HANDLER_ASYNC.code ? 'err' : 'notice';
    if (!logVisible(level)) return;
    const bucket = this.#bucket(error.code, level, linesASecond);
    if (bucket.lines >= linesASecond) {
      bucket.suppressed++;
      return;
    }
    bucket.lines++;
    const { address, port } = wsi.peer;
    // a client that never connected, or a peer without an address
    const who = address === '' ? `wsi ${wsi.id}` : `${address}:${port}`;
    const more = detail === undefined ? '' : `: ${shortened(detail)}`;
    const before = bucket.untold > 0 ? `; ${bucket.untold} more since the last such line` : '';
    bucket.untold = 0;
    log(level, `${error.code} ${who} vhost ${wsi.vhost.name}: ${error.message}${more}${before}`);
  }

  #bucket(code: string, level: LogLevel, linesASecond: number): Bucket {
    const now = this.#clock.now();
    let bucket = this.#buckets.get(code);
    if (bucket === undefined) {
      bucket = { since: now, lines: 0, suppressed: 0, untold: 0 };
      this.#buckets.set(code, bucket);
    }
    if (now - bucket.since < 1000) return bucket;
    if (linesASecond === 1) bucket.untold += bucket.suppressed;
    else if (bucket.suppressed > 0)
      log(level, `${code}: ${bucket.suppressed} more in a second, not shown`);
    bucket.since = now;
    bucket.lines = 0;
    bucket.suppressed = 0;
    return bucket;
  }
}

function shortened(detail: string): string {
  return detail.length <= mostDetail ? detail : `${detail.slice(0, mostDetail)}…`;
}
