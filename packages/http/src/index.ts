export { type HttpErrorCode, httpErrors } from './errors.ts';
export { http } from './http-module.ts';
export { type HttpOptions, httpOptionRules } from './options.ts';
export { writeRefusal } from './refusal.ts';
