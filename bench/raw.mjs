/** The benchmark `raw`: what a raw echo spends on a message, beside bare `node:net`. */
import { needLinux, startNodeLoad } from './harness/generator.mjs';
import { interleave, withServers } from './harness/interleave.mjs';
import { rowsOf } from './harness/report.mjs';
import { rawServers } from './servers/list.mjs';

/** `least`: at most 1.15 times the CPU of node:net, a ratio of 0.87. */
const scenarios = {
  '32x1': { size: 32, inflight: 1, least: 0.87 },
  '32x20': { size: 32, inflight: 20, least: 0.87 },
  '1024x1': { size: 1024, inflight: 1, least: 0.87 },
  '1024x20': { size: 1024, inflight: 20, least: 0.87 },
};

export const raw = {
  about: 'CPU per message of a raw echo, beside bare node:net; 32x20 is 32 bytes and 20 in flight',
  scenarios,
  servers: rawServers,
  defaultServers: ['net', 'lws-ts'],
  defaults: { rounds: 7, connections: 100 },
  run: runRaw,
  rows: (samples) =>
    rowsOf(samples, (scenario, baseline, server) =>
      baseline === 'net' && server === 'lws-ts' ? scenarios[scenario].least : undefined,
    ),
};

async function runRaw(options, progress) {
  needLinux();
  const { connections } = options;
  const samples = [];
  for (const scenario of options.only) {
    const { size, inflight } = scenarios[scenario];
    const work = {
      scenario,
      unit: 'message',
      short: connections * inflight * 5,
      start: ({ port }, count) =>
        startNodeLoad('raw.mjs', { port, connections, size, inflight, ...count }),
    };
    samples.push(
      ...(await withServers(`raw-${scenario}`, rawServers, [], options, (contenders) =>
        interleave(work, contenders, options, progress),
      )),
    );
  }
  return samples;
}
