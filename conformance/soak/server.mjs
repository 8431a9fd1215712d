/**
 * The server of the soak, in a process of its own. Started with an IPC channel, `--expose-gc` and a folder to serve;
 * says its port, answers each `{ id, heap }` with what it holds, where `heap` says so with the heap after garbage was
 * collected, and ends with the channel.
 */
import { readdirSync } from 'node:fs';
import { headerTablesLent } from '../../packages/http/dist/index.js';
import { createContext, echo, postDemo, setLogLevel } from '../../packages/lws-ts/dist/index.js';

const folder = process.argv[2];
const collections = 6;
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

/** The heap in use behind some full collections: the least of them, as what was only just made is in it too. */
async function leastHeap() {
  let least = Infinity;
  for (let times = 0; times < collections; times++) {
    globalThis.gc();
    least = Math.min(least, process.memoryUsage().heapUsed);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return least;
}

function count(names) {
  const counts = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function held() {
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
    rss: process.memoryUsage.rss(),
  };
}

async function answer({ id, heap }) {
  const heapUsed = heap ? await leastHeap() : undefined;
  process.send({ id, ...held(), heapUsed });
}

process.on('message', (question) => void answer(question));
process.on('disconnect', () => process.exit());
process.send({ port: vhost.port });
