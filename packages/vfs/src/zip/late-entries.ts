/** What is loaded with the first entry of an archive that is opened. */
export { verifyEntry } from './entry-content.ts';
export { GzipEntryFile, InflatedEntryFile, StoredEntryFile } from './entry-file.ts';
export { readLocalHeader } from './local-header.ts';
