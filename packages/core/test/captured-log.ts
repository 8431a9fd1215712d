import { setLogLevel } from '@lws-ts/core';
import { afterEach, beforeEach } from 'vitest';

/** The lines that a test's log emits, as `level line`. Call it at the top of a test file. */
export function captureLog(): readonly string[] {
  const lines: string[] = [];
  beforeEach(() => {
    lines.length = 0;
    setLogLevel('err,warn,notice', (level, line) => lines.push(`${level} ${line}`));
  });
  afterEach(() => {
    setLogLevel('err,warn,notice', null);
  });
  return lines;
}
