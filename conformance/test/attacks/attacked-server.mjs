/**
 * The server that is attacked, in a process of its own, so that what it pins is not what the attacker pins. Started
 * with an IPC channel and `--expose-gc`; it says its port, answers each `{ id, ask }`, and ends with the channel.
 *
 * - `counters`: what was refused so far, by error code, over all vhosts; bytes received, by vhost; connections there
 * - `letIn`: ends all holds
 * - `watch`: collects garbage, and looks at its memory from then on
 * - `watched`: collects garbage, and gives how much its memory grew, in bytes: `rss` at most, and `pinned`, what is in
 *   use and no garbage now
 */
import { createContext } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { ws } from '@lws-ts/ws';
import { letIn, programs, vhosts } from './attacked-vhosts.mjs';

const lookMs = 2;
const context = await createContext({
  use: [http(), ws()],
  vhosts: Object.entries(vhosts).map(([name, options]) => ({
    name,
    port: 0,
    interface: '127.0.0.1',
    protocols: programs,
    ...options,
  })),
});

const answers = {
  letIn,
  counters() {
    const refused = {};
    for (const { counters } of context.vhosts)
      for (const [code, count] of counters.refused) refused[code] = (refused[code] ?? 0) + count;
    const received = Object.fromEntries(
      context.vhosts.map(({ name, counters }) => [name, counters.rx]),
    );
    return { refused, received, alive: context.counters.wsi_alive };
  },
  async watch() {
    await collect();
    baseline = memory();
    mostRss = baseline.rss;
    watching = setInterval(look, lookMs);
  },
  async watched() {
    clearInterval(watching);
    look();
    await collect();
    return { rss: mostRss - baseline.rss, pinned: memory().pinned - baseline.pinned };
  },
};

let baseline;
let mostRss;
let watching;

/** `pinned`: the heap and all that stands outside of it, array buffers and zlib's own among them. */
function memory() {
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, pinned: heapUsed + external };
}

function look() {
  mostRss = Math.max(mostRss, process.memoryUsage.rss());
}

async function answer({ id, ask }) {
  process.send({ id, ...(await answers[ask]()) });
}

async function collect() {
  for (let times = 0; times < 3; times++) {
    globalThis.gc();
    // what is freed by other threads and in later turns
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

process.on('message', (question) => void answer(question));
process.on('disconnect', () => process.exit(0));
process.send({ port: context.vhosts[0].port });
