export { builtInResourcePath, startTestServer, type TestServerOptions } from './test-server.ts';
