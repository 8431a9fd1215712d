/** Masking keys nobody can predict (RFC 6455 §5.3), drawn from the system many at a time. */
import { crypto } from './node-crypto.ts';

const pool = new Uint8Array(4096);
let used = pool.length;
const key = new Uint8Array(4);

/** A fresh key of 4 bytes, valid until the next call. */
export function nextMaskingKey(): Uint8Array {
  if (used === pool.length) {
    crypto().randomFillSync(pool);
    used = 0;
  }
  key[0] = pool[used] as number;
  key[1] = pool[used + 1] as number;
  key[2] = pool[used + 2] as number;
  key[3] = pool[used + 3] as number;
  used += 4;
  return key;
}
