/** The benchmark `broadcast`: what a server spends on one delivery of a message that goes to everybody. */
import { needLinux, startNodeLoad } from './harness/generator.mjs';
import { interleave, withServers } from './harness/interleave.mjs';
import { rowsOf } from './harness/report.mjs';
import { broadcastServers } from './servers/list.mjs';

const scenarios = {
  plain: { deflate: false, least: 1.1 },
  deflate: { deflate: true, least: 8 },
};

export const broadcast = {
  about: 'CPU per delivery of 512 B to every connection, plain and compressed',
  scenarios,
  servers: broadcastServers,
  defaultServers: ['ws', 'lws-ts'],
  defaults: { rounds: 7, connections: 500 },
  run: runBroadcast,
  rows: (samples) =>
    rowsOf(
      samples,
      (scenario, baseline, server) =>
        baseline === 'ws' && server === 'lws-ts' ? scenarios[scenario].least : undefined,
      'delivery',
    ),
};

async function runBroadcast(options, progress) {
  needLinux();
  const samples = [];
  for (const scenario of options.only) {
    const { deflate } = scenarios[scenario];
    const { connections } = options;
    const work = {
      scenario,
      unit: 'delivery',
      short: connections * 10,
      start: ({ port }, count) =>
        startNodeLoad('broadcast.mjs', { port, connections, size: 512, deflate, ...count }),
    };
    const args = deflate ? ['--deflate'] : [];
    const servers = options.servers.filter((name) => {
      const reason = broadcastServers[name].unable?.({ deflate });
      if (reason !== undefined) progress(`${scenario}: no ${name}: ${reason}`);
      return reason === undefined;
    });
    samples.push(
      ...(await withServers(
        `broadcast-${scenario}`,
        broadcastServers,
        args,
        { ...options, servers },
        (contenders) => interleave(work, contenders, options, progress),
      )),
    );
  }
  return samples;
}
