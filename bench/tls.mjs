/** The benchmark `tls`: what TLS costs a server, by connection and by message. */
import { buildGenerator, needLinux, startNodeLoad, startVisits } from './harness/generator.mjs';
import { interleave, withServers } from './harness/interleave.mjs';
import { rowsOf } from './harness/report.mjs';
import { tlsServers } from './servers/list.mjs';

/** `least`: how many times less CPU than ws on node:https is demanded of lws-ts. */
const scenarios = {
  connect: { connections: 16, least: 1.2 },
  '32x20': { size: 32, inflight: 20, least: 1.6 },
  '16384x4': { size: 16_384, inflight: 4, least: 0.77 },
};

export const tls = {
  about:
    'CPU per full TLS 1.3 handshake with upgrade and close, and per echo over TLS, beside ws on node:https',
  scenarios,
  servers: tlsServers,
  defaultServers: ['ws', 'lws-ts'],
  defaults: { rounds: 7, connections: 50 },
  run: runTls,
  rows: (samples) =>
    rowsOf(samples, (scenario, baseline, server) =>
      baseline === 'ws' && server === 'lws-ts' ? scenarios[scenario].least : undefined,
    ),
};

async function runTls(options, progress) {
  needLinux();
  const samples = [];
  for (const scenario of options.only) {
    const { connections = options.connections, size = 0, inflight = 0 } = scenarios[scenario];
    const run = { connections, size, inflight };
    const work = {
      scenario,
      unit: inflight > 0 ? 'message' : 'connection',
      short: connections * Math.max(20, inflight * 5),
      start: starter(run),
    };
    const servers = options.servers.filter((name) => {
      const reason = tlsServers[name].unable?.(run);
      if (reason !== undefined) progress(`${scenario}: no ${name}: ${reason}`);
      return reason === undefined;
    });
    samples.push(
      ...(await withServers(
        `tls-${scenario}`,
        tlsServers,
        [],
        { ...options, servers },
        (contenders) => interleave(work, contenders, options, progress),
      )),
    );
  }
  return samples;
}

function starter(run) {
  if (run.inflight > 0)
    return ({ port }, count) => startNodeLoad('tls.mjs', { port, ...run, ...count });
  const binary = buildGenerator('visitload-tls');
  return ({ port }, count) => startVisits(binary, { port, tls: true, ...run, ...count });
}
