/** Sequences of frames, most of them as they should be, every other one with a violation at its end. */
import { encodeClosePayload, OPCODE, type WsViolationCode } from '@lws-ts/ws-framing';
import { ourFrame, type WireFrame } from './our-side.ts';
import type { Random } from './random.ts';
import { violations } from './violations.ts';
import { wsFrame } from './ws-side.ts';

export interface Sequence {
  readonly side: 'server' | 'client';
  readonly wire: Uint8Array;
  /** Where the wire is cut into chunks. */
  readonly cuts: readonly number[];
  /** What was put in: one violation; `harm`: bytes were changed or left out, anything may come of it; `none`. */
  readonly holds: WsViolationCode | 'harm' | 'none';
}

const letters = [
  'a',
  'hello ',
  'ä',
  '€',
  '😀',
  '\u0000',
  '\ufeff',
  '\ud7ff',
  '\uffff',
  '\u{10ffff}',
];

/** The sequence of a seed's random numbers. */
export function makeSequence(random: Random): Sequence {
  const frames = new FrameList(random);
  for (let left = random.between(1, 12); left > 0; left--) frames.addGood();
  let holds: Sequence['holds'] = 'none';
  const kind = random.below(100);
  if (kind < 50) {
    const violation = random.pick(violations);
    violation.add(frames, random);
    holds = violation.code;
    if (random.chance(10)) return endingInside(frames, random);
    if (random.chance(50)) frames.addGood();
  } else if (kind < 62) holds = 'harm';
  else if (random.chance(30)) frames.addClose();
  let wire = frames.wire();
  if (holds === 'harm') wire = harm(wire, random);
  return { side: frames.side, wire, cuts: cutsOf(wire.length, random), holds };
}

/** The wire ends among the first bytes of its last frame. */
function endingInside(frames: FrameList, random: Random): Sequence {
  const whole = frames.wire();
  const begin = whole.length - frames.lastSize;
  const wire = whole.subarray(0, begin + random.between(1, Math.min(12, frames.lastSize)));
  return { side: frames.side, wire, cuts: cutsOf(wire.length, random), holds: 'harm' };
}

/** Changes some bytes, and lets the wire end early now and then. */
function harm(wire: Uint8Array, random: Random): Uint8Array {
  for (let times = random.between(1, 3); times > 0; times--)
    wire[random.below(wire.length)] = random.below(256);
  return random.chance(50) ? wire.subarray(0, random.between(1, wire.length)) : wire;
}

/** Whole, byte by byte, or at a few places. */
function cutsOf(length: number, random: Random): number[] {
  const kind = random.below(10);
  if (kind < 4) return [];
  if (kind < 5 && length < 2000) return Array.from({ length: length - 1 }, (_, at) => at + 1);
  const cuts = Array.from({ length: random.between(1, 6) }, () => random.below(length));
  return cuts.sort((a, b) => a - b);
}

/** Frames of one direction, in order; keeps account of the message under way. */
export class FrameList {
  readonly side: 'server' | 'client';
  readonly #random: Random;
  readonly #images: Uint8Array[];
  /** The opcode of the unfinished message; 0 outside. */
  #message: number;

  constructor(random: Random) {
    this.#random = random;
    this.side = random.pick(['server', 'client']);
    this.#images = [];
    this.#message = 0;
  }

  /** Bytes of the frame added last. */
  get lastSize(): number {
    return this.#images.at(-1)?.length ?? 0;
  }

  wire(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#images));
  }

  /** A frame as both writers put it; they have to agree. */
  image(opcode: number, fin: boolean, payload: Uint8Array): Uint8Array {
    const mask = this.side === 'server' ? this.#random.bytes(4) : undefined;
    const frame: WireFrame = { opcode, fin, payload, mask };
    const ours = ourFrame(frame);
    const theirs = wsFrame(frame);
    if (Buffer.compare(ours, theirs) !== 0)
      throw new Error(
        `the writers differ: ${Buffer.from(ours).toString('hex')}, ws ${Buffer.from(theirs).toString('hex')}`,
      );
    return ours;
  }

  addImage(image: Uint8Array): void {
    this.#images.push(image);
  }

  /** A frame of the message under way, or of a new one; `last` ends it. */
  addData(payload: Uint8Array, last: boolean, type: number = OPCODE.text): void {
    const opcode = this.#message === 0 ? type : OPCODE.continuation;
    this.addImage(this.image(opcode, last, payload));
    if (last) this.#message = 0;
    else if (this.#message === 0) this.#message = type;
  }

  addControl(opcode: number, payload: Uint8Array): void {
    this.addImage(this.image(opcode, true, payload));
  }

  addClose(): void {
    const code = this.#random.pick([undefined, 1000, 1001, 1003, 1007, 1014, 3000, 4999]);
    const reason = code === undefined ? '' : this.text(this.#random.below(20)).toString();
    this.addControl(OPCODE.close, encodeClosePayload(code, reason));
  }

  /** What a peer may send next. */
  addGood(): void {
    const random = this.#random;
    if (random.chance(20)) {
      const opcode = random.pick([OPCODE.ping, OPCODE.pong]);
      this.addControl(opcode, random.bytes(random.chance(10) ? 125 : random.below(12)));
      return;
    }
    const type = this.#message === 0 ? random.pick([OPCODE.text, OPCODE.binary]) : this.#message;
    const size = this.#size();
    const payload = type === OPCODE.text ? this.text(size) : random.bytes(size);
    this.addData(payload, random.chance(70), type);
  }

  /** Ends the message under way. */
  reachOutside(): void {
    if (this.#message !== 0) this.addData(this.text(this.#random.below(4)), true);
  }

  /** Begins a message of `type`, unless one of it is under way. */
  reachInside(type: number): void {
    if (this.#message === type) return;
    this.reachOutside();
    this.addData(this.text(this.#random.below(20)), false, type);
  }

  text(size: number): Buffer {
    let text = '';
    while (text.length < size) text += this.#random.pick(letters);
    return Buffer.from(text);
  }

  /** Mostly small; now and then around the bounds of the length forms and of the ways to unmask. */
  #size(): number {
    const random = this.#random;
    const kind = random.below(400);
    if (kind === 0) return random.between(65_530, 65_540);
    if (kind < 4) return random.between(2040, 2060);
    if (kind < 30) return random.between(120, 130);
    if (kind < 60) return random.between(40, 100);
    return random.below(40);
  }
}
