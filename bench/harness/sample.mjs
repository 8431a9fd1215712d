/** One sample: what a server spent on an exact number of messages, and what else the machine did meanwhile. */
import { startGenerator } from './generator.mjs';
import { machineCpuNs, processCpuNs } from './proc.mjs';

/**
 * Runs the generator once against `server`. Nothing is in flight when the CPU times are read, so all of
 * the difference belongs to `run.messages` messages.
 */
export async function takeSample(binary, server, run) {
  const generator = startGenerator(binary, { ...run, port: server.port });
  await generator.nextLine();
  const before = cpuTimes(server, generator);
  generator.writeLine('go');
  const { messages, seconds, reads } = JSON.parse(await generator.nextLine());
  const after = cpuTimes(server, generator);
  const status = await generator.stop();
  if (status !== 0) throw new Error(`the load generator ended with ${status}`);
  const serverNs = after.server - before.server;
  const ownNs = serverNs + after.generator - before.generator + after.harness - before.harness;
  const foreignNs = Math.max(0, after.machine - before.machine - ownNs);
  return {
    messages,
    seconds,
    reads,
    serverUs: round(serverNs / 1e3 / messages),
    generatorUs: round((after.generator - before.generator) / 1e3 / messages),
    /** CPUs kept busy by anything but server, generator and harness; counted in ticks of 10 ms. */
    foreignCpu: round(foreignNs / 1e9 / seconds),
  };
}

function cpuTimes(server, generator) {
  const { user, system } = process.cpuUsage();
  return {
    server: processCpuNs(server.pid),
    generator: processCpuNs(generator.pid),
    harness: (user + system) * 1e3,
    machine: machineCpuNs(),
  };
}

function round(value) {
  return Number(value.toPrecision(5));
}
