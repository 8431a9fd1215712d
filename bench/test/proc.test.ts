import { platform } from 'node:os';
import { describe, expect, test } from 'vitest';
import {
  forgetPeak,
  machineCpuNs,
  parseMachineStat,
  parseMemory,
  parseSchedstat,
  processCpuNs,
  processMemory,
} from '../harness/proc.mjs';

test('schedstat: the first number is time on a CPU', () => {
  expect(parseSchedstat('23456789012 345678 901\n')).toBe(23456789012);
  for (const bad of ['', 'x 1 2\n', '12\n']) expect(() => parseSchedstat(bad)).toThrow('schedstat');
});

test('stat: busy is all but idle and waiting for a disk; guests stand in user already', () => {
  const text = 'cpu  1 20 300 4000 50000 600000 7000000 80000000 9 9\ncpu0 1 1 1 1 1 1 1 1 1 1\n';
  expect(parseMachineStat(text)).toBe(87_600_321 * 1e7);
  expect(() => parseMachineStat('cpu0 1 2 3\n')).toThrow('/proc/stat');
});

test('memory is VmRSS and VmHWM, in KiB', () => {
  const text = 'Name:\tnode\nVmHWM:\t   81234 kB\nVmRSS:\t   71234 kB\n';
  expect(parseMemory(text)).toEqual({ rss: 71_234, peak: 81_234 });
  expect(() => parseMemory('Name:\tnode\n')).toThrow('no VmRSS');
});

describe.skipIf(platform() !== 'linux')('on Linux (elsewhere there is no /proc)', () => {
  test('this process gets older, and never used more than the machine', () => {
    const before = processCpuNs(process.pid);
    const start = process.cpuUsage();
    while (spent(start) < 30_000); // three of the slowest ticks, so that the kernel has written it down
    const after = processCpuNs(process.pid);
    expect(before).toBeGreaterThan(0);
    expect(after).toBeGreaterThan(before);
    expect(machineCpuNs()).toBeGreaterThan(after);
  });

  test('the peak of the memory of this process is at least what it has, and can be forgotten', () => {
    const { rss, peak } = processMemory(process.pid);
    expect(rss).toBeGreaterThan(1000);
    expect(peak).toBeGreaterThanOrEqual(rss);
    forgetPeak(process.pid);
    const after = processMemory(process.pid);
    expect(after.peak - after.rss).toBeLessThan(16_384);
  });

  test('a process that does not exist has no figures', () => {
    expect(() => processCpuNs(2 ** 30)).toThrow('ENOENT');
  });
});

function spent(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return user + system;
}
