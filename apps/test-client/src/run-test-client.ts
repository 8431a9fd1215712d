/** The command `lws-test-client`, from its arguments to its exit code. */
import { type Command, type CommandIo, runCommand } from '@lws-ts/cli';
import { type CliOptions, helpText, readCommandLine } from './cli-options.ts';
import type { TestClientEvent } from './events.ts';
import { hints } from './hints.ts';
import { runRawClient } from './raw-client.ts';
import { defaultRetry, startTestClient } from './test-client.ts';

const command: Command<CliOptions> = {
  name: 'lws-test-client',
  hints,
  read: readCommandLine,
  text: ({ help }) => (help ? helpText : undefined),
  run: connect,
};

/** Runs the command and gives its exit code: 0 ended cleanly, 1 gave up or could not run, 2 wrong command line. */
export function runTestClient(args: readonly string[], io: CommandIo): Promise<number> {
  return runCommand(command, args, io);
}

async function connect(options: CliOptions, io: CommandIo): Promise<number> {
  const { retryMs, pingSecs, json, ...rest } = options;
  if (/^raws?:/.test(options.url)) return connectRaw(options, io);
  const client = await startTestClient({
    ...rest,
    ...(pingSecs === undefined ? {} : { pingSecs }),
    ...(retryMs === undefined ? {} : { retry: policyOf(retryMs) }),
    onEvent: (event) => print(event, json, io),
  });
  const gaveUp = await Promise.race([client.over, io.ended().then(() => undefined)]);
  await client.close();
  return gaveUp === undefined ? 0 : 1;
}

/** Of raw sockets stdout has what arrives, and with `json` the failures besides. */
async function connectRaw({ url, tls, retryMs, json }: CliOptions, io: CommandIo): Promise<number> {
  const gaveUp = await runRawClient({
    url,
    tls,
    retry: retryMs === undefined ? defaultRetry : policyOf(retryMs),
    input: io.input,
    onText: (text) => io.out(json ? `${JSON.stringify({ event: 'text', text })}\n` : text),
    onError: (event) => print(event, json, io),
    ended: io.ended(),
  });
  return gaveUp === undefined ? 0 : 1;
}

function policyOf(tableMs: readonly number[]) {
  return tableMs.length > 0 ? { tableMs } : { tableMs: [1], concealCount: 0 };
}

/** Failures go to stderr as a line, and with `json` to stdout besides. */
function print(told: TestClientEvent, json: boolean, io: CommandIo): void {
  const event = told.event === 'error' ? { ...told, hint: hints[told.code] ?? told.hint } : told;
  if (json) io.out(`${JSON.stringify(event)}\n`);
  if (event.event === 'body') {
    // as it is, for whoever reads it next
    if (!json) io.out(event.text);
    return;
  }
  if (event.event === 'error') io.err(`lws-test-client: ${lineOf(event)}\n`);
  else if (!json) io.out(`${lineOf(event)}\n`);
}

function lineOf(event: Exclude<TestClientEvent, { event: 'body' }>): string {
  const { connection } = event;
  switch (event.event) {
    case 'connecting':
      return `${connection}: connecting to ${event.url}`;
    case 'established':
      return `${connection}: established${event.extensions === '' ? '' : ` with ${event.extensions}`}`;
    case 'answer':
      return `${connection}: answered with ${event.status}`;
    case 'completed':
      return `${connection}: complete, ${event.bytes} bytes`;
    case 'lifetime':
      return `${connection}: opened with a lifetime of ${event.circles} circles`;
    case 'number':
      return `${connection}: ${event.value}`;
    case 'writeable':
      return `${connection}: writeable`;
    case 'closed':
      return `${connection}: closed with ${event.code}${event.reason === '' ? '' : ` ${event.reason}`}${again(event.retryMs)}`;
    case 'error':
      return `${connection}: ${event.code}: ${event.message} (${event.hint})${event.retryMs === undefined ? '; gives up' : again(event.retryMs)}`;
  }
}

function again(ms: number | undefined): string {
  return ms === undefined ? '' : `; again in ${(ms / 1000).toFixed(1)} s`;
}
