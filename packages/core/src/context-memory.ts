import type { InstalledModule } from '@lws-ts/interface';
import type { ServiceLoop } from './service-loop.ts';

/** What peers make a context keep in memory, in bytes. Modules add what they keep: `headers` is that of http. */
export interface ContextMemory {
  /** Output that they have not read: with transports, in outboxes, on its way through an extension. */
  readonly output: number;
  /** `maxOutputBytesTotal`. */
  readonly maxOutput: number;
  /** Input that is not whole or not taken: parked, messages and forms that are being put together. */
  readonly input: number;
  /** `maxInputBytesTotal`. */
  readonly maxInput: number;
  readonly [of: string]: number;
}

/** As of now. */
export function readMemory(
  { keptOutput, keptInput }: Pick<ServiceLoop, 'keptOutput' | 'keptInput'>,
  modules: readonly InstalledModule[],
): ContextMemory {
  const own = {
    output: keptOutput.bytes,
    maxOutput: keptOutput.limit,
    input: keptInput.bytes,
    maxInput: keptInput.limit,
  };
  return Object.assign(own, ...modules.map((module) => module.memory?.()));
}
