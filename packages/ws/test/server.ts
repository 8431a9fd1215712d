/** A context with one vhost, reached through memory, on a clock that a test turns. */
import { type Context, createContext, setLogLevel, type Vhost } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import type { AnyProtocol } from '@lws-ts/interface';
import { settle, VirtualClock } from '@lws-ts/test-kit';
import { onTestFinished } from 'vitest';
import { type WsOptions, ws } from '../src/index.ts';

export interface Server {
  readonly context: Context;
  readonly vhost: Vhost;
  readonly clock: VirtualClock;
  /** What was logged. */
  readonly lines: string[];
}

/** Makes a server that ends with the test. Its log lines are kept instead of shown. */
export async function serve(
  protocols: AnyProtocol | readonly AnyProtocol[],
  options: WsOptions & {
    readonly txBudget?: number;
    readonly holdTimeoutSecs?: number;
    readonly maxHttpHeaderPool?: number;
    readonly maxOutputBytesTotal?: number;
    readonly maxInputBytesTotal?: number;
    readonly accessLog?: (line: string) => void;
  } = {},
): Promise<Server> {
  const lines: string[] = [];
  setLogLevel('err,warn,notice', (_level, line) => void lines.push(line));
  const clock = new VirtualClock();
  const { txBudget, maxOutputBytesTotal, maxInputBytesTotal, ...vhostOptions } = options;
  const context = await createContext({
    use: [http(), ws()],
    clock,
    ...(txBudget === undefined ? {} : { txBudget }),
    ...(maxOutputBytesTotal === undefined ? {} : { maxOutputBytesTotal }),
    ...(maxInputBytesTotal === undefined ? {} : { maxInputBytesTotal }),
    vhosts: [{ port: -1, protocols: [protocols].flat(), ...vhostOptions }],
  });
  onTestFinished(async () => {
    await context.close({ deadlineSecs: 0 });
    await settle();
    setLogLevel('err,warn,notice', null);
  });
  const [vhost] = context.vhosts;
  if (vhost === undefined) throw new Error('no vhost');
  return { context: context as Context, vhost, clock, lines };
}
