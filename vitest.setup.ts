import { afterEach, beforeEach } from 'vitest';
import { setLogLevel } from './packages/core/src/log.ts';
import { registerHooks } from './packages/core/test/each-test.ts';

// Tests refuse and cut a great deal; those that ask for a log line set an emitter of their own.
setLogLevel(undefined, () => undefined);
registerHooks();

// A test that writes to the console fails: output is either asserted on or does not belong there.
const methods = ['log', 'info', 'warn', 'error', 'debug'] as const;
const originals = methods.map((name) => console[name]);
let written: string[] = [];

beforeEach(() => {
  written = [];
  for (const name of methods)
    console[name] = (...words: unknown[]): void => {
      written.push(`${name}: ${words.map(String).join(' ')}`);
    };
});

afterEach(() => {
  methods.forEach((name, at) => {
    const original = originals[at];
    if (original !== undefined) console[name] = original;
  });
  if (written.length > 0) throw new Error(`the test wrote to the console:\n${written.join('\n')}`);
});
