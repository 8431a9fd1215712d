/** The command `lws-test-client`, from its arguments to its exit code. */
import { setLogLevel } from 'lws-ts';
import { type CliOptions, helpText, readCommandLine, UsageError } from './cli-options.ts';
import type { TestClientEvent } from './events.ts';
import { startTestClient, type TestClient } from './test-client.ts';

/** What the command says and listens to. */
export interface CommandIo {
  out(text: string): void;
  err(text: string): void;
  /** Settles when the program is told to end; called once it runs. */
  ended(): Promise<void>;
}

/** Runs the command and gives its exit code: 0 ended in order, 1 gave up or could not run, 2 wrong command line. */
export async function runTestClient(args: readonly string[], io: CommandIo): Promise<number> {
  let options: CliOptions;
  try {
    options = readCommandLine(args);
    if (options.debug !== undefined) setLogLevel(options.debug);
  } catch (error) {
    io.err(`lws-test-client: ${messageOf(error)}\nTry lws-test-client --help\n`);
    return error instanceof UsageError || codeOf(error) === 'LWS_ERR_LOG_LEVEL' ? 2 : 1;
  }
  if (options.help) {
    io.out(helpText);
    return 0;
  }
  return connect(options, io);
}

async function connect(options: CliOptions, io: CommandIo): Promise<number> {
  const { retryMs, pingSecs, json, ...rest } = options;
  let client: TestClient;
  try {
    client = await startTestClient({
      ...rest,
      ...(pingSecs === undefined ? {} : { pingSecs }),
      ...(retryMs === undefined ? {} : { retry: policyOf(retryMs) }),
      onEvent: (event) => print(event, json, io),
    });
  } catch (error) {
    io.err(`lws-test-client: ${messageOf(error)}\n`);
    return 1;
  }
  const gaveUp = await Promise.race([client.over, io.ended().then(() => undefined)]);
  await client.close();
  return gaveUp === undefined ? 0 : 1;
}

function policyOf(tableMs: readonly number[]) {
  return tableMs.length > 0 ? { tableMs } : { tableMs: [1], concealCount: 0 };
}

/** Failures go to stderr as a line, and with `json` to stdout besides. */
function print(event: TestClientEvent, json: boolean, io: CommandIo): void {
  if (json) io.out(`${JSON.stringify(event)}\n`);
  if (event.event === 'error') io.err(`lws-test-client: ${lineOf(event)}\n`);
  else if (!json) io.out(`${lineOf(event)}\n`);
}

function lineOf(event: TestClientEvent): string {
  const { connection } = event;
  switch (event.event) {
    case 'connecting':
      return `${connection}: connecting to ${event.url}`;
    case 'established':
      return `${connection}: established${event.extensions === '' ? '' : ` with ${event.extensions}`}`;
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

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { hint } = error as { readonly hint?: unknown };
  const code = codeOf(error);
  const name = code === undefined ? '' : `${code}: `;
  return typeof hint === 'string' ? `${name}${error.message} (${hint})` : `${name}${error.message}`;
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as { readonly code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : undefined;
}
