import { expect, test } from 'vitest';
import {
  headLines,
  jsonLines,
  markdown,
  markdownTable,
  plainTable,
  rowsOf,
} from '../harness/report.mjs';

const samples = [10, 8, 12].flatMap((us) => [
  { scenario: '32x20', server: 'ws', messages: 900, seconds: 1, serverUs: us, foreignCpu: 0 },
  { scenario: '32x20', server: 'b', messages: 900, seconds: 0.5, serverUs: us / 4, foreignCpu: 0 },
]);
const run = {
  benchmark: 'echo',
  command: 'npm run bench -- echo',
  date: '2026-01-02T03:04:05.678Z',
  commit: 'abc1234',
  versions: { ws: '8.0.0', bufferutil: '4.0.0' },
  machine: { node: 'v20.19.0', kernel: '6.1', cpuModel: 'Some CPU', cpus: 2 },
  options: { rounds: 3, connections: 100, profile: false },
  loadBefore: [0.1, 0.2, 0.3],
  loadAfter: [1, 0.5, 0.25],
};

test.each([
  [undefined, ''],
  [4, '4.00 met'],
  [4.1, '4.10 MISSED'],
])('a goal of %s reads "%s"', (least, verdict) => {
  const [, baseline, other] = rowsOf(samples, (scenario, first, server) =>
    scenario === '32x20' && first === 'ws' && server === 'b' ? least : undefined,
  );
  expect(baseline).toEqual(['32x20', 'ws', '10.00', '8.00', '900', '1', '1', '1', '0.00', '']);
  expect(other?.slice(0, 5)).toEqual(['32x20', 'b', '2.50', '2.00', '1800']);
  expect(other?.slice(5)).toEqual(['4.00', '4.00', '2.00', '0.00', verdict]);
});

test('names stand left, figures right, in both tables', () => {
  const rows = [
    ['name', 'who', 'us'],
    ['a', 'longer', '1.25'],
  ];
  expect(plainTable(rows)).toBe('name  who       us\na     longer  1.25');
  expect(markdownTable(rows)).toBe(
    '| name | who    |   us |\n| --- | --- | --: |\n| a    | longer | 1.25 |',
  );
});

test('the head tells what the figures belong to, and that profiled ones are worth nothing', () => {
  expect(headLines(run)).toEqual([
    'echo: 100 connections, 3 rounds',
    'command: npm run bench -- echo',
    '2026-01-02T03:04:05.678Z, commit abc1234, ws 8.0.0, bufferutil 4.0.0',
    'Node v20.19.0, Linux 6.1, 2 x Some CPU',
    'load average 0.10 0.20 0.30 before, 1.00 0.50 0.25 after',
  ]);
  const profiled = { ...run, options: { ...run.options, profile: true } };
  expect(headLines(profiled)[0]).toContain('PROFILED');
});

test('markdown and the kept file hold each raw sample as one line of JSON', () => {
  const kept = jsonLines(run, samples).trimEnd().split('\n');
  expect(kept.map((line): unknown => JSON.parse(line))).toEqual([run, ...samples]);
  const page = markdown(
    run,
    samples,
    rowsOf(samples, () => undefined),
  ).split('\n');
  for (const sample of samples) expect(page).toContain(JSON.stringify(sample));
  expect(page).toContain('* command: npm run bench -- echo');
});
