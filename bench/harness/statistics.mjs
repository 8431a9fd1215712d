/** The arithmetic between samples and a table. */

/** The middle value; of an even number of values the mean of the two in the middle. */
export function median(values) {
  if (values.length === 0) throw new RangeError('the median of nothing');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** How many of `rounds` samples count: half of them, three at least. */
export function keptOf(rounds) {
  return Math.min(rounds, Math.max(3, Math.ceil(rounds / 2)));
}

/** The samples during which the rest of the machine did least, `keptOf` in number. */
export function leastDisturbed(samples) {
  return samples.toSorted((a, b) => a.foreignCpu - b.foreignCpu).slice(0, keptOf(samples.length));
}

/** One server's samples of one scenario in one line. */
export function summarize(samples) {
  const kept = leastDisturbed(samples);
  const micros = kept.map((sample) => sample.serverUs);
  return {
    medianUs: median(micros),
    minUs: Math.min(...micros),
    messagesPerSecond: median(kept.map((sample) => sample.messages / sample.seconds)),
    foreignCpu: median(kept.map((sample) => sample.foreignCpu)),
  };
}

/** How `other` compares with `baseline`: over 1 is cheaper, or faster. */
export function ratios(baseline, other) {
  return {
    median: baseline.medianUs / other.medianUs,
    min: baseline.minUs / other.minUs,
    throughput: other.messagesPerSecond / baseline.messagesPerSecond,
  };
}

/** One count for all servers, with which their samples take `seconds` each on average; two digits. */
export function commonCount(ratesPerSecond, seconds) {
  const perMessage = ratesPerSecond.reduce((sum, rate) => sum + 1 / rate, 0);
  const count = (seconds * ratesPerSecond.length) / perMessage;
  return Math.max(1, Number(count.toPrecision(2)));
}

/** The samples with one value of `key` each, in the order they come. */
export function groupBy(samples, key) {
  const groups = new Map();
  for (const sample of samples)
    groups.set(sample[key], [...(groups.get(sample[key]) ?? []), sample]);
  return groups;
}
