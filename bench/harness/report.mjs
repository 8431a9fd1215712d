/** From samples to what is printed and kept: one table, what the machine was, the raw lines. */
import { groupBy, ratios, summarize } from './statistics.mjs';

function columns(unit) {
  return [
    'scenario',
    'server',
    `CPU us/${unit}, median`,
    'min',
    unit === 'delivery' ? 'deliveries/s' : `${unit}s/s`,
    'CPU ratio, median',
    'min',
    'throughput ratio',
    'foreign CPU',
    'goal (min)',
  ];
}

/**
 * One row for each server in each scenario; the server that comes first is the baseline of the ratios.
 * `goalOf(scenario, baseline, server)` gives the ratio to reach, or undefined; `unit` is
 * what was counted.
 */
export function rowsOf(samples, goalOf, unit = 'message') {
  const rows = [columns(unit)];
  for (const [scenario, inScenario] of groupBy(samples, 'scenario')) {
    let baseline;
    for (const [server, own] of groupBy(inScenario, 'server')) {
      const line = summarize(own);
      const cells = [scenario, server, line.medianUs.toFixed(2), line.minUs.toFixed(2)];
      cells.push(String(Math.round(line.messagesPerSecond)));
      if (baseline === undefined) {
        baseline = { server, line };
        cells.push('1', '1', '1', line.foreignCpu.toFixed(2), '');
      } else {
        const ratio = ratios(baseline.line, line);
        cells.push(ratio.median.toFixed(2), ratio.min.toFixed(2), ratio.throughput.toFixed(2));
        cells.push(line.foreignCpu.toFixed(2));
        cells.push(verdict(ratio.min, goalOf(scenario, baseline.server, server)));
      }
      rows.push(cells);
    }
  }
  return rows;
}

/** Columns in line: the first two to the left, figures to the right. */
export function plainTable(rows) {
  return render(rows, '  ', '', '');
}

/** The same as a markdown table. */
export function markdownTable(rows) {
  const [head, ...body] = render(rows, ' | ', '| ', ' |').split('\n');
  const rule = rows[0].map((_, at) => (at < 2 ? '---' : '--:')).join(' | ');
  return [head, `| ${rule} |`, ...body].join('\n');
}

/** What the figures belong to, a line each. */
export function headLines(run) {
  const { options, machine } = run;
  const versions = Object.entries(run.versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${run.benchmark}: ${options.connections} connections, ${options.rounds} rounds${options.profile ? ', PROFILED: no figures to keep' : ''}`,
    `command: ${run.command}`,
    `${run.date}, commit ${run.commit}, ${versions.join(', ')}`,
    `Node ${machine.node}, Linux ${machine.kernel}, ${machine.cpus} x ${machine.cpuModel}`,
    `load average ${loads(run.loadBefore)} before, ${loads(run.loadAfter)} after`,
  ];
}

/** A section for docs/benchmarks.md: head, table, and the raw lines folded away. */
export function markdown(run, samples, rows) {
  const head = headLines(run).map((line) => `* ${line}`);
  const raw = samples.map((sample) => JSON.stringify(sample));
  const fold = ['<details><summary>Raw lines</summary>', '', '```json', ...raw, '```', ''];
  return [...head, '', markdownTable(rows), '', ...fold, '</details>', ''].join('\n');
}

/** What is kept in `bench/reports/`: the run, then a line for each sample. */
export function jsonLines(run, samples) {
  return [run, ...samples].map((line) => `${JSON.stringify(line)}\n`).join('');
}

function verdict(ratio, least) {
  if (least === undefined) return '';
  return `${least.toFixed(2)} ${ratio >= least ? 'met' : 'MISSED'}`;
}

function loads(averages) {
  return averages.map((average) => average.toFixed(2)).join(' ');
}

function render(rows, between, left, right) {
  const widths = rows[0].map((_, at) => Math.max(...rows.map((row) => row[at].length)));
  return rows
    .map((row) => {
      const cells = row.map((cell, at) =>
        at < 2 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]),
      );
      return `${left}${cells.join(between)}${right}`.trimEnd();
    })
    .join('\n');
}
