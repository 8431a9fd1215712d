/** A grey baseline JPEG (ITU-T T.81): eight-bit, one component, the tables of its annex K. */

const QUANT = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56,
  14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113,
  92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
const ZIGZAG = [
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
  13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52,
  45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];
const DC_COUNTS = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
const DC_VALUES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
/** Our own table of AC symbols: every run and size has a code of eight or nine bits. */
const AC_VALUES = [0x00, 0xf0];
for (let size = 1; size <= 10; size++)
  for (let run = 0; run < 16; run++) AC_VALUES.push(run * 16 + size);
const AC_COUNTS = [0, 0, 0, 0, 0, 0, 0, 162, 0, 0, 0, 0, 0, 0, 0, 0];

/** @param shade gives 0 (black) to 255 (white) of the point x, y */
export function encodeGrayJpeg(width, height, shade) {
  const writer = new BitWriter();
  const dc = codesOf(DC_COUNTS, DC_VALUES);
  const ac = codesOf(AC_COUNTS, AC_VALUES);
  let before = 0;
  for (let top = 0; top < height; top += 8)
    for (let left = 0; left < width; left += 8) {
      const block = transform((x, y) =>
        shade(Math.min(left + x, width - 1), Math.min(top + y, height - 1)),
      );
      const scaled = ZIGZAG.map((at) => Math.round(block[at] / QUANT[at]));
      putValue(writer, dc, 0, scaled[0] - before);
      before = scaled[0];
      putRest(writer, ac, scaled);
    }
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe0, [0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]),
    segment(0xdb, [0, ...ZIGZAG.map((at) => QUANT[at])]),
    segment(0xc0, [8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0]),
    segment(0xc4, [0x00, ...DC_COUNTS, ...DC_VALUES]),
    segment(0xc4, [0x10, ...AC_COUNTS, ...AC_VALUES]),
    segment(0xda, [1, 1, 0, 0, 63, 0]),
    writer.end(),
    Buffer.from([0xff, 0xd9]),
  ]);
}

function segment(marker, bytes) {
  const length = bytes.length + 2;
  return Buffer.from([0xff, marker, length >> 8, length & 255, ...bytes]);
}

function putRest(writer, ac, scaled) {
  let run = 0;
  for (let at = 1; at < 64; at++) {
    if (scaled[at] === 0) {
      run += 1;
      continue;
    }
    for (; run > 15; run -= 16) writer.put(...ac.get(0xf0));
    putValue(writer, ac, run * 16, scaled[at]);
    run = 0;
  }
  if (run > 0) writer.put(...ac.get(0));
}

function putValue(writer, codes, symbol, value) {
  const size = 32 - Math.clz32(Math.abs(value));
  writer.put(...codes.get(symbol + size));
  writer.put(value < 0 ? value + 2 ** size - 1 : value, size);
}

function codesOf(counts, values) {
  const codes = new Map();
  let code = 0;
  let at = 0;
  for (let length = 1; length <= 16; length++) {
    for (let left = counts[length - 1]; left > 0; left--) codes.set(values[at++], [code++, length]);
    code *= 2;
  }
  return codes;
}

function transform(sample) {
  const out = [];
  for (let v = 0; v < 8; v++)
    for (let u = 0; u < 8; u++) {
      let sum = 0;
      for (let y = 0; y < 8; y++)
        for (let x = 0; x < 8; x++)
          sum +=
            (sample(x, y) - 128) *
            Math.cos(((2 * x + 1) * u * Math.PI) / 16) *
            Math.cos(((2 * y + 1) * v * Math.PI) / 16);
      out[v * 8 + u] = (sum / 4) * (u === 0 ? Math.SQRT1_2 : 1) * (v === 0 ? Math.SQRT1_2 : 1);
    }
  return out;
}

class BitWriter {
  #bytes = [];
  #bits = 0;
  #count = 0;

  put(value, size) {
    for (let at = size - 1; at >= 0; at--) {
      this.#bits = (this.#bits << 1) | ((value >> at) & 1);
      this.#count += 1;
      if (this.#count === 8) this.#flush();
    }
  }

  end() {
    while (this.#count > 0) this.put(1, 1);
    return Buffer.from(this.#bytes);
  }

  #flush() {
    this.#bytes.push(this.#bits);
    // A byte of ones is no marker only with a zero behind it.
    if (this.#bits === 0xff) this.#bytes.push(0);
    this.#bits = 0;
    this.#count = 0;
  }
}
