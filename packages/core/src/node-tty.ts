import { late } from '@lws-ts/interface';

/** `node:tty`, loaded at its first use. */
export const tty: () => typeof import('node:tty') = late(() =>
  process.getBuiltinModule('node:tty'),
);
