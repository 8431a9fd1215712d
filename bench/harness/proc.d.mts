export function parseSchedstat(text: string): number;
export function parseMachineStat(text: string): number;
export function processCpuNs(pid: number): number;
export function machineCpuNs(): number;
