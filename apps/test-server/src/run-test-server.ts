/** The command `lws-test-server`, from its arguments to its exit code. */
import { createRequire } from 'node:module';
import { type Command, type CommandIo, runCommand } from '@lws-ts/cli';
import { type LwsContext, LwsError } from 'lws-ts';
import { banner } from './banner.ts';
import { type CliOptions, helpText, readCommandLine } from './cli-options.ts';
import { serverSsl } from './ssl-options.ts';
import {
  rootOf,
  startTestServer,
  type TestServerOptions,
  testServerMounts,
} from './test-server.ts';

const { version } = createRequire(import.meta.url)('../package.json') as {
  readonly version: string;
};
const closeDeadlineSecs = 5;

const command: Command<CliOptions> = {
  name: 'lws-test-server',
  hints: {
    LWS_ERR_PVO:
      'Give -f PATH in a directory that this user may write to, or of a FIFO of this user; -f none: no FIFO.',
  },
  read: readCommandLine,
  text: ({ help, version: shown }) => (help ? helpText : shown ? `${version}\n` : undefined),
  run: serve,
};

/** Runs the command and gives its exit code: 0 ended cleanly, 1 could not run, 2 wrong command line. */
export function runTestServer(args: readonly string[], io: CommandIo): Promise<number> {
  return runCommand(command, args, io);
}

async function serve(options: CliOptions, io: CommandIo): Promise<number> {
  const ssl = options.ssl === undefined ? undefined : serverSsl(options.ssl);
  const server = {
    port: options.port,
    ...(options.interface === undefined ? {} : { interface: options.interface }),
    ...(ssl === undefined ? {} : { ssl }),
    ...(options.resourcePath === undefined ? {} : { resourcePath: options.resourcePath }),
  };
  const context = await start(server, options, io);
  const mounts = testServerMounts(rootOf(server));
  io.out(`${banner(context, mounts, version, ssl)}\nCtrl-C ends it.\n`);
  await io.ended();
  await context.close({ deadlineSecs: closeDeadlineSecs });
  return 0;
}

/** A FIFO that nobody asked for may be missing: another user has it, or the system has none. */
async function start(
  server: TestServerOptions,
  { fifoPath, fifoByDefault }: CliOptions,
  io: CommandIo,
): Promise<LwsContext> {
  if (fifoPath === undefined) return startTestServer(server);
  try {
    return await startTestServer({ ...server, fifoPath });
  } catch (error) {
    if (!fifoByDefault || !(error instanceof LwsError) || error.code !== 'LWS_ERR_PVO') throw error;
    io.err(`lws-test-server: without a FIFO: ${error.message}\n`);
    return startTestServer(server);
  }
}
