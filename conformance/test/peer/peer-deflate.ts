/**
 * permessage-deflate as a peer does it: a stream of zlib for each direction that lives as long as its context,
 * in the window that was agreed on. Nothing of the code under test.
 */
import {
  constants,
  createDeflateRaw,
  createInflateRaw,
  type DeflateRaw,
  type InflateRaw,
} from 'node:zlib';

export interface Agreed {
  readonly outTakeover: boolean;
  readonly outBits: number;
  readonly inTakeover: boolean;
  readonly inBits: number;
}

const tail = Uint8Array.of(0, 0, 0xff, 0xff);

export class PeerDeflate {
  readonly #agreed: Agreed;
  #out: DeflateRaw | undefined = undefined;
  #in: InflateRaw | undefined = undefined;

  constructor(agreed: Agreed) {
    this.#agreed = agreed;
  }

  /** The payload of a message, compressed. */
  async deflate(payload: Uint8Array): Promise<Uint8Array> {
    const { outTakeover, outBits } = this.#agreed;
    this.#out ??= createDeflateRaw({
      level: 1,
      windowBits: outBits,
      flush: constants.Z_SYNC_FLUSH,
    });
    const stream = this.#out;
    const deflated = await through(stream, payload);
    if (!outTakeover) this.#out = closed(stream);
    return deflated.subarray(0, deflated.length - tail.length);
  }

  /** What a message's payload was before. */
  async inflate(payload: Uint8Array): Promise<Uint8Array> {
    const { inTakeover, inBits } = this.#agreed;
    this.#in ??= createInflateRaw({
      windowBits: inBits,
      // zlib sees that a distance is over the window only when what it makes at once is not larger
      chunkSize: inBits < 15 ? 1024 : 16_384,
      flush: constants.Z_SYNC_FLUSH,
    });
    const stream = this.#in;
    const inflated = await through(stream, Buffer.concat([payload, tail]));
    if (!inTakeover) this.#in = closed(stream);
    return inflated;
  }

  close(): void {
    this.#out?.close();
    this.#in?.close();
  }
}

/** The next message begins with another one. */
function closed(stream: DeflateRaw | InflateRaw): undefined {
  stream.close();
}

/** Writes `bytes` and gives all that comes of it. */
function through(stream: DeflateRaw | InflateRaw, bytes: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const parts: Uint8Array[] = [];
    const take = (part: Uint8Array): void => void parts.push(part);
    stream.on('data', take);
    stream.once('error', reject);
    stream.write(bytes, () => {
      stream.off('data', take);
      stream.off('error', reject);
      resolve(Buffer.concat(parts));
    });
  });
}
