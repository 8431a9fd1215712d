/** What is loaded with the first call of `connect`. */
export { ClientLink } from './client-link.ts';
export { readConnectCall } from './connector.ts';
