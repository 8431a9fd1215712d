import { late } from '@lws-ts/interface';

/** `node:child_process`, loaded at its first use. */
export const childProcess: () => typeof import('node:child_process') = late(() =>
  process.getBuiltinModule('node:child_process'),
);
