/** A process that answers in lines and lives until its stdin ends. */
export interface Child {
  readonly pid: number | undefined;
  nextLine(): Promise<string>;
  writeLine(line: string): void;
  stop(): Promise<number | string>;
}

export function startChild(
  command: string,
  args: readonly string[],
  stderr?: 'inherit' | 'ignore',
): Child;
