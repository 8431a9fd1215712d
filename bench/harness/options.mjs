/** The command line of `bench/run.mjs`. */
import { parseArgs } from 'node:util';

/** A command line that cannot be used; its message says why. */
export class UsageError extends Error {}

const numbers = {
  rounds: { fallback: 7, min: 3, max: 100, integer: true },
  seconds: { fallback: 0.7, min: 0.05, max: 60, integer: false },
  messages: { fallback: undefined, min: 1, max: 1e9, integer: true },
  connections: { fallback: 100, min: 1, max: 10_000, integer: true },
};

/**
 * Reads `argv` against what there is: `known.benchmarks`, `known.scenarios`, `known.servers`,
 * `known.defaultServers`. Throws {@link UsageError}.
 */
export function parseOptions(argv, known) {
  const { values, positionals } = parse(argv);
  if (positionals.length > 1) throw new UsageError('one benchmark at a time');
  const options = {
    benchmark: chosen('benchmark', positionals[0] ?? known.benchmarks[0], known.benchmarks),
    servers: choice('servers', values.servers, known.servers, known.defaultServers),
    only: choice('only', values.only, known.scenarios, known.scenarios),
    markdown: values.markdown ?? false,
    profile: values.profile ?? false,
    help: values.help ?? false,
  };
  for (const [name, rule] of Object.entries(numbers))
    options[name] = number(name, values[name], rule);
  return options;
}

/** What `--help` prints. */
export function usage(known) {
  return `Usage: npm run bench -- [${known.benchmarks.join('|')}] [options]

  --servers A,B    who is measured, the first is the baseline (${known.defaultServers.join(',')});
                   known: ${known.servers.join(', ')}; the same twice shows the noise
  --only A,B       scenarios (all): ${known.scenarios.join(', ')}
  --rounds N       samples of each server, interleaved (${numbers.rounds.fallback})
  --seconds S      mean length of a sample, makes the count of messages (${numbers.seconds.fallback})
  --messages N     the count itself
  --connections N  (${numbers.connections.fallback})
  --markdown       print markdown, raw lines included
  --profile        leave a CPU profile of each server in bench/reports/; the figures are worth nothing then
  --help`;
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
