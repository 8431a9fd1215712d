#!/usr/bin/env node
import { createRequire } from 'node:module';
import { type LwsContext, setLogLevel } from 'lws-ts';
import { banner } from './banner.ts';
import { type CliOptions, helpText, readCommandLine, UsageError } from './cli-options.ts';
import { rootOf, startTestServer, testServerMounts } from './test-server.ts';

const { version } = createRequire(import.meta.url)('../package.json') as {
  readonly version: string;
};
const closeDeadlineSecs = 5;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: CliOptions;
  try {
    options = readCommandLine(args);
    if (options.debug !== undefined) setLogLevel(options.debug);
  } catch (error) {
    process.stderr.write(`lws-test-server: ${messageOf(error)}\nTry lws-test-server --help\n`);
    return error instanceof UsageError || hasCode(error, 'LWS_ERR_LOG_LEVEL') ? 2 : 1;
  }
  if (options.help || options.version) {
    process.stdout.write(options.help ? helpText : `${version}\n`);
    return 0;
  }
  return serve(options);
}

async function serve(options: CliOptions): Promise<number> {
  const server = {
    port: options.port,
    ...(options.interface === undefined ? {} : { interface: options.interface }),
    ...(options.resourcePath === undefined ? {} : { resourcePath: options.resourcePath }),
  };
  let context: LwsContext;
  try {
    context = await startTestServer(server);
  } catch (error) {
    process.stderr.write(`lws-test-server: ${messageOf(error)}\n`);
    return 1;
  }
  const mounts = testServerMounts(rootOf(server));
  process.stdout.write(`${banner(context, mounts, version)}\nCtrl-C ends it.\n`);
  await signalled();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  await context.close({ deadlineSecs: closeDeadlineSecs });
  return 0;
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
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
