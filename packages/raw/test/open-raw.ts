/** Contexts with raw vhosts, reached through memory, on a clock that a test turns. */
import { type Context, createContext, setLogLevel, type Vhost } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { type AnyProtocol, protocol, type RawWsi } from '@lws-ts/interface';
import { settle, VirtualClock } from '@lws-ts/test-kit';
import { eachTest } from '../../core/test/each-test.ts';
import { type RawOptions, raw } from '../src/index.ts';

export interface OpenedRaw {
  readonly context: Context;
  readonly vhost: Vhost;
  readonly clock: VirtualClock;
  /** What was logged. */
  readonly lines: string[];
}

/** What was logged in this test. */
export const lines: string[] = [];

const opened: { close(options: { deadlineSecs: number }): Promise<unknown> }[] = [];

/** Ends with the test. */
export function endsWithTest<C extends (typeof opened)[number]>(context: C): C {
  opened.push(context);
  return context;
}

eachTest({
  before() {
    lines.length = 0;
    setLogLevel('err,warn,notice', (_level, line) => void lines.push(line));
  },
  async after() {
    for (const context of opened.splice(0)) await context.close({ deadlineSecs: 0 });
    await settle();
    setLogLevel('err,warn,notice', null);
  },
});

export interface OpenOptions extends RawOptions {
  /** Raw alone in `use`, without http. */
  readonly alone?: boolean;
  readonly txBudget?: number;
  readonly timeoutSecs?: number;
  readonly firstRole?: string;
  readonly accessLog?: (line: string) => void;
}

/** A context with one vhost that has no port. */
export async function openRaw(
  protocols: AnyProtocol | readonly AnyProtocol[],
  options: OpenOptions = {},
): Promise<OpenedRaw> {
  const { alone = true, txBudget, ...vhostOptions } = options;
  const clock = new VirtualClock();
  const context = (await createContext({
    use: alone ? [raw()] : [http(), raw()],
    clock,
    ...(txBudget === undefined ? {} : { txBudget }),
    vhosts: [{ port: -1, protocols: [protocols].flat(), ...vhostOptions }],
  } as Parameters<typeof createContext>[0])) as unknown as Context;
  endsWithTest(context);
  return { context, vhost: context.vhosts[0] as Vhost, clock, lines };
}

/** Sends back all that comes, and keeps what its handlers were told. */
export function echoing(name = 'echo') {
  const events: string[] = [];
  const wsis: RawWsi<{ held: Uint8Array[] }, undefined>[] = [];
  const handlers = (group: string) => ({
    adopt(wsi: RawWsi<{ held: Uint8Array[] }, undefined>): void {
      wsis.push(wsi);
      events.push(`${group}adopt`);
    },
    rx(wsi: RawWsi<{ held: Uint8Array[] }, undefined>, data: Uint8Array): void {
      events.push(`${group}rx ${Buffer.from(data).toString('latin1')}`);
      wsi.session.held.push(data);
      wsi.requestWriteable();
    },
    writeable(
      wsi: RawWsi<{ held: Uint8Array[] }, undefined>,
      tx: { write(data: Uint8Array): boolean },
    ): void {
      for (const data of wsi.session.held.splice(0)) tx.write(data);
    },
    close(): void {
      events.push(`${group}close`);
    },
  });
  const made = protocol({
    name,
    session: () => ({ held: [] as Uint8Array[] }),
    raw: handlers(''),
    rawFile: handlers('file '),
  });
  return { protocol: made, events, wsis };
}
