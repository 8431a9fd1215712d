import { late } from '@lws-ts/interface';

/** `node:worker_threads`, loaded at its first use. */
export const workerThreads: () => typeof import('node:worker_threads') = late(() =>
  process.getBuiltinModule('node:worker_threads'),
);
