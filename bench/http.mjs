/** The benchmark `http`: what a server spends on a small answer of a program, and on files of three sizes. */
import { fileURLToPath } from 'node:url';
import { buildGenerator, startHttpGenerator } from './harness/generator.mjs';
import { interleave, withServers } from './harness/interleave.mjs';
import { groupBy, summarize } from './harness/statistics.mjs';
import { hello, makeFiles } from './servers/http-files.mjs';
import { httpServers } from './servers/list.mjs';

const KiB = 1024;
const root = fileURLToPath(new URL('.build/www/', import.meta.url));

/**
 * `goals`: how many times the CPU of lws-ts each of the others needs at least. `only`: who can do it.
 * `inflight`: requests under way on each connection.
 */
const scenarios = {
  hello: { path: '/hello', size: 13, inflight: 1, goals: { node: 1.5 } },
  'hello-1000': { path: '/hello', size: 13, inflight: 1, connections: 1000, goals: { node: 1.5 } },
  'hello-pipelined': { path: '/hello', size: 13, inflight: 16, goals: { node: 8 } },
  '1k': { path: '/1k.txt', size: KiB, inflight: 1, goals: { node: 8, nginx: 1 } },
  '1k-1000': {
    path: '/1k.txt',
    size: KiB,
    inflight: 1,
    connections: 1000,
    goals: { node: 8, nginx: 1 },
  },
  '1k-pipelined': { path: '/1k.txt', size: KiB, inflight: 16, goals: { node: 8, nginx: 1 } },
  '64k': { path: '/64k.txt', size: 64 * KiB, inflight: 1, goals: { node: 5, lws: 2 } },
  '64k-1000': {
    path: '/64k.txt',
    size: 64 * KiB,
    inflight: 1,
    connections: 1000,
    goals: { node: 5, lws: 2 },
  },
  '10m': { path: '/10m.txt', size: 10 * KiB * KiB, inflight: 1, goals: { node: 2, lws: 2 } },
};

export const http = {
  about:
    'CPU per request: a small answer of a program, files of 1 KiB, 64 KiB and 10 MiB; keep-alive and pipelined',
  scenarios,
  servers: httpServers,
  defaultServers: ['lws-ts', 'node', 'fastify', 'nginx', 'lws'],
  defaults: { rounds: 7, connections: 64 },
  run: runHttp,
  rows: httpRows,
};

async function runHttp(options, progress) {
  const binary = buildGenerator('httpload');
  makeFiles(root);
  const samples = [];
  for (const scenario of options.only) {
    const { path, size, inflight, connections = options.connections } = scenarios[scenario];
    const able = [];
    for (const server of new Set(options.servers)) {
      const reason = httpServers[server].unable?.({ path, inflight });
      if (reason === undefined) able.push(server);
      else samples.push({ scenario, server, skipped: reason });
    }
    if (able.length === 0) continue;
    const body = path === '/hello' ? hello : undefined;
    const asked = { connections, inflight, path, size, body };
    const work = {
      scenario,
      unit: 'request',
      short: connections * inflight * 2,
      start: ({ port }, count) => startHttpGenerator(binary, { port, ...asked, ...count }),
    };
    const own = { ...options, servers: options.servers.filter((name) => able.includes(name)) };
    samples.push(
      ...(await withServers(`http-${scenario}`, httpServers, ['--root', root], own, (contenders) =>
        interleave(work, contenders, own, progress),
      )),
    );
  }
  return samples;
}

/** One row for each server in each scenario: what it spends, and how many times that of lws-ts it is. */
function httpRows(samples) {
  const rows = [
    [
      'scenario',
      'server',
      'CPU us/request, median',
      'min',
      'requests/s',
      'of lws-ts, median',
      'min',
      'foreign CPU',
      'goal (min)',
    ],
  ];
  for (const [scenario, inScenario] of groupBy(samples, 'scenario')) {
    const servers = groupBy(inScenario, 'server');
    const ours = servers.get('lws-ts')?.filter(({ skipped }) => skipped === undefined) ?? [];
    const base = ours.length === 0 ? undefined : summarize(ours);
    for (const [server, own] of servers) {
      if (own[0].skipped !== undefined) {
        rows.push([scenario, server, `skipped: ${own[0].skipped}`, '', '', '', '', '', '']);
        continue;
      }
      const line = summarize(own);
      const cells = [scenario, server, line.medianUs.toFixed(2), line.minUs.toFixed(2)];
      cells.push(String(Math.round(line.messagesPerSecond)));
      if (base === undefined) cells.push('', '');
      else
        cells.push(
          (line.medianUs / base.medianUs).toFixed(2),
          (line.minUs / base.minUs).toFixed(2),
        );
      cells.push(
        line.foreignCpu.toFixed(2),
        verdict(line, base, scenarios[scenario].goals[server]),
      );
      rows.push(cells);
    }
  }
  return rows;
}

function verdict(line, base, goal) {
  if (goal === undefined || base === undefined) return '';
  return `${goal.toFixed(2)} ${line.minUs / base.minUs >= goal ? 'met' : 'MISSED'}`;
}
