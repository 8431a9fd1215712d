/** Samples of several servers on the same work, A B A B, at one count that is agreed for all of them. */
import { takeSample } from './sample.mjs';
import { startServer } from './server.mjs';
import { commonCount } from './statistics.mjs';

/**
 * Starts `options.servers` of `list`, gives them to `use`, and stops them however that ends. `args` are added to
 * those of each server.
 */
export async function withServers(scenario, list, args, options, use) {
  const contenders = [];
  try {
    for (const [place, name] of options.servers.entries()) {
      const profile = options.profile ? `${scenario}-${place}-${name}` : undefined;
      const started = await startServer(list[name].file, { args, profile });
      contenders.push({ ...started, name, label: label(options.servers, place) });
    }
    return await use(contenders);
  } finally {
    await Promise.all(contenders.map((server) => server.stop()));
  }
}

/**
 * Checks every byte of every server, agrees on one count, warms up for one round, then goes A B A B.
 * `start(server, { verify, warmup, messages })` starts the load; `short` is a count that fills every connection.
 */
export async function interleave(work, contenders, options, progress) {
  const { scenario, unit, short, start } = work;
  progress(`${scenario}: every byte is compared, count of ${unit}: ${short}`);
  const rates = [];
  for (const server of contenders) {
    await takeSample(start(server, { verify: true, warmup: 0, messages: short }), server);
    const load = start(server, { verify: false, warmup: short, messages: short });
    const { messages, seconds } = await takeSample(load, server);
    rates.push(messages / seconds);
  }
  const messages = options.messages ?? commonCount(rates, options.seconds);
  progress(`${scenario}: ${options.rounds} rounds, count of ${unit} in a sample: ${messages}`);
  const samples = [];
  for (let round = 0; round <= options.rounds; round++) {
    for (const server of contenders) {
      const warmup = Math.ceil(messages / 10);
      const sample = await takeSample(start(server, { verify: false, warmup, messages }), server);
      if (round > 0) samples.push({ scenario, server: server.label, round, ...sample });
    }
  }
  return samples;
}

/** `ws`, and `ws (2)` where the same server stands a second time. */
function label(names, place) {
  const before = names.slice(0, place).filter((name) => name === names[place]).length;
  return before === 0 ? names[place] : `${names[place]} (${before + 1})`;
}
