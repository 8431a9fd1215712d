/**
 * Masking by 128-bit words, which JavaScript does not have and WebAssembly has: bytes are copied into a page of its
 * memory, mixed there and copied back. That is quicker than any loop of JavaScript from some hundred bytes on.
 */
import { late } from '@lws-ts/interface';

/** So many bytes at a time: page and payload fit into a processor's first cache together. */
const WINDOW = 16 * 1024;

interface Mixer {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** Mixes bytes 0 to `end`, a multiple of 16 and not 0; other than 0 when one of them is then 0x80 or more. */
  readonly mix: (end: number, key: number) => number;
}

/** What is used of it; the types of Node.js leave it out. */
declare const WebAssembly: {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

// biome-ignore format: one instruction, with what it takes, on a line
const code = Uint8Array.of(
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // magic, version 1
  0x01, 0x07, 0x01, 0x60, 0x02, 0x7f, 0x7f, 0x01, 0x7f, // type: (i32, i32) -> i32
  0x03, 0x02, 0x01, 0x00, // one function of that type
  0x05, 0x03, 0x01, 0x00, 0x01, // one memory, of one page
  0x07, 0x10, 0x02, // two exports
  0x06, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 0x02, 0x00, // "memory"
  0x03, 0x6d, 0x69, 0x78, 0x00, 0x00, // "mix"
  0x0a, 0x3b, 0x01, 0x39, // code of 0x39 bytes; end is local 0, key 1
  0x02, 0x01, 0x7f, 0x03, 0x7b, // at, an i32, is 2; keys, seen and block, each a v128, are 3, 4 and 5
  0x20, 0x01, //             local.get key
  0xfd, 0x11, //             i32x4.splat
  0x21, 0x03, //             local.set keys
  0x03, 0x40, //             loop
  0x20, 0x02, //               local.get at
  0x20, 0x02, //               local.get at
  0xfd, 0x00, 0x04, 0x00, //   v128.load align=16
  0x20, 0x03, //               local.get keys
  0xfd, 0x51, //               v128.xor
  0x22, 0x05, //               local.tee block
  0xfd, 0x0b, 0x04, 0x00, //   v128.store align=16
  0x20, 0x04, //               local.get seen
  0x20, 0x05, //               local.get block
  0xfd, 0x50, //               v128.or
  0x21, 0x04, //               local.set seen
  0x20, 0x02, //               local.get at
  0x41, 0x10, //               i32.const 16
  0x6a, //                     i32.add
  0x22, 0x02, //               local.tee at
  0x20, 0x00, //               local.get end
  0x49, //                     i32.lt_u
  0x0d, 0x00, //               br_if 0
  0x0b, //                   end
  0x20, 0x04, //             local.get seen
  0xfd, 0x64, //             i8x16.bitmask
  0x0b,
);

const mixer = late(() => {
  try {
    const { memory, mix } = new WebAssembly.Instance(new WebAssembly.Module(code)).exports as Mixer;
    return { page: new Uint8Array(memory.buffer, 0, WINDOW), mix };
  } catch {
    // `--jitless`, or no address space left for a memory with its guards
    return { page: undefined, mix: undefined };
  }
});

/**
 * Masks or unmasks as many of `bytes[start..end)` as are blocks of 16. Gives how many bytes are left at the end, below 16,
 * plus 0x80 when one of the others is not ASCII now; undefined, with nothing done, where this cannot be had.
 */
export function mixBlocks(
  bytes: Uint8Array,
  start: number,
  end: number,
  key: number,
): number | undefined {
  const { page, mix } = mixer();
  if (page === undefined) return undefined;
  const rest = (end - start) & 15;
  const last = end - rest;
  let seen = 0;
  for (let at = start; at < last; at += WINDOW) {
    const size = Math.min(WINDOW, last - at);
    page.set(bytes.subarray(at, at + size));
    seen |= mix(size, key);
    bytes.set(size === WINDOW ? page : page.subarray(0, size), at);
  }
  return seen === 0 ? rest : rest | 0x80;
}
