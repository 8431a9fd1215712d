import { late } from '@lws-ts/interface';

/** `node:tls`, loaded at its first use. */
export const tls: () => typeof import('node:tls') = late(() =>
  process.getBuiltinModule('node:tls'),
);
