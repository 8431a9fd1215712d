/** WS-8, and of WS-9 what is said when compression was agreed on. */
import { constants, deflateRawSync } from 'node:zlib';
import { frame, hex } from '../cases/case.ts';
import { atDepth, sized } from '../cases/depth.ts';
import { eventLine } from '../framing/outcome.ts';
import { type Attack, fails, kibibyte, mebibyte, said } from './attack.ts';

const gibibyte = 1024 * mebibyte;

/** Zeros, `bytes` of them in about a thousandth of that. Each MiB refers to nothing before it, so that one is made. */
function bomb(bytes: number): Uint8Array {
  const zeros = new Uint8Array(Math.min(bytes, mebibyte));
  const wire = deflateRawSync(zeros, { level: 9, finishFlush: constants.Z_SYNC_FLUSH });
  return Buffer.alloc(wire.length * (bytes / zeros.length), wire).subarray(0, -4);
}

const compressed = { vhost: 'deflate', offer: 'permessage-deflate' } as const;
/** RSV1: the message is compressed. */
const rsv = 4;
/** However large what is inflated would be. */
const grows = { pinned: mebibyte, rss: 8 * mebibyte };

const streamed = atDepth(gibibyte, 64 * mebibyte);

const bombs: readonly Attack[] = [
  ...[gibibyte, 15 * mebibyte, 2 * mebibyte].map(
    (bytes): Attack => ({
      id: 'WS-8',
      about: `a bomb: ${sized(bytes)} of zeros in ${Math.round(bomb(bytes).length / kibibyte)} KiB`,
      ...compressed,
      says: () => [said(frame(2, bomb(bytes), { rsv }))],
      ...fails(1009, 'WS_DEFLATE_SIZE'),
      grows,
    }),
  ),
  {
    id: 'WS-8',
    about: 'the same as a text, in fragments of 16 KiB',
    ...compressed,
    says: () => {
      const payload = bomb(gibibyte);
      const size = 16 * kibibyte;
      return Array.from({ length: Math.ceil(payload.length / size) }, (_, at) =>
        said(
          frame(at === 0 ? 1 : 0, payload.subarray(at * size, (at + 1) * size), {
            rsv: at === 0 ? rsv : 0,
            fin: (at + 1) * size >= payload.length,
          }),
        ),
      );
    },
    ...fails(1009, 'WS_DEFLATE_SIZE'),
    grows,
  },
  {
    id: 'WS-8',
    about: `${sized(streamed)} of zeros for a program that takes chunks, and has all of them`,
    ...compressed,
    program: 'counting',
    says: () => [said(frame(2, bomb(streamed), { rsv }))],
    hears: [eventLine('text', Buffer.from(String(streamed)))],
    codes: [],
    // chunks that the program let go, until garbage is collected
    grows: { pinned: mebibyte, rss: 64 * mebibyte },
  },
];

const garbage: readonly Attack[] = (
  [
    ['a block of the type there is not', '07'],
    ['a stored block whose length is not its complement', '00 0500 0500 48656c6c6f'],
    ['a distance before the beginning', '4b 04 02 00'],
    ['a block that ends early', '4a'],
    ['octets behind the last block', '01 0000 ffff ff'],
    ['a hundred last blocks', '010000ffff'.repeat(100)],
  ] as const
).map(
  ([about, wire]): Attack => ({
    id: 'WS-9',
    about: `what does not inflate: ${about}`,
    ...compressed,
    says: () => [said(frame(2, hex(wire), { rsv }))],
    ...fails(1007, 'WS_DEFLATE_DATA'),
  }),
);

export const deflateAttacks: readonly Attack[] = [...bombs, ...garbage];
