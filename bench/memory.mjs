/** The benchmark `memory`: what an idle connection keeps of a server's memory. */
import { setTimeout as sleep } from 'node:timers/promises';
import { needLinux, startNodeLoad } from './harness/generator.mjs';
import { processMemory } from './harness/proc.mjs';
import { startServer } from './harness/server.mjs';
import { groupBy, median } from './harness/statistics.mjs';
import { memoryServers } from './servers/list.mjs';

const settleMs = 300;

/**
 * `most` is what is demanded of lws-ts: a part of what ws takes, or KiB. In `plain-young1` the young generation of V8
 * stays at its first size; else it grows while the connections come, and counts as theirs, as does what V8 compiles
 * with. In `plain-warm` as many connections as `before` came and went in the process first, so that neither does.
 */
const scenarios = {
  plain: { deflate: false, flags: [], most: { ofWs: 0.75 } },
  'plain-warm': { deflate: false, flags: [], before: 2000, most: { ofWs: 0.75 } },
  'plain-young1': { deflate: false, flags: ['--max-semi-space-size=1'] },
  deflate: { deflate: true, flags: [], most: { kib: 16 } },
};

export const memory = {
  about: 'resident memory per idle connection, plain, and with permessage-deflate used once',
  scenarios,
  servers: memoryServers,
  defaultServers: ['ws', 'lws-ts'],
  defaults: { rounds: 3, connections: 5000 },
  run: runMemory,
  rows: memoryRows,
};

/** A new process for each sample: garbage is collected before the first connection and while all of them stand. */
async function runMemory(options, progress) {
  needLinux();
  const samples = [];
  for (const scenario of options.only) {
    progress(`${scenario}: ${options.rounds} rounds, ${options.connections} connections each`);
    for (let round = 1; round <= options.rounds; round++)
      for (const server of options.servers)
        samples.push({ scenario, server, round, ...(await sampleOf(scenario, server, options)) });
  }
  return samples;
}

async function sampleOf(scenario, server, { connections }) {
  const { deflate, flags, before: early } = scenarios[scenario];
  const started = await startServer(memoryServers[server].file, {
    args: deflate ? ['--deflate'] : [],
    flags: ['--expose-gc', ...flags],
  });
  let load;
  try {
    if (early !== undefined) await comeAndGo(started, early);
    const before = await inUse(started);
    load = startNodeLoad('idle.mjs', { port: started.port, connections, deflate });
    await load.nextLine();
    await sleep(settleMs);
    const uncollected = processMemory(started.pid).rss;
    const after = await inUse(started);
    return {
      connections,
      baseKib: before.rss,
      uncollectedKib: uncollected,
      rssKib: after.rss,
      kibEach: each(after.rss - before.rss, connections),
      heapTotalKibEach: each(after.heapTotal - before.heapTotal, connections),
      heapKibEach: each(after.heap - before.heap, connections),
      externalKibEach: each(after.external - before.external, connections),
    };
  } finally {
    await load?.stop();
    await started.stop();
  }
}

/** Connections that are gone again, with what was compiled meanwhile. */
async function comeAndGo({ port }, connections) {
  const load = startNodeLoad('idle.mjs', { port, connections });
  await load.nextLine();
  await load.stop();
  await sleep(1000);
}

/** KiB, garbage collected. */
async function inUse(server) {
  const { heapTotal, heapUsed, external } = await server.ask('gc');
  return {
    rss: processMemory(server.pid).rss,
    heapTotal: heapTotal / 1024,
    heap: heapUsed / 1024,
    external: external / 1024,
  };
}

function each(kib, connections) {
  return Number((kib / connections).toFixed(2));
}

function memoryRows(samples) {
  const rows = [
    ['scenario', 'server', 'KiB each, median', 'min', 'heap', 'heap in use', 'external'],
  ];
  rows[0].push('RSS MiB', 'base MiB', 'of the first (min)', 'goal (min)');
  for (const [scenario, inScenario] of groupBy(samples, 'scenario')) {
    let baseline;
    for (const [server, own] of groupBy(inScenario, 'server')) {
      const of = (name) => own.map((sample) => sample[name]);
      const min = Math.min(...of('kibEach'));
      baseline ??= { server, min };
      const ratio = min / baseline.min;
      rows.push([
        scenario,
        server,
        median(of('kibEach')).toFixed(2),
        min.toFixed(2),
        median(of('heapTotalKibEach')).toFixed(2),
        median(of('heapKibEach')).toFixed(2),
        median(of('externalKibEach')).toFixed(2),
        (median(of('rssKib')) / 1024).toFixed(1),
        (median(of('baseKib')) / 1024).toFixed(1),
        ratio.toFixed(2),
        server === 'lws-ts'
          ? verdict(scenarios[scenario].most ?? {}, baseline.server, ratio, min)
          : '',
      ]);
    }
  }
  return rows;
}

function verdict({ ofWs, kib }, baseline, ratio, min) {
  if (kib !== undefined) return `${kib} KiB ${min <= kib ? 'met' : 'MISSED'}`;
  return ofWs !== undefined && baseline === 'ws'
    ? `${ofWs} ${ratio <= ofWs ? 'met' : 'MISSED'}`
    : '';
}
