/** The benchmark `proxy`: what a reverse proxy spends on a small request that it passes on to one upstream. */
import { buildGenerator, startHttpGenerator } from './harness/generator.mjs';
import { interleave, withServers } from './harness/interleave.mjs';
import { startServer } from './harness/server.mjs';
import { groupBy, summarize } from './harness/statistics.mjs';
import { hello } from './servers/http-files.mjs';
import { proxyServers } from './servers/list.mjs';

const browser = [
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Accept-Language: en-GB,en;q=0.9,de;q=0.8',
  'Cache-Control: max-age=0',
  'Sec-Fetch-Dest: document',
  'Sec-Fetch-Mode: navigate',
  'Sec-Fetch-Site: same-origin',
  'Referer: http://localhost/index.html',
  'Cookie: session=0123456789abcdef0123456789abcdef; theme=dark',
];

/** `goals`: how many times the CPU of lws-ts each of the others needs at least. `fields`: of the request, besides Host. */
const goals = { httpxy: 3, 'http-proxy-middleware': 3, haproxy: 0.25 };
const scenarios = {
  get: { fields: [], goals },
  'get-browser': { fields: browser, goals: {} },
};

export const proxy = {
  about:
    'CPU of a reverse proxy per small GET, keep-alive on both sides; get-browser has the fields of a browser',
  scenarios,
  servers: proxyServers,
  defaultServers: ['lws-ts', 'httpxy', 'http-proxy-middleware', 'haproxy', 'nginx'],
  defaults: { rounds: 7, connections: 64 },
  run: runProxy,
  rows: proxyRows,
};

/** The upstream is a process of its own and in no figure; all proxies have the same. */
async function runProxy(options, progress) {
  const binary = buildGenerator('httpload');
  const samples = [];
  for (const scenario of options.only) {
    const able = options.servers.filter((name) => proxyServers[name].unable?.() === undefined);
    for (const name of new Set(options.servers))
      if (!able.includes(name))
        samples.push({ scenario, server: name, skipped: proxyServers[name].unable() });
    if (able.length === 0) continue;
    const { connections } = options;
    const { fields } = scenarios[scenario];
    const asked = { connections, inflight: 1, path: '/hello', size: 13, body: hello, fields };
    const work = {
      scenario,
      unit: 'request',
      short: connections * 4,
      start: ({ port }, count) => startHttpGenerator(binary, { port, ...asked, ...count }),
    };
    const upstream = await startServer('proxy-upstream.mjs');
    try {
      const args = ['--upstream', String(upstream.port)];
      const own = { ...options, servers: able };
      samples.push(
        ...(await withServers(`proxy-${scenario}`, proxyServers, args, own, (contenders) =>
          interleave(work, contenders, own, progress),
        )),
      );
    } finally {
      await upstream.stop();
    }
  }
  return samples;
}

/** One row for each proxy in each scenario: what it spends, and how many times that of lws-ts it is. */
function proxyRows(samples) {
  const head = ['scenario', 'proxy', 'CPU us/request, median', 'min', 'requests/s'];
  const rows = [[...head, 'of lws-ts, median', 'min', 'foreign CPU', 'goal (min)']];
  for (const [scenario, inScenario] of groupBy(samples, 'scenario')) {
    const servers = groupBy(inScenario, 'server');
    const ours = servers.get('lws-ts');
    const base = ours === undefined ? undefined : summarize(ours);
    for (const [server, own] of servers) {
      if (own[0].skipped !== undefined) {
        rows.push([scenario, server, `skipped: ${own[0].skipped}`, '', '', '', '', '', '']);
        continue;
      }
      const line = summarize(own);
      const times = base && { median: line.medianUs / base.medianUs, min: line.minUs / base.minUs };
      rows.push([
        scenario,
        server,
        line.medianUs.toFixed(2),
        line.minUs.toFixed(2),
        String(Math.round(line.messagesPerSecond)),
        times?.median.toFixed(2) ?? '',
        times?.min.toFixed(2) ?? '',
        line.foreignCpu.toFixed(2),
        verdict(times, scenarios[scenario].goals[server]),
      ]);
    }
  }
  return rows;
}

function verdict(times, goal) {
  if (goal === undefined || times === undefined) return '';
  return `${goal.toFixed(2)} ${times.min >= goal ? 'met' : 'MISSED'}`;
}
