/** The benchmark `stream`: what a message much larger than memory should be costs while it passes through an echo. */
import { needLinux } from './harness/generator.mjs';
import { peakRows, peakSample } from './harness/peak.mjs';
import { streamServers } from './servers/list.mjs';

const fragmentsPerMib = 16; // of 64 KiB

const scenarios = { '1gib': { mib: 1024 } };

export const stream = {
  about:
    'peak memory while 1 GiB goes through in one message of fragments, beside bytes through node:net',
  scenarios,
  servers: streamServers,
  defaultServers: ['net', 'lws-ts'],
  defaults: { rounds: 3, connections: 1 },
  run: runStream,
  rows: (samples) => peakRows(samples, { baseline: 'net', mostOver: 4, mostLeft: 1 }),
};

/** `options.messages` are MiB. */
async function runStream(options, progress) {
  needLinux();
  const samples = [];
  for (const scenario of options.only) {
    const mib = options.messages ?? scenarios[scenario].mib;
    progress(`${scenario}: ${options.rounds} rounds of ${mib} MiB`);
    for (let round = 1; round <= options.rounds; round++)
      for (const server of options.servers) {
        const profile = options.profile ? `stream-${round}-${server}` : undefined;
        const settings = { raw: server === 'net', messages: mib * fragmentsPerMib };
        const load = { file: 'stream.mjs', settings };
        const { file } = streamServers[server];
        samples.push({
          scenario,
          server,
          round,
          ...(await peakSample({ file, profile }, load, mib)),
        });
      }
  }
  return samples;
}
