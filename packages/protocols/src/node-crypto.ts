import { late } from '@lws-ts/interface';

/** `node:crypto`, loaded at its first use. */
export const crypto: () => typeof import('node:crypto') = late(() =>
  process.getBuiltinModule('node:crypto'),
);
