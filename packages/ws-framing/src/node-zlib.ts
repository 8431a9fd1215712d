import { late } from '@lws-ts/interface';

/** `node:zlib`, loaded at its first use. */
export const zlib: () => typeof import('node:zlib') = late(() =>
  process.getBuiltinModule('node:zlib'),
);
