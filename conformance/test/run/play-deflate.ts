/** Plays a case of compression: message after message, each when the one before has come back. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { close, fragments, frame } from '../cases/case.ts';
import { messageOf } from '../cases/corpora.ts';
import type { DeflateCase } from '../cases/deflate.ts';
import { eventLine } from '../framing/outcome.ts';
import { frameImage } from '../peer/frame-image.ts';
import type { PeerDeflate } from '../peer/peer-deflate.ts';
import type { Party } from './party.ts';
import { judge, type Verdict } from './verdict.ts';

const patienceMs = 8000;

/** @param compresses the other side is to compress what it sends of at least so many octets */
export async function playDeflate(
  one: DeflateCase,
  peer: Party & { readonly compressed: number },
  deflate: PeerDeflate,
  compresses: number,
): Promise<Verdict> {
  const kind = one.corpus.binary ? 'binary' : 'text';
  for (let at = 0; at < one.count; at++) {
    const message = messageOf(one.corpus, one.size, at);
    await peer.say(await framesOf(one, message, peer, deflate));
    const heard = await peer.next(patienceMs);
    const expected = eventLine(kind, message);
    if (heard !== expected)
      return judge([expected], heard === undefined ? [] : [heard], false, false);
  }
  await peer.say([frameImage(close(1000), peer.side, 0)]);
  const heard = [await peer.next(patienceMs), await peer.next(patienceMs)].map(String);
  const verdict = judge(['close 1000', 'end'], heard, false, false);
  if (verdict.behaviour !== 'OK') return verdict;
  const told = peer.told === undefined ? 1000 : await peer.told();
  if (told !== 1000) return { behaviour: 'FAILED', detail: `the program was told ${told}` };
  const least = one.size >= compresses && one.corpus.binary === false ? one.count : 0;
  if (peer.compressed < least)
    return { behaviour: 'FAILED', detail: `${peer.compressed} of ${one.count} came compressed` };
  return verdict;
}

/** A compressed message in frames, RSV1 on the first alone (RFC 7692 §6.1), in one write. */
async function framesOf(
  { corpus, fragment }: DeflateCase,
  message: Uint8Array,
  peer: Party,
  deflate: PeerDeflate,
): Promise<Uint8Array[]> {
  const payload = await deflate.deflate(message);
  await nextTurn();
  const opcode = corpus.binary ? 2 : 1;
  const [first = frame(opcode), ...rest] = fragments(opcode, payload, fragment ?? payload.length);
  const images = [{ ...first, rsv: 4 }, ...rest].map((each, turn) =>
    frameImage(each, peer.side, turn),
  );
  return [Buffer.concat(images)];
}
