export function parseSchedstat(text: string): number;
export function parseMachineStat(text: string): number;
export function processCpuNs(pid: number): number;
export function machineCpuNs(): number;

export interface Memory {
  readonly rss: number;
  readonly peak: number;
}

export function parseMemory(text: string): Memory;
export function processMemory(pid: number): Memory;
export function forgetPeak(pid: number): void;
