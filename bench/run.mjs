/** `npm run bench`: measures, prints a table, keeps the raw lines in `bench/reports/`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { benchmarks } from './benchmarks.mjs';
import { Skipped } from './harness/generator.mjs';
import { describeCommit, describeMachine, versionsOf } from './harness/machine.mjs';
import { parseOptions, UsageError, usage } from './harness/options.mjs';
import { headLines, jsonLines, markdown, plainTable } from './harness/report.mjs';

const reports = fileURLToPath(new URL('reports/', import.meta.url));

try {
  const options = parseOptions(process.argv.slice(2), benchmarks);
  if (options.help) console.log(usage(benchmarks));
  else await main(options);
} catch (error) {
  if (error instanceof Skipped) console.log(`skipped: ${error.message}`);
  else if (error instanceof UsageError) {
    console.error(`bench: ${error.message}\n\n${usage(benchmarks)}`);
    process.exitCode = 2;
  } else {
    console.error(`bench: ${error.message}`);
    process.exitCode = 1;
  }
}

async function main(options) {
  const { run: measure, rows: tableOf, servers } = benchmarks[options.benchmark];
  mkdirSync(reports, { recursive: true });
  const run = {
    benchmark: options.benchmark,
    command: ['npm run bench --', ...process.argv.slice(2)].join(' '),
    date: new Date().toISOString(),
    commit: describeCommit(),
    versions: versionsOf([...new Set(options.servers.flatMap((name) => servers[name].packages))]),
    machine: describeMachine(),
    options,
    loadBefore: loadavg(),
  };
  const samples = await measure(options, (line) => console.error(line));
  run.loadAfter = loadavg();

  const file = `${reports}${options.benchmark}-${run.date.replaceAll(':', '-')}.jsonl`;
  writeFileSync(file, jsonLines(run, samples));
  const rows = tableOf(samples);
  if (options.markdown) console.log(markdown(run, samples, rows));
  else console.log([...headLines(run), '', plainTable(rows)].join('\n'));
  console.error(`raw lines: ${relative(process.cwd(), file)}`);
}
