/** The command line of `bench/run.mjs`. */
import { parseArgs } from 'node:util';

/** A command line that cannot be used; its message says why. */
export class UsageError extends Error {}

const numbers = {
  rounds: { min: 3, max: 100, integer: true },
  seconds: { fallback: 0.7, min: 0.05, max: 60, integer: false },
  messages: { fallback: undefined, min: 1, max: 1e9, integer: true },
  connections: { min: 1, max: 10_000, integer: true },
  idle: { fallback: 5000, min: 1, max: 10_000, integer: true },
};

/**
 * Reads `argv` against `benchmarks`, of which each has names of `scenarios` and `servers`, `defaultServers`, and
 * `defaults` of options. Throws {@link UsageError}.
 */
export function parseOptions(argv, benchmarks) {
  const { values, positionals } = parse(argv);
  if (positionals.length > 1) throw new UsageError('one benchmark at a time');
  const names = Object.keys(benchmarks);
  const benchmark = chosen('benchmark', positionals[0] ?? names[0], names);
  const { servers, scenarios, defaultServers, defaults } = benchmarks[benchmark];
  const options = {
    benchmark,
    servers: choice('servers', values.servers, Object.keys(servers), defaultServers),
    only: choice('only', values.only, Object.keys(scenarios), Object.keys(scenarios)),
    markdown: values.markdown ?? false,
    profile: values.profile ?? false,
    help: values.help ?? false,
  };
  for (const [name, rule] of Object.entries(numbers))
    options[name] = number(name, values[name], { fallback: defaults[name], ...rule });
  return options;
}

/** What `--help` prints. */
export function usage(benchmarks) {
  const names = Object.keys(benchmarks);
  return `Usage: npm run bench -- [${names.join('|')}] [options]

  --servers A,B    who is measured, the first is the baseline; the same twice shows the noise
  --only A,B       scenarios (all)
  --rounds N       samples of each server, interleaved
  --seconds S      mean length of a sample, makes the count of messages (${numbers.seconds.fallback})
  --messages N     the count itself: messages, deliveries, connections; of stream and cgi MiB
  --connections N  how many are open; of connect, how many are under way at a time
  --idle N         most connections beside the ones of echo 32x1-idle (${numbers.idle.fallback})
  --markdown       print markdown, raw lines included
  --profile        leave a CPU profile of each server in bench/reports/; the figures are worth nothing then
  --help

${names.map((name) => paragraph(name, benchmarks[name])).join('\n\n')}`;
}

function paragraph(name, { about, scenarios, servers, defaultServers, defaults }) {
  return `${name}: ${about}
  scenarios: ${Object.keys(scenarios).join(', ')}
  servers: ${Object.keys(servers).join(', ')} (${defaultServers.join(',')})
  rounds ${defaults.rounds}, connections ${defaults.connections}`;
}

function parse(argv) {
  try {
    return parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        ...Object.fromEntries(Object.keys(numbers).map((name) => [name, { type: 'string' }])),
        servers: { type: 'string' },
        only: { type: 'string' },
        markdown: { type: 'boolean' },
        profile: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error.message);
  }
}

function choice(option, value, known, fallback) {
  if (value === undefined) return fallback;
  return value.split(',').map((name) => chosen(`--${option}`, name, known));
}

function chosen(what, name, known) {
  if (!known.includes(name))
    throw new UsageError(`${what}: there is no "${name}", only ${known.join(', ')}`);
  return name;
}

function number(name, text, { fallback, min, max, integer }) {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (text.trim() === '' || !(value >= min && value <= max) || (integer && value % 1 !== 0))
    throw new UsageError(
      `--${name}: "${text}" is not ${integer ? 'an integer' : 'a number'} from ${min} to ${max}`,
    );
  return value;
}
