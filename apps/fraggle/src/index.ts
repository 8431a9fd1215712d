export { type FraggleClientOptions, type FraggleReport, runFraggleClient } from './client.ts';
export { type FraggleServerOptions, startFraggleServer } from './server.ts';
