/** Heads as text, one character a byte. */
export function wire(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0xff) throw new Error(`not a byte: ${text[at]}`);
    bytes[at] = code;
  }
  return bytes;
}

export function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

/** Every way to cut `bytes` in two, then byte by byte, then in twos and threes; each piece is its own memory. */
export function* cuttings(bytes: Uint8Array): Generator<Uint8Array[]> {
  for (let at = 1; at < bytes.length; at++) yield [bytes.slice(0, at), bytes.slice(at)];
  for (const size of [1, 2, 3]) yield inPieces(bytes, size);
}

export function inPieces(bytes: Uint8Array, size: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.slice(at, at + size));
  return pieces;
}
