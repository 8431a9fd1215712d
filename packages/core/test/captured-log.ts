import { setLogLevel } from '@lws-ts/core';
import { eachTest } from './each-test.ts';

const lines: string[] = [];
let captures = false;

/** The lines that a test's log emits, as `level line`. Call it at the top of a test file, or of what helps tests. */
export function captureLog(): readonly string[] {
  if (captures) return lines;
  captures = true;
  eachTest({
    before() {
      lines.length = 0;
      setLogLevel('err,warn,notice', (level, line) => lines.push(`${level} ${line}`));
    },
    after: () => setLogLevel('err,warn,notice', null),
  });
  return lines;
}
