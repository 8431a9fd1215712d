/** One way, or several, to break each rule: what is added last to frames that are right. */
import { OPCODE, type WsViolationCode } from '@lws-ts/ws-framing';
import type { Random } from './random.ts';
import type { FrameList } from './sequences.ts';

export interface Violation {
  readonly code: WsViolationCode;
  add(frames: FrameList, random: Random): void;
}

/** Never UTF-8, whatever comes next. */
const notText = [
  '80',
  'c080',
  'c341',
  'e09f',
  'eda0',
  'e241',
  'f08f',
  'f490',
  'f5',
  'ff',
  'e28241',
  'f09f9241',
];
/** UTF-8 that stops inside a character. */
const cutText = ['c3', 'e2', 'e282', 'f0', 'f09f', 'f09f92', 'ed9f', 'f48f'];
const badCloseCodes = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535];

export const violations: readonly Violation[] = [
  {
    code: 'LWS_ERR_WS_RESERVED_BIT',
    add: (frames, random) => {
      const image = goodNext(frames, random);
      image[0] = first(image) | random.pick([0x10, 0x20, 0x30, 0x40, 0x70]);
      frames.addImage(image);
    },
  },
  {
    code: 'LWS_ERR_WS_OPCODE',
    add: (frames, random) => {
      const opcode = random.pick([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]);
      frames.addImage(frames.image(opcode, random.chance(70), random.bytes(random.below(9))));
    },
  },
  {
    code: 'LWS_ERR_WS_CONTROL_FRAGMENTED',
    add: (frames, random) => {
      const opcode = random.pick([OPCODE.close, OPCODE.ping, OPCODE.pong]);
      frames.addImage(frames.image(opcode, false, random.bytes(random.below(9))));
    },
  },
  {
    code: 'LWS_ERR_WS_CONTINUATION',
    add: (frames, random) => {
      frames.reachOutside();
      frames.addImage(
        frames.image(OPCODE.continuation, random.chance(50), random.bytes(random.below(9))),
      );
    },
  },
  {
    code: 'LWS_ERR_WS_INTERLEAVED',
    add: (frames, random) => {
      frames.reachInside(random.pick([OPCODE.text, OPCODE.binary]));
      const opcode = random.pick([OPCODE.text, OPCODE.binary]);
      frames.addImage(frames.image(opcode, random.chance(50), frames.text(random.below(9))));
    },
  },
  {
    code: 'LWS_ERR_WS_MASK',
    add: (frames, random) => {
      const image = goodNext(frames, random);
      image[1] = (image[1] as number) ^ 0x80;
      frames.addImage(image);
    },
  },
  {
    code: 'LWS_ERR_WS_CONTROL_LENGTH',
    add: (frames, random) => {
      const opcode = random.pick([OPCODE.close, OPCODE.ping, OPCODE.pong]);
      const size = random.pick([126, 127, 200, 65_536]);
      frames.addImage(frames.image(opcode, true, new Uint8Array(size)));
    },
  },
  {
    code: 'LWS_ERR_WS_LENGTH_NOT_MINIMAL',
    add: (frames, random) => {
      frames.reachOutside();
      const wide = random.chance(50);
      const payload = random.bytes(wide ? random.pick([0, 5, 125, 126, 300]) : random.below(126));
      addLength(frames, wide ? 8 : 2, BigInt(payload.length), payload);
    },
  },
  {
    code: 'LWS_ERR_WS_LENGTH_SIGN',
    add: (frames, random) => {
      frames.reachOutside();
      addLength(frames, 8, (1n << 63n) | BigInt(random.pick([0, 5, 2 ** 32])), random.bytes(9));
    },
  },
  {
    code: 'LWS_ERR_WS_LENGTH_UNSUPPORTED',
    add: (frames, random) => {
      frames.reachOutside();
      addLength(frames, 8, random.pick([1n << 53n, 1n << 56n, (1n << 63n) - 1n]), random.bytes(9));
    },
  },
  { code: 'LWS_ERR_WS_UTF8', add: addBadText },
  {
    code: 'LWS_ERR_WS_UTF8_INCOMPLETE',
    add: (frames, random) => {
      if (random.chance(50)) frames.reachInside(OPCODE.text);
      else frames.reachOutside();
      const cut = Buffer.from(random.pick(cutText), 'hex');
      const bytes = Buffer.concat([frames.text(random.below(60)), cut]);
      const at = random.between(0, bytes.length);
      if (random.chance(50)) frames.addData(bytes, true);
      else {
        frames.addData(bytes.subarray(0, at), false);
        if (random.chance(50)) frames.addControl(OPCODE.ping, random.bytes(3));
        frames.addData(bytes.subarray(at), true);
      }
    },
  },
  {
    code: 'LWS_ERR_WS_CLOSE_LENGTH',
    add: (frames, random) => frames.addControl(OPCODE.close, random.bytes(1)),
  },
  {
    code: 'LWS_ERR_WS_CLOSE_CODE',
    add: (frames, random) => {
      const code = random.pick(badCloseCodes);
      const reason = frames.text(random.below(20));
      frames.addControl(
        OPCODE.close,
        Buffer.concat([Uint8Array.of(code >> 8, code & 0xff), reason]),
      );
    },
  },
  {
    code: 'LWS_ERR_WS_CLOSE_REASON',
    add: (frames, random) => {
      const bad = Buffer.from(random.pick([...notText, ...cutText]), 'hex');
      const reason = Buffer.concat([frames.text(random.below(20)), bad]);
      frames.addControl(OPCODE.close, Buffer.concat([Uint8Array.of(0x03, 0xe8), reason]));
    },
  },
];

function first(image: Uint8Array): number {
  return image[0] as number;
}

/** A frame that would be right here, but that it is not added. */
function goodNext(frames: FrameList, random: Random): Uint8Array {
  frames.reachOutside();
  const opcode = random.pick([OPCODE.text, OPCODE.binary, OPCODE.ping, OPCODE.pong]);
  return frames.image(opcode, true, frames.text(random.below(30)));
}

/** Bad bytes somewhere in a text, whose message may have begun before and may go on after. */
function addBadText(frames: FrameList, random: Random): void {
  if (random.chance(50)) frames.reachInside(OPCODE.text);
  else frames.reachOutside();
  const bad = Buffer.from(random.pick(notText), 'hex');
  const before = frames.text(random.pick([0, 3, 30, 70, 300]));
  const after = frames.text(random.pick([0, 3, 70]));
  const bytes = Buffer.concat([before, bad, after]);
  if (random.chance(50)) {
    frames.addData(bytes, random.chance(80));
    return;
  }
  const at = random.between(0, bytes.length);
  frames.addData(bytes.subarray(0, at), false);
  if (random.chance(50)) frames.addControl(OPCODE.pong, random.bytes(3));
  frames.addData(bytes.subarray(at), random.chance(80));
}

/** A binary frame whose length is written in `size` bytes. */
function addLength(frames: FrameList, size: 2 | 8, length: bigint, payload: Uint8Array): void {
  const masked = frames.side === 'server';
  const head = Uint8Array.of(0x82, (masked ? 0x80 : 0) | (size === 2 ? 126 : 127));
  const digits = Buffer.from(length.toString(16).padStart(size * 2, '0'), 'hex');
  frames.addImage(Buffer.concat([head, digits, new Uint8Array(masked ? 4 : 0), payload]));
}
