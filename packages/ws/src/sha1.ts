/**
 * SHA-1 (FIPS 180-4 §6.1) of what a handshake is answered with. It proves that a WebSocket server read the request and
 * protects nothing (RFC 6455 §10.8), so that a server is not made to load `node:crypto` for it.
 */
const initial = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
const state = new Int32Array(5);
const words = new Int32Array(80);
const digest = Buffer.alloc(20);
const blockBytes = 64;

/** @param text of ASCII */
export function sha1Base64(text: string): string {
  state.set(initial);
  // behind the text a set bit, and its length in bits in the last eight bytes
  const blocks = Math.ceil((text.length + 9) / blockBytes);
  for (let block = 0; block < blocks; block++) {
    fill(text, block * blockBytes);
    if (block === blocks - 1) words[15] = text.length * 8;
    compress();
  }
  for (let at = 0; at < state.length; at++) digest.writeInt32BE(state[at] as number, 4 * at);
  return digest.toString('base64');
}

function compress(): void {
  for (let t = 16; t < 80; t++)
    words[t] = rotated(word(t - 3) ^ word(t - 8) ^ word(t - 14) ^ word(t - 16), 1);
  let a = state[0] as number;
  let b = state[1] as number;
  let c = state[2] as number;
  let d = state[3] as number;
  let e = state[4] as number;
  for (let t = 0; t < 80; t++) {
    const next = (rotated(a, 5) + mixed(t, b, c, d) + e + word(t)) | 0;
    e = d;
    d = c;
    c = rotated(b, 30);
    b = a;
    a = next;
  }
  // an Int32Array wraps what is added
  state[0] = (state[0] as number) + a;
  state[1] = (state[1] as number) + b;
  state[2] = (state[2] as number) + c;
  state[3] = (state[3] as number) + d;
  state[4] = (state[4] as number) + e;
}

/** The first sixteen words of a block; zeros behind the text and its bit. */
function fill(text: string, from: number): void {
  for (let t = 0; t < 16; t++) {
    let value = 0;
    for (let at = from + 4 * t; at < from + 4 * t + 4; at++) {
      const unit = at < text.length ? text.charCodeAt(at) : Number(at === text.length) << 7;
      value = (value << 8) | unit;
    }
    words[t] = value;
  }
}

function mixed(t: number, b: number, c: number, d: number): number {
  if (t < 20) return (((b & c) | (~b & d)) + 0x5a827999) | 0;
  if (t < 40) return ((b ^ c ^ d) + 0x6ed9eba1) | 0;
  if (t < 60) return (((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc) | 0;
  return ((b ^ c ^ d) + 0xca62c1d6) | 0;
}

function rotated(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function word(t: number): number {
  return words[t] as number;
}
