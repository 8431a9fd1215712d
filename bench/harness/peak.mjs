/** How far the memory of a server rises while much more than that passes through it. */
import { startNodeLoad } from './generator.mjs';
import { forgetPeak, processCpuNs, processMemory } from './proc.mjs';
import { startServer } from './server.mjs';
import { groupBy, median } from './statistics.mjs';

/**
 * One sample, of a process of its own: its base is taken, garbage collected, before the first connection.
 *
 * @param server `{ file, args, profile }` of `startServer`
 * @param load `{ file, settings }` of the generator; the port is added
 */
export async function peakSample({ file, args, profile }, load, mib) {
  const started = await startServer(file, { args, flags: ['--expose-gc'], profile });
  let generator;
  try {
    const before = await inUse(started);
    generator = startNodeLoad(load.file, { port: started.port, ...load.settings });
    await generator.nextLine();
    forgetPeak(started.pid);
    await started.ask('watch');
    const cpu = processCpuNs(started.pid);
    generator.writeLine('go');
    const { seconds } = JSON.parse(await generator.nextLine());
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
    await generator?.stop();
    await started.stop();
  }
}

/**
 * The table of such samples. `lws-ts` may have `mostOver` MiB more of a peak than `baseline`, where that is the first
 * server, and `mostLeft` MiB of external memory in the end.
 */
export function peakRows(samples, { baseline, mostOver, mostLeft }) {
  const rows = [['scenario', 'server', 'CPU ms/MiB, min', 'base RSS MiB', 'peak RSS MiB']];
  rows[0].push('peak over base, median', 'min', 'peak external', 'RSS after gc', 'external left');
  rows[0].push('goal (min)');
  for (const [scenario, inScenario] of groupBy(samples, 'scenario')) {
    let first;
    for (const [server, own] of groupBy(inScenario, 'server')) {
      const of = (name) => own.map((sample) => sample[name]);
      const over = own.map(({ peakMib, baseMib }) => peakMib - baseMib);
      const line = { over: Math.min(...over), left: median(of('leftExternalMib')) };
      first ??= { server, ...line };
      const most = first.over + mostOver;
      const met = line.over <= most && line.left <= mostLeft;
      rows.push([
        scenario,
        server,
        Math.min(...of('cpuMsPerMib')).toFixed(2),
        ...[of('baseMib'), of('peakMib'), over].map((values) => median(values).toFixed(1)),
        line.over.toFixed(1),
        ...[of('peakExternalMib'), of('afterMib')].map((values) => median(values).toFixed(1)),
        line.left.toFixed(2),
        first.server === baseline && server === 'lws-ts'
          ? `${most.toFixed(1)} and ${mostLeft} left: ${met ? 'met' : 'MISSED'}`
          : '',
      ]);
    }
  }
  return rows;
}

/** Garbage collected: RSS in MiB, external memory in bytes. */
async function inUse(server) {
  const { external } = await server.ask('gc');
  return { rss: round3(processMemory(server.pid).rss / 1024), external };
}

function round3(value) {
  return Number(value.toFixed(3));
}
