export interface Sample {
  readonly messages: number;
  readonly seconds: number;
  /** CPU time of the server per message, in us. */
  readonly serverUs: number;
  /** CPUs kept busy by anything else. */
  readonly foreignCpu: number;
}

export interface Summary {
  readonly medianUs: number;
  readonly minUs: number;
  readonly messagesPerSecond: number;
  readonly foreignCpu: number;
}

export interface Ratios {
  readonly median: number;
  readonly min: number;
  readonly throughput: number;
}

export function median(values: readonly number[]): number;
export function keptOf(rounds: number): number;
export function leastDisturbed<S extends Sample>(samples: readonly S[]): S[];
export function summarize(samples: readonly Sample[]): Summary;
export function ratios(baseline: Summary, other: Summary): Ratios;
export function commonCount(ratesPerSecond: readonly number[], seconds: number): number;
