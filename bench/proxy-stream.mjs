/** The benchmark `proxy-stream`: peak memory of a reverse proxy while a body of 1 GiB goes through, each way. */
import { needLinux, startNodeLoad } from './harness/generator.mjs';
import { forgetPeak, processCpuNs, processMemory } from './harness/proc.mjs';
import { startServer } from './harness/server.mjs';
import { groupBy, median } from './harness/statistics.mjs';
import { proxyStreamServers } from './servers/list.mjs';

const blocksPerMib = 16; // of 64 KiB
const mostOver = 8; // MiB that the peak may be above that of the relay

const scenarios = { down: { mib: 1024 }, up: { mib: 1024 } };

export const proxyStream = {
  about:
    'peak memory of a reverse proxy while 1 GiB goes through, down as an answer, up as a request, beside bytes through node:net',
  scenarios,
  servers: proxyStreamServers,
  defaultServers: ['relay', 'lws-ts'],
  defaults: { rounds: 3, connections: 1 },
  run: runProxyStream,
  rows: proxyStreamRows,
};

/** A new process for each sample; its base is taken before the first connection. `options.messages` are MiB. */
async function runProxyStream(options, progress) {
  needLinux();
  const samples = [];
  const upstream = await startServer('proxy-stream-upstream.mjs');
  try {
    for (const scenario of options.only) {
      const mib = options.messages ?? scenarios[scenario].mib;
      progress(`${scenario}: ${options.rounds} rounds of ${mib} MiB`);
      for (let round = 1; round <= options.rounds; round++)
        for (const server of options.servers) {
          const profile = options.profile ? `proxy-${scenario}-${round}-${server}` : undefined;
          const sample = await sampleOf(server, scenario, mib, upstream.port, profile);
          samples.push({ scenario, server, round, ...sample });
        }
    }
    return samples;
  } finally {
    await upstream.stop();
  }
}

async function sampleOf(server, path, mib, upstream, profile) {
  const args = ['--upstream', String(upstream)];
  const flags = ['--expose-gc'];
  const started = await startServer(proxyStreamServers[server].file, { args, flags, profile });
  let load;
  try {
    await started.ask('gc');
    const base = processMemory(started.pid).rss;
    load = startNodeLoad('proxy-stream.mjs', {
      port: started.port,
      path,
      messages: mib * blocksPerMib,
    });
    await load.nextLine();
    forgetPeak(started.pid);
    const cpu = processCpuNs(started.pid);
    load.writeLine('go');
    const { seconds } = JSON.parse(await load.nextLine());
    const cpuMs = (processCpuNs(started.pid) - cpu) / 1e6;
    const { peak } = processMemory(started.pid);
    return {
      mib,
      seconds,
      cpuMsPerMib: round3(cpuMs / mib),
      baseMib: round3(base / 1024),
      peakMib: round3(peak / 1024),
    };
  } finally {
    await load?.stop();
    await started.stop();
  }
}

function round3(value) {
  return Number(value.toFixed(3));
}

function proxyStreamRows(samples) {
  const rows = [['scenario', 'proxy', 'CPU ms/MiB, min', 'base RSS MiB', 'peak RSS MiB']];
  rows[0].push('peak over base, median', 'min', 'goal (median)');
  for (const [scenario, inScenario] of groupBy(samples, 'scenario')) {
    let relay;
    for (const [server, own] of groupBy(inScenario, 'server')) {
      const of = (name) => own.map((sample) => sample[name]);
      const over = own.map(({ peakMib, baseMib }) => peakMib - baseMib);
      const middle = median(over);
      if (server === 'relay') relay = middle;
      const judged = server === 'lws-ts' && relay !== undefined;
      rows.push([
        scenario,
        server,
        Math.min(...of('cpuMsPerMib')).toFixed(2),
        ...[of('baseMib'), of('peakMib'), over].map((values) => median(values).toFixed(1)),
        Math.min(...over).toFixed(1),
        judged
          ? `${(relay + mostOver).toFixed(1)}: ${middle <= relay + mostOver ? 'met' : 'MISSED'}`
          : '',
      ]);
    }
  }
  return rows;
}
