/** The benchmark `deflate`: what a server spends on a compressed message that it inflates, deflates and sends back. */
import { needLinux, startNodeLoad } from './harness/generator.mjs';
import { interleave, withServers } from './harness/interleave.mjs';
import { rowsOf } from './harness/report.mjs';
import { deflateServers } from './servers/list.mjs';

/** `text`: as text frames, which is how JSON mostly comes. */
const scenarios = {
  512: { size: 512, text: false, least: 2.5 },
  4096: { size: 4096, text: false, least: 2.5 },
  '512-text': { size: 512, text: true },
  '4096-text': { size: 4096, text: true },
};

export const deflate = {
  about: 'CPU per echo of that many bytes of JSON with permessage-deflate, no context taken over',
  scenarios,
  servers: deflateServers,
  defaultServers: ['ws', 'lws-ts'],
  defaults: { rounds: 7, connections: 100 },
  run: runDeflate,
  rows: (samples) =>
    rowsOf(samples, (scenario, baseline, server) =>
      baseline === 'ws' && server === 'lws-ts' ? scenarios[scenario].least : undefined,
    ),
};

async function runDeflate(options, progress) {
  needLinux();
  const samples = [];
  for (const scenario of options.only) {
    const { size, text } = scenarios[scenario];
    const { connections } = options;
    const work = {
      scenario,
      unit: 'message',
      short: connections * 20,
      start: ({ port }, count) =>
        startNodeLoad('deflate.mjs', { port, connections, size, text, ...count }),
    };
    samples.push(
      ...(await withServers(scenario, deflateServers, ['--deflate'], options, (contenders) =>
        interleave(work, contenders, options, progress),
      )),
    );
  }
  return samples;
}
