/** The benchmark `stream`: what a message much larger than memory should be costs while it passes through an echo. */
import { needLinux, startNodeLoad } from './harness/generator.mjs';
import { forgetPeak, processCpuNs, processMemory } from './harness/proc.mjs';
import { startServer } from './harness/server.mjs';
import { groupBy, median } from './harness/statistics.mjs';
import { streamServers } from './servers/list.mjs';

const fragmentsPerMib = 16; // of 64 KiB
const mostOver = 4; // MiB that the peak may be above that of net
const mostLeft = 1; // MiB of external memory that may be left

const scenarios = { '1gib': { mib: 1024 } };

export const stream = {
  about:
    'peak memory while 1 GiB goes through in one message of fragments, beside bytes through node:net',
  scenarios,
  servers: streamServers,
  defaultServers: ['net', 'lws-ts'],
  defaults: { rounds: 3, connections: 1 },
  run: runStream,
  rows: streamRows,
};

/** A new process for each sample; its base is taken before the first connection. `options.messages` are MiB. */
async function runStream(options, progress) {
  needLinux();
  const samples = [];
  for (const scenario of options.only) {
    const mib = options.messages ?? scenarios[scenario].mib;
    progress(`${scenario}: ${options.rounds} rounds of ${mib} MiB`);
    for (let round = 1; round <= options.rounds; round++)
      for (const server of options.servers)
        samples.push({ scenario, server, round, ...(await sampleOf(server, mib, options, round)) });
  }
  return samples;
}

async function sampleOf(server, mib, { profile }, round) {
  const flags = ['--expose-gc'];
  const name = profile ? `stream-${round}-${server}` : undefined;
  const started = await startServer(streamServers[server].file, { flags, profile: name });
  let load;
  try {
    const before = await inUse(started);
    load = startNodeLoad('stream.mjs', {
      port: started.port,
      raw: server === 'net',
      messages: mib * fragmentsPerMib,
    });
    await load.nextLine();
    forgetPeak(started.pid);
    await started.ask('watch');
    const cpu = processCpuNs(started.pid);
    load.writeLine('go');
    const { seconds } = JSON.parse(await load.nextLine());
    const cpuMs = (processCpuNs(started.pid) - cpu) / 1e6;
    const { external } = await started.ask('peak');
    const { peak } = processMemory(started.pid);
    const after = await inUse(started);
    return {
      mib,
      seconds,
      cpuMsPerMib: round3(cpuMs / mib),
      baseMib: before.rss,
      peakMib: round3(peak / 1024),
      peakExternalMib: round3((external - before.external) / 2 ** 20),
      afterMib: after.rss,
      leftExternalMib: round3((after.external - before.external) / 2 ** 20),
    };
  } finally {
    await load?.stop();
    await started.stop();
  }
}

/** Garbage collected: RSS in MiB, external memory in bytes. */
async function inUse(server) {
  const { external } = await server.ask('gc');
  return { rss: round3(processMemory(server.pid).rss / 1024), external };
}

function round3(value) {
  return Number(value.toFixed(3));
}

function streamRows(samples) {
  const rows = [['scenario', 'server', 'CPU ms/MiB, min', 'base RSS MiB', 'peak RSS MiB']];
  rows[0].push('peak over base, median', 'min', 'peak external', 'RSS after gc', 'external left');
  rows[0].push('goal (min)');
  for (const [scenario, inScenario] of groupBy(samples, 'scenario')) {
    let baseline;
    for (const [server, own] of groupBy(inScenario, 'server')) {
      const of = (name) => own.map((sample) => sample[name]);
      const over = own.map(({ peakMib, baseMib }) => peakMib - baseMib);
      const line = { over: Math.min(...over), left: median(of('leftExternalMib')) };
      baseline ??= { server, ...line };
      rows.push([
        scenario,
        server,
        Math.min(...of('cpuMsPerMib')).toFixed(2),
        ...[of('baseMib'), of('peakMib'), over].map((values) => median(values).toFixed(1)),
        line.over.toFixed(1),
        ...[of('peakExternalMib'), of('afterMib')].map((values) => median(values).toFixed(1)),
        line.left.toFixed(2),
        baseline.server === 'net' && server === 'lws-ts' ? verdict(line, baseline) : '',
      ]);
    }
  }
  return rows;
}

function verdict({ over, left }, net) {
  const good = over <= net.over + mostOver && left <= mostLeft;
  return `${(net.over + mostOver).toFixed(1)} and ${mostLeft} left: ${good ? 'met' : 'MISSED'}`;
}
