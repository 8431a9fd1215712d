/**
 * The server of the soak, in a process of its own. Started with an IPC channel, `--expose-gc` and a folder to serve;
 * says its port, answers each `{ id }` with what it holds after garbage was collected, and ends with the channel.
 */
import { readdirSync } from 'node:fs';
import { headerTablesLent } from '../../packages/http/dist/index.js';
import { createContext, echo, postDemo, setLogLevel } from '../../packages/lws-ts/dist/index.js';

const folder = process.argv[2];
setLogLevel(0);
let unhandled = 0;
for (const event of ['uncaughtException', 'unhandledRejection'])
  process.on(event, (error) => {
    unhandled++;
    process.stderr.write(`${error?.stack ?? error}\n`);
  });

const context = await createContext({
  vhosts: [
    {
      name: 'localhost',
      port: 0,
      interface: '127.0.0.1',
      protocols: [echo.with({ default: true }), postDemo],
      mounts: [
        { mountpoint: '/', origin: `file://${folder}` },
        { mountpoint: '/form', origin: 'callback://protocol-post-demo' },
      ],
    },
  ],
  ipLimitWsi: 1000,
});
const [vhost] = context.vhosts;

async function collect() {
  for (let times = 0; times < 4; times++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function count(names) {
  const counts = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

async function held() {
  await collect();
  const { wsi_alive: alive, h1_conn: served } = context.counters;
  return {
    exact: {
      connections: alive,
      byProtocol: Object.fromEntries(vhost.connectionsByProtocol()),
      descriptors: process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0,
      // timers of this file's own are over by now, the loop of the context has one or none
      handles: count(process.getActiveResourcesInfo().filter((name) => name !== 'Timeout')),
      entries: context.loop.wheel.size,
      tables: headerTablesLent(vhost),
      keptOutput: context.keptOutputBytes,
      unhandled,
      threw: vhost.counters.refused.get('LWS_ERR_HANDLER_THREW') ?? 0,
    },
    served,
    heapUsed: process.memoryUsage().heapUsed,
    rss: process.memoryUsage.rss(),
  };
}

async function answer({ id }) {
  process.send({ id, ...(await held()) });
}

process.on('message', (question) => void answer(question));
process.on('disconnect', () => process.exit());
process.send({ port: vhost.port });
