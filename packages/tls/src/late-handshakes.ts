/** What is loaded with the first vhost or client that has certificates. */
export { Acceptance } from './acceptance.ts';
export { clientHandshake } from './client-handshake.ts';
export { covers } from './credentials.ts';
export { clientSupply, makeContext, serverContextOptions, supplyOf } from './secure-contexts.ts';
export { SecureServer } from './secure-server.ts';
