/** What is loaded with the first archive. */
export { indexArchive } from './index-archive.ts';
