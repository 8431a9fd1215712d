import { CommandRun } from '@lws-ts/test-kit';
import { runFraggle } from '../src/run-fraggle.ts';

export function fraggle(...args: readonly string[]): CommandRun {
  return new CommandRun(runFraggle, args);
}

/** Of what it printed with `--json`, the events of that name. */
export function eventsOf(command: CommandRun, name: string) {
  return command.events.filter(({ event }) => event === name);
}

/** Starts a server on a port that the system chooses. */
export async function startServer(...args: readonly string[]) {
  const server = fraggle('--json', '-p', '0', '-i', '127.0.0.1', ...args);
  await server.printed(/./);
  return { server, port: Number(server.events[0]?.['port']) };
}

/** Runs a client to its end. */
export async function runClient(port: number, ...args: readonly string[]): Promise<CommandRun> {
  const client = fraggle('-c', '127.0.0.1', '-p', String(port), '--json', ...args);
  await client.code;
  return client;
}
