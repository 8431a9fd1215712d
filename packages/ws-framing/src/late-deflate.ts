/** What is loaded with the first connection that compresses. */
export { DeflateEncoder } from './deflate-encoder.ts';
export { InflateDecoder } from './inflate-decoder.ts';
