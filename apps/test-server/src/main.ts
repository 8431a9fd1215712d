#!/usr/bin/env node
import { runTestServer } from './run-test-server.ts';

const signals = ['SIGINT', 'SIGTERM'] as const;

process.exitCode = await runTestServer(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  ended: () =>
    new Promise((resolve) => {
      for (const signal of signals)
        process.once(signal, () => {
          // a second one ends it at once
          for (const again of signals) process.on(again, () => process.exit(1));
          resolve();
        });
    }),
});
