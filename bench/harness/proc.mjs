/** What Linux knows of CPU time, of one process to the nanosecond, of the machine in ticks; and of memory. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const nsPerTick = 1e7; // USER_HZ is 100 on every architecture Node runs on

/** The first number of a schedstat file: ns on a CPU, the time spent waiting for one not included. */
export function parseSchedstat(text) {
  const ns = Number(text.slice(0, text.indexOf(' ')));
  if (!text.includes(' ') || !Number.isSafeInteger(ns)) throw new Error(`no schedstat: ${text}`);
  return ns;
}

/** The `cpu` line of /proc/stat: ns all CPUs together were not idle; time the hypervisor took counts. */
export function parseMachineStat(text) {
  const line = /^cpu +(.+)$/m.exec(text);
  if (line === null) throw new Error('no cpu line in /proc/stat');
  const [user, nice, system, , , irq, softirq, steal] = line[1].split(' ').map(Number);
  return (user + nice + system + irq + softirq + (steal ?? 0)) * nsPerTick;
}

/** CPU time of all threads that `pid` has now, in ns. */
export function processCpuNs(pid) {
  let total = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`))
    total += parseSchedstat(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1'));
  return total;
}

/** CPU time of everything on this machine, in ns. */
export function machineCpuNs() {
  return parseMachineStat(readFileSync('/proc/stat', 'latin1'));
}

/** The figures of `/proc/PID/status` in KiB: `rss` that it has, and `peak` that it ever had, or since {@link forgetPeak}. */
export function parseMemory(text) {
  return { rss: statusKib(text, 'VmRSS'), peak: statusKib(text, 'VmHWM') };
}

export function processMemory(pid) {
  return parseMemory(readFileSync(`/proc/${pid}/status`, 'latin1'));
}

/** Makes the peak of a process of one's own what it has now. */
export function forgetPeak(pid) {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

function statusKib(text, name) {
  const line = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text);
  if (line === null) throw new Error(`no ${name} in /proc/PID/status`);
  return Number(line[1]);
}
