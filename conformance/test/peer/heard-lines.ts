/** What a peer hears, as lines, in order, though inflating takes its time. */
import { eventLine } from '../framing/outcome.ts';
import type { PeerSide } from './frame-image.ts';
import { type Heard, Hearing } from './hearing.ts';
import { LineQueue } from './line-queue.ts';
import type { PeerDeflate } from './peer-deflate.ts';

export class HeardLines {
  readonly #lines = new LineQueue();
  readonly #hearing: Hearing;
  readonly #deflate: PeerDeflate | undefined;
  #inflated: Promise<void> = Promise.resolve();
  /** Messages that came compressed. */
  compressed = 0;

  constructor(side: PeerSide, deflate: PeerDeflate | undefined) {
    this.#deflate = deflate;
    this.#hearing = new Hearing({
      masked: side === 'server',
      compression: deflate !== undefined,
      take: (heard) => this.#take(heard),
    });
  }

  push(octets: Uint8Array): void {
    this.#hearing.push(octets);
  }

  /** Nothing more comes. */
  end(): void {
    this.add(this.#hearing.inFrame ? 'wrong end inside a frame' : 'end');
  }

  next(withinMs: number): Promise<string | undefined> {
    return this.#lines.next(withinMs);
  }

  add(line: string): void {
    if (this.compressed === 0) this.#lines.add(line);
    else this.#inflated = this.#inflated.then(() => this.#lines.add(line));
  }

  #take(heard: Heard): void {
    const { kind, payload } = heard;
    if (kind === 'wrong') this.add(`wrong ${Buffer.from(payload).toString()}`);
    else if (kind === 'close') this.add(closeLine(payload));
    else if (heard.compressed) this.#inflate(kind, payload);
    else this.add(messageLine(kind, payload));
  }

  #inflate(kind: string, payload: Uint8Array): void {
    this.compressed++;
    const deflate = this.#deflate;
    this.#inflated = this.#inflated.then(async () => {
      try {
        this.#lines.add(messageLine(kind, (await deflate?.inflate(payload)) ?? payload));
      } catch (error) {
        this.#lines.add(`wrong ${String(error)}`);
      }
    });
  }
}

const strict = new TextDecoder('utf-8', { fatal: true });

function isText(octets: Uint8Array): boolean {
  try {
    strict.decode(octets);
    return true;
  } catch {
    return false;
  }
}

function messageLine(kind: string, payload: Uint8Array): string {
  return kind === 'text' && !isText(payload) ? 'wrong text that is none' : eventLine(kind, payload);
}

/** The reason is the other side's own, if it is text. */
function closeLine(payload: Uint8Array): string {
  if (payload.length === 0) return 'close 1005';
  if (payload.length === 1 || !isText(payload.subarray(2))) return 'wrong close payload';
  return `close ${((payload[0] ?? 0) << 8) | (payload[1] ?? 0)}`;
}
