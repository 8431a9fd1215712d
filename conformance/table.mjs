/**
 * Prints what the last run of the conformance suite found, one line a case, as Autobahn's testsuite tabulates it:
 * `node conformance/table.mjs` after `npx vitest run --project conformance`. With ids or their beginnings behind it,
 * such as `6.4 9`, those alone. Exits with 1 when a case was not OK.
 */
import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../reports/conformance/', import.meta.url);
const wanted = process.argv.slice(2);

/** @type {{ id: string, run: string, behaviour: string, about: string, detail: string }[]} */
const rows = files().flatMap((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')));

function files() {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
}

function isWanted({ id }) {
  return wanted.length === 0 || wanted.some((begin) => id === begin || id.startsWith(`${begin}.`));
}

/** By each number in turn. */
function compareIds(a, b) {
  const [left, right] = [a, b].map((id) => id.split('.').map(Number));
  for (const [at, number] of left.entries()) if (number !== right[at]) return number - right[at];
  return 0;
}

/** The runs of a case that are one column: how octets were cut does not make another. */
function column(run) {
  return run.replace(/, cut .*/, '');
}

const order = ['OK', 'NON-STRICT', 'FAILED'];
const columns = [...new Set(rows.map(({ run }) => column(run)))].sort((a, b) => a.localeCompare(b));
const cases = new Map();
for (const row of rows.filter(isWanted)) {
  const one = cases.get(row.id) ?? { about: row.about, runs: new Map(), details: [] };
  cases.set(row.id, one);
  const before = one.runs.get(column(row.run)) ?? 'OK';
  const worse = order.indexOf(row.behaviour) > order.indexOf(before);
  one.runs.set(column(row.run), worse ? row.behaviour : before);
  if (row.behaviour !== 'OK') one.details.push(`${row.run}: ${row.detail}`);
}

const width = (title) => Math.max(title.length, 'NON-STRICT'.length);
console.log(
  ['case'.padEnd(8), ...columns.map((title) => title.padEnd(width(title))), 'about'].join('  '),
);
for (const [id, { about, runs, details }] of [...cases].sort(([a], [b]) => compareIds(a, b))) {
  const cells = columns.map((title) => (runs.get(title) ?? '-').padEnd(width(title)));
  console.log([id.padEnd(8), ...cells, about].join('  '));
  for (const detail of details) console.log(`${' '.repeat(10)}${detail}`);
}

const bad = [...cases.values()].filter(({ details }) => details.length > 0).length;
console.log(`\n${cases.size} cases, ${cases.size - bad} OK, ${bad} not`);
if (cases.size === 0) console.log('no reports: run `npx vitest run --project conformance` first');
process.exitCode = cases.size === 0 || bad > 0 ? 1 : 0;
