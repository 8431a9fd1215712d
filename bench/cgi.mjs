/** The benchmark `cgi`: what a body much larger than memory should be costs while it passes between a peer and a script. */
import { needLinux } from './harness/generator.mjs';
import { peakRows, peakSample } from './harness/peak.mjs';
import { startServer } from './harness/server.mjs';
import { cgiServers } from './servers/list.mjs';

const scenarios = { down: { mib: 1024 }, up: { mib: 1024 } };

export const cgi = {
  about:
    'peak memory while a script writes 1 GiB to a slow peer, and reads 1 GiB slowly, beside a relay of node:net',
  scenarios,
  servers: cgiServers,
  defaultServers: ['relay', 'lws-ts'],
  defaults: { rounds: 3, connections: 1 },
  run: runCgi,
  rows: (samples) => peakRows(samples, { baseline: 'relay', mostOver: 8, mostLeft: 1 }),
};

/** `options.messages` are MiB. Behind the relay the other process is one that does as the script does. */
async function runCgi(options, progress) {
  needLinux();
  const samples = [];
  const behind = await startServer('net-script.mjs');
  try {
    for (const scenario of options.only) {
      const mib = options.messages ?? scenarios[scenario].mib;
      progress(`${scenario}: ${options.rounds} rounds of ${mib} MiB`);
      for (let round = 1; round <= options.rounds; round++)
        for (const server of options.servers) {
          const profile = options.profile ? `cgi-${round}-${server}` : undefined;
          const settings = { raw: server === 'relay', path: scenario, messages: mib };
          const { file } = cgiServers[server];
          const started = { file, profile, args: ['--upstream', String(behind.port)] };
          const sample = await peakSample(started, { file: 'cgi.mjs', settings }, mib);
          samples.push({ scenario, server, round, ...sample });
        }
    }
  } finally {
    await behind.stop();
  }
  return samples;
}
