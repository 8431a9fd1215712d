/** The command `lws-test-server`, from its arguments to its exit code. */
import { createRequire } from 'node:module';
import { type LwsContext, setLogLevel } from 'lws-ts';
import { banner } from './banner.ts';
import { type CliOptions, helpText, readCommandLine, UsageError } from './cli-options.ts';
import { rootOf, startTestServer, testServerMounts } from './test-server.ts';

/** What the command says and listens to. */
export interface CommandIo {
  out(text: string): void;
  err(text: string): void;
  /** Settles when the program is told to end; called once it listens. */
  ended(): Promise<void>;
}

const { version } = createRequire(import.meta.url)('../package.json') as {
  readonly version: string;
};
const closeDeadlineSecs = 5;

/** Runs the command and gives its exit code: 0 ended in order, 1 could not run, 2 wrong command line. */
export async function runTestServer(args: readonly string[], io: CommandIo): Promise<number> {
  let options: CliOptions;
  try {
    options = readCommandLine(args);
    if (options.debug !== undefined) setLogLevel(options.debug);
  } catch (error) {
    io.err(`lws-test-server: ${messageOf(error)}\nTry lws-test-server --help\n`);
    return error instanceof UsageError || hasCode(error, 'LWS_ERR_LOG_LEVEL') ? 2 : 1;
  }
  if (options.help || options.version) {
    io.out(options.help ? helpText : `${version}\n`);
    return 0;
  }
  return serve(options, io);
}

async function serve(options: CliOptions, io: CommandIo): Promise<number> {
  const server = {
    port: options.port,
    ...(options.interface === undefined ? {} : { interface: options.interface }),
    ...(options.resourcePath === undefined ? {} : { resourcePath: options.resourcePath }),
  };
  let context: LwsContext;
  try {
    context = await startTestServer(server);
  } catch (error) {
    io.err(`lws-test-server: ${messageOf(error)}\n`);
    return 1;
  }
  const mounts = testServerMounts(rootOf(server));
  io.out(`${banner(context, mounts, version)}\nCtrl-C ends it.\n`);
  await io.ended();
  await context.close({ deadlineSecs: closeDeadlineSecs });
  return 0;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, hint } = error as { readonly code?: unknown; readonly hint?: unknown };
  const name = typeof code === 'string' ? `${code}: ` : '';
  return typeof hint === 'string' ? `${name}${error.message}\n${hint}` : `${name}${error.message}`;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as { readonly code?: unknown }).code === code;
}
