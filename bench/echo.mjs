/** The benchmark `echo`: what a WebSocket server spends on a message that it sends back. */
import { buildGenerator, startGenerator, startNodeLoad } from './harness/generator.mjs';
import { interleave, withServers } from './harness/interleave.mjs';
import { rowsOf } from './harness/report.mjs';
import { echoServers } from './servers/list.mjs';

/**
 * `least`: how many times less CPU per message than ws is demanded of lws-ts; README.md says why not everywhere. `fresh`: each
 * round has processes of its own, since how malloc lies in one makes a long message cost once, twice or three times as much.
 */
const scenarios = {
  '32x1': { size: 32, inflight: 1, text: false, least: 1.15 },
  '32x20': { size: 32, inflight: 20, text: false, least: 6 },
  '150x20': { size: 150, inflight: 20, text: false },
  '16384x1': { size: 16384, inflight: 1, text: false, fresh: true, least: 1 },
  '16384x20': { size: 16384, inflight: 20, text: false },
  '1024x10': { size: 1024, inflight: 10, text: false, least: 2.5 },
  '1048576x1': {
    size: 1_048_576,
    inflight: 1,
    text: false,
    connections: 4,
    fresh: true,
    least: 1,
  },
  '32x1-idle': { size: 32, inflight: 1, text: false, idle: 5000, least: 1.15 },
  '32x1-text': { size: 32, inflight: 1, text: true },
  '32x20-text': { size: 32, inflight: 20, text: true },
  '16384x1-text': { size: 16384, inflight: 1, text: true },
  '16384x20-text': { size: 16384, inflight: 20, text: true },
};
const alone = ', none idle';

export const echo = {
  about: 'CPU per message that is sent back; 32x1 is 32 bytes and one in flight on each connection',
  scenarios,
  servers: echoServers,
  defaultServers: ['ws', 'lws-ts'],
  defaults: { rounds: 7, connections: 100 },
  run: runEcho,
  rows: (samples) => rowsOf(samples, goal),
};

/** The ratio that is demanded of lws-ts against ws in a scenario, if one is. */
function goal(scenario, baseline, server) {
  return baseline === 'ws' && server === 'lws-ts' ? scenarios[scenario].least : undefined;
}

/** Measures `options.only` and returns the samples, one object each. `progress` is told what is going on. */
async function runEcho(options, progress) {
  const binary = buildGenerator('wsload');
  const samples = [];
  for (const scenario of options.only) {
    const { idle, fresh, size, inflight, text } = scenarios[scenario];
    const { connections = options.connections } = scenarios[scenario];
    const run = { size, inflight, text, connections };
    const work = {
      scenario,
      unit: 'message',
      short: shortCount(run),
      start: ({ port }, count) => startGenerator(binary, { ...run, ...count, port }),
    };
    const measure = (contenders) => interleave(work, contenders, options, progress);
    const idlers = Math.min(idle, options.idle);
    if (fresh) samples.push(...(await inFreshProcesses(work, options, progress)));
    else
      samples.push(
        ...(await withServers(scenario, echoServers, [], options, (contenders) =>
          idle === undefined
            ? measure(contenders)
            : besideIdle(scenario, contenders, options, idlers, measure),
        )),
      );
  }
  return samples;
}

/** One round in each of as many processes as there are rounds to be, at the count that the first found. */
async function inFreshProcesses(work, options, progress) {
  const samples = [];
  for (let round = 1; round <= options.rounds; round++) {
    const once = { ...options, rounds: 1, messages: options.messages ?? samples[0]?.messages };
    const own = await withServers(work.scenario, echoServers, [], once, (contenders) =>
      interleave(work, contenders, once, progress),
    );
    samples.push(...own.map((sample) => ({ ...sample, round })));
  }
  return samples;
}

/** Measures `contenders` with `count` idle connections each, and each of them a second time without, in one run. */
function besideIdle(scenario, contenders, options, count, measure) {
  return withServers(`${scenario}-alone`, echoServers, [], options, async (others) => {
    const loads = contenders.map(({ port }) =>
      startNodeLoad('idle.mjs', { port, connections: count }),
    );
    try {
      for (const load of loads) await load.nextLine();
      return await measure([
        ...contenders,
        ...others.map((server) => ({ ...server, label: server.label + alone })),
      ]);
    } finally {
      await Promise.all(loads.map((load) => load.stop()));
    }
  });
}

/** Enough to fill every connection five times, and to let the compiler see the code. */
function shortCount({ connections, inflight, size }) {
  const least = size > 1e5 ? 40 : size > 4096 ? 2000 : 10_000;
  return Math.max(connections * inflight * 5, least);
}
