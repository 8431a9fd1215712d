/** The benchmark `connect`: what a server spends on a connection that comes, shakes hands, closes and goes. */
import { buildGenerator, startVisits } from './harness/generator.mjs';
import { interleave, withServers } from './harness/interleave.mjs';
import { rowsOf } from './harness/report.mjs';
import { echoServers } from './servers/list.mjs';

const least = 1.4;

export const connect = {
  about:
    'CPU per connection that connects, upgrades and closes; --connections are under way at a time',
  scenarios: { upgrade: {} },
  servers: echoServers,
  defaultServers: ['ws', 'lws-ts'],
  defaults: { rounds: 7, connections: 32 },
  run: runConnect,
  rows: (samples) =>
    rowsOf(
      samples,
      (_scenario, baseline, server) =>
        baseline === 'ws' && server === 'lws-ts' ? least : undefined,
      'connection',
    ),
};

async function runConnect(options, progress) {
  const binary = buildGenerator('visitload');
  const { connections } = options;
  const samples = [];
  for (const scenario of options.only) {
    const work = {
      scenario,
      unit: 'connection',
      short: connections * 20,
      start: ({ port }, count) => startVisits(binary, { port, connections, tls: false, ...count }),
    };
    samples.push(
      ...(await withServers(`connect-${scenario}`, echoServers, [], options, (contenders) =>
        interleave(work, contenders, options, progress),
      )),
    );
  }
  return samples;
}
