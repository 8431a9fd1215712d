/**
 * Cases as data: what a peer says, what it has to hear, how the connection has to end. Who says it, masked or
 * not, over a socket or into a codec, is the runner's.
 */
import { eventLine } from '../framing/outcome.ts';

/** A frame that the peer says, right or wrong. */
export interface CaseFrame {
  readonly opcode: number;
  readonly payload: Uint8Array;
  readonly fin: boolean;
  /** RSV1 to RSV3 as a number: 4, 2, 1. */
  readonly rsv: number;
}

/** The octet that decides: of a frame's header, or of its payload. Frames count from 0. */
export interface Place {
  readonly frame: number;
  readonly header?: number;
  readonly payload?: number;
}

export type Act =
  /** Says the payload from `from` to `to`; the header goes with the first octet. */
  | { readonly do: 'say'; readonly frame: CaseFrame; readonly from: number; readonly to: number }
  | { readonly do: 'hear'; readonly line: string }
  /** Nothing is heard, and the connection stays. */
  | { readonly do: 'quiet' }
  /** Fails with a close frame. What the case says after it is said only when it did not. */
  | { readonly do: 'fail'; readonly closeCode: number; readonly code: string; readonly at: Place }
  /** The peer's close frame, said before, is answered. */
  | { readonly do: 'closed'; readonly code: number };

/** Whole: in one write. Frames: a write for each. A number: that many octets a write. */
export type Cut = 'whole' | 'frames' | number;

export interface Case {
  /** As Autobahn's testsuite counts. */
  readonly id: string;
  /** Of RFC 6455. */
  readonly rule: string;
  readonly about: string;
  readonly cut: Cut;
  /** Made when the case is run: payloads can be large. */
  readonly acts: () => readonly Act[];
}

export const hello = 'Hello, world!';

export function bytesOf(payload: string | Uint8Array): Uint8Array {
  return typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
}

export function hex(digits: string): Uint8Array {
  return Uint8Array.from(Buffer.from(digits.replaceAll(' ', ''), 'hex'));
}

/** `length` times the octet. */
export function fill(octet: number, length: number): Uint8Array {
  return new Uint8Array(length).fill(octet);
}

export const star = '*'.charCodeAt(0);

type FrameFlags = Partial<Pick<CaseFrame, 'fin' | 'rsv'>>;

export function frame(
  opcode: number,
  payload: string | Uint8Array = '',
  flags: FrameFlags = {},
): CaseFrame {
  return { opcode, payload: bytesOf(payload), fin: flags.fin ?? true, rsv: flags.rsv ?? 0 };
}

export function say(...frames: readonly CaseFrame[]): Act[] {
  return sayAll(frames);
}

/** Of a list that may be too long for arguments. */
function sayAll(frames: readonly CaseFrame[]): Act[] {
  return frames.map((one) => ({ do: 'say', frame: one, from: 0, to: one.payload.length }));
}

/** Says one frame in pieces, cut where its payload is `ends`. */
export function pieces(one: CaseFrame, ends: readonly number[]): Act[] {
  return ends.map((to, at) => ({
    do: 'say',
    frame: one,
    from: at === 0 ? 0 : (ends[at - 1] ?? 0),
    to,
  }));
}

export function hear(kind: 'text' | 'binary' | 'pong', payload: string | Uint8Array): Act {
  return { do: 'hear', line: eventLine(kind, bytesOf(payload)) };
}

export const quiet: Act = { do: 'quiet' };

/** Breaks a rule that a protocol error answers, 1002. */
export function broken(code: string, at: Place): Act {
  return { do: 'fail', closeCode: 1002, code: `LWS_ERR_WS_${code}`, at };
}

/** Is not UTF-8: 1007. */
export function notUtf8(code: 'UTF8' | 'UTF8_INCOMPLETE' | 'CLOSE_REASON', at: Place): Act {
  return { do: 'fail', closeCode: 1007, code: `LWS_ERR_WS_${code}`, at };
}

export function closed(code: number): Act {
  return { do: 'closed', code };
}

/** A close frame with a code, and a reason or none. */
export function close(code: number, reason: string | Uint8Array = ''): CaseFrame {
  return frame(8, Buffer.concat([Uint8Array.of(code >> 8, code & 0xff), bytesOf(reason)]));
}

/** How a case ends in which nothing is wrong. */
export const bye: readonly Act[] = [...say(close(1000)), closed(1000)];

/** The payload as a message in frames of `size` octets. */
export function fragments(opcode: number, payload: Uint8Array, size: number): CaseFrame[] {
  const frames: CaseFrame[] = [];
  for (let at = 0; at === 0 || at < payload.length; at += size) {
    const part = payload.subarray(at, at + size);
    frames.push(frame(at === 0 ? opcode : 0, part, { fin: at + size >= payload.length }));
  }
  return frames;
}

/** A message that comes back as it is. @param frames what it is said in, one frame by default */
export function echoed(
  opcode: 1 | 2,
  payload: string | Uint8Array,
  frames: readonly CaseFrame[] = [frame(opcode, payload)],
): Act[] {
  return [...sayAll(frames), hear(opcode === 1 ? 'text' : 'binary', payload), ...bye];
}

export function row(
  id: string,
  rule: string,
  about: string,
  acts: () => readonly Act[],
  cut: Cut = 'whole',
): Case {
  return { id, rule, about, acts, cut };
}
