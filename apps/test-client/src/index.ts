export type { TestClientEvent } from './events.ts';
export { startTestClient, type TestClient, type TestClientOptions } from './test-client.ts';
