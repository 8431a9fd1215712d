/**
 * A server to attack: `node conformance/attack-server.mjs [PORT] [HEADER TABLES]`. It serves `/` from the page of the
 * test server, a form at `/formtest` and an echo over WebSocket, with the defaults of the packages but for the number of
 * header tables (256 by default). It takes a build, prints its URL and its process, and ends on a signal.
 */
import { fileURLToPath } from 'node:url';
import { createContext, echo, postDemo } from '../packages/lws-ts/dist/index.js';

const [port = '7681', tables = '256'] = process.argv.slice(2);
const page = fileURLToPath(new URL('../apps/test-server/www', import.meta.url));
const context = await createContext({
  port: Number(port),
  interface: '127.0.0.1',
  maxHttpHeaderPool: Number(tables),
  protocols: [echo.with({ default: true }), postDemo],
  mounts: [
    { mountpoint: '/', origin: `file://${page}`, def: 'test.html' },
    { mountpoint: '/formtest', origin: 'callback://protocol-post-demo' },
  ],
});
process.stdout.write(`http://127.0.0.1:${context.vhosts[0].port}/ --pid ${process.pid}\n`);
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void context.close());
