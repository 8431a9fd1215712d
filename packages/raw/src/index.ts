export { rawErrors } from './errors.ts';
export type { RawOptions } from './options.ts';
export { raw } from './raw-module.ts';
