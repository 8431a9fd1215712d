import { FormReader, type FormReaderOptions } from '../../src/index.ts';

export const urlencoded = 'application/x-www-form-urlencoded';
export const multipart = 'multipart/form-data; boundary=b';

/** `text` as bytes, one for each character. */
export function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** `bytes` in pieces that end at these places. */
export function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places.filter((place) => place > 0 && place < bytes.length), bytes.length];
  return ends.map((end, at) => bytes.slice(at === 0 ? 0 : ends[at - 1], end));
}

/** `bytes` in pieces of that size. */
export function inChunks(bytes: Uint8Array, size: number): Uint8Array[] {
  const count = Math.max(1, Math.ceil(bytes.length / size));
  return Array.from({ length: count }, (_, at) => bytes.slice(at * size, (at + 1) * size));
}

/** What becomes of a form: its files as they were told, its fields, and its end. */
export function readForm(
  contentType: string | undefined,
  chunks: readonly Uint8Array[],
  options: FormReaderOptions = {},
): string[] {
  const told: string[] = [];
  let content = '';
  const flush = (): void => {
    if (content !== '') told.push(`content ${JSON.stringify(content)}`);
    content = '';
  };
  const form = new FormReader(contentType, {
    files: {
      start({ name, filename, type }) {
        told.push(`file ${JSON.stringify(name)} ${JSON.stringify(filename)} ${type}`);
      },
      content(_file, bytes) {
        content += String.fromCharCode(...bytes);
      },
      end(file) {
        flush();
        told.push(`end ${file.bytes}`);
      },
      cut(file) {
        flush();
        told.push(`cut ${file.bytes}`);
      },
    },
    ...options,
  });
  if (chunks.every((chunk) => form.process(chunk))) form.finalize();
  form.each((name, value) => told.push(`${JSON.stringify(name)}=${JSON.stringify(value)}`));
  if (form.error !== undefined) told.push(form.error.code);
  form.destroy();
  return told;
}
