/** What is loaded with the first descriptor that is adopted. */
export { openDescriptor } from './descriptor.ts';
