/** One sample: what a server spent on an exact number of messages, and what else the machine did meanwhile. */
import { machineCpuNs, processCpuNs } from './proc.mjs';

/**
 * Lets `generator`, just started against `server`, do its work, and ends it. Nothing is in flight when the CPU
 * times are read, so all of the difference belongs to the messages it counts.
 */
export async function takeSample(generator, server) {
  try {
    await generator.nextLine();
    const before = cpuTimes(server, generator);
    generator.writeLine('go');
    const result = JSON.parse(await generator.nextLine());
    return { ...result, ...perMessage(before, cpuTimes(server, generator), result) };
  } finally {
    await generator.stop();
  }
}

function perMessage(before, after, { messages, seconds }) {
  const serverNs = after.server - before.server;
  const generatorNs = after.generator - before.generator;
  const harnessNs = after.harness - before.harness;
  const foreignNs = after.machine - before.machine - serverNs - generatorNs - harnessNs;
  return {
    serverUs: round(serverNs / 1e3 / messages),
    generatorUs: round(generatorNs / 1e3 / messages),
    /** CPUs kept busy by anything but server, generator and harness; counted in ticks of 10 ms. */
    foreignCpu: round(Math.max(0, foreignNs) / 1e9 / seconds),
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
