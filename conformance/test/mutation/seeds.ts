/** What is mutated: the frames of all small cases, some longer ones, and compressed messages, as each side says them. */

import { constants, deflateRawSync } from 'node:zlib';
import { cases } from '../cases/all.ts';
import { fragments, frame } from '../cases/case.ts';
import { frameImage, type PeerSide } from '../peer/frame-image.ts';

/** Images of frames, in order. */
export type Seed = readonly Uint8Array[];

const largest = 1024;
const most = 40;

/** Seeds as the peer of that side says them. */
export function seedsOf(side: PeerSide): readonly Seed[] {
  const long = [frame(1, 'häh'.repeat(800)), frame(2, new Uint8Array(5000))];
  const longer = long.map((each, turn) => [frameImage(each, side, turn)]);
  const small = cases.flatMap(({ id, acts }) => {
    if (id.startsWith('9.')) return [];
    const frames = acts().flatMap((act) => (act.do === 'say' && act.from === 0 ? [act.frame] : []));
    const octets = frames.reduce((sum, { payload }) => sum + payload.length, 0);
    if (octets > largest || frames.length > most) return [];
    return [frames.map((each, turn) => frameImage(each, side, turn))];
  });
  return [...small, ...longer];
}

/** Messages compressed by zlib, whole and in fragments. */
export function compressedSeeds(side: PeerSide): readonly Seed[] {
  return ['', 'a', 'hello, wörld', '😀'.repeat(40), 'abc'.repeat(1000)].flatMap((text) => {
    const deflated = deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH });
    const payload = new Uint8Array(deflated.subarray(0, -4));
    return [payload.length, 1, 7].map((size) => {
      const [first = frame(1), ...rest] = fragments(1, payload, Math.max(1, size));
      return [{ ...first, rsv: 4 }, frame(9, 'ping'), ...rest].map((each, turn) =>
        frameImage(each, side, turn),
      );
    });
  });
}
