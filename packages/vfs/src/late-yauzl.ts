import { late } from '@lws-ts/interface';

/** yauzl, loaded with the first archive: Node.js takes 8 MiB to import a CommonJS module, and little to require one. */
export const yauzl: () => typeof import('yauzl') = late(() => {
  const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);
  return require('yauzl') as typeof import('yauzl');
});
