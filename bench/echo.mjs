/** The benchmark `echo`: what a WebSocket server spends on a message that it sends back. */
import { buildGenerator } from './harness/generator.mjs';
import { takeSample } from './harness/sample.mjs';
import { startServer } from './harness/server.mjs';
import { commonCount } from './harness/statistics.mjs';
import { servers } from './servers/list.mjs';

/** `least`: how many times less CPU per message than ws is demanded of lws-ts; README.md says why not everywhere. */
const scenarios = {
  '32x1': { size: 32, inflight: 1, text: false, least: 1.15 },
  '32x20': { size: 32, inflight: 20, text: false, least: 6 },
  '16384x1': { size: 16384, inflight: 1, text: false, least: 1 },
  '16384x20': { size: 16384, inflight: 20, text: false },
  '1024x10': { size: 1024, inflight: 10, text: false, least: 2.5 },
  '1048576x1': { size: 1_048_576, inflight: 1, text: false, connections: 4, least: 1 },
  '32x1-text': { size: 32, inflight: 1, text: true },
  '32x20-text': { size: 32, inflight: 20, text: true },
  '16384x1-text': { size: 16384, inflight: 1, text: true },
  '16384x20-text': { size: 16384, inflight: 20, text: true },
};

export const scenarioNames = Object.keys(scenarios);

/** The ratio that is demanded of lws-ts against ws in a scenario, if one is. */
export function goal(scenario, baseline, server) {
  return baseline === 'ws' && server === 'lws-ts' ? scenarios[scenario].least : undefined;
}

/** Measures `options.only` and returns the samples, one object each. `progress` is told what is going on. */
export async function runEcho(options, progress) {
  const binary = buildGenerator();
  const samples = [];
  for (const name of options.only) {
    const { size, inflight, text, connections = options.connections } = scenarios[name];
    const run = { size, inflight, text, connections, verify: false };
    const contenders = [];
    try {
      for (const [place, server] of options.servers.entries()) {
        const profile = options.profile ? `${name}-${place}-${server}` : undefined;
        const started = await startServer(servers[server].file, profile);
        contenders.push({ ...started, label: label(options.servers, place) });
      }
      samples.push(...(await measure(binary, name, run, contenders, options, progress)));
    } finally {
      await Promise.all(contenders.map((server) => server.stop()));
    }
  }
  return samples;
}

/** Checks every byte of every server, agrees on one count, warms up for one round, then goes A B A B. */
async function measure(binary, scenario, run, contenders, options, progress) {
  const short = shortCount(run);
  progress(`${scenario}: every byte of ${short} echoes of each server is compared`);
  const rates = [];
  for (const server of contenders) {
    await takeSample(binary, server, { ...run, verify: true, warmup: 0, messages: short });
    const { messages, seconds } = await takeSample(binary, server, {
      ...run,
      warmup: short,
      messages: short,
    });
    rates.push(messages / seconds);
  }
  const messages = options.messages ?? commonCount(rates, options.seconds);
  progress(`${scenario}: ${options.rounds} rounds, ${messages} messages a sample`);
  const samples = [];
  for (let round = 0; round <= options.rounds; round++) {
    for (const server of contenders) {
      const warmup = Math.ceil(messages / 10);
      const sample = await takeSample(binary, server, { ...run, warmup, messages });
      if (round > 0) samples.push({ scenario, server: server.label, round, ...sample });
    }
  }
  return samples;
}

/** Enough to fill every connection five times, and to let the compiler see the code. */
function shortCount({ connections, inflight, size }) {
  const least = size > 1e5 ? 40 : size > 4096 ? 2000 : 10_000;
  return Math.max(connections * inflight * 5, least);
}

/** `ws`, and `ws (2)` where the same server stands a second time. */
function label(names, place) {
  const before = names.slice(0, place).filter((name) => name === names[place]).length;
  return before === 0 ? names[place] : `${names[place]} (${before + 1})`;
}
