#!/usr/bin/env node
import { runTestClient } from './run-test-client.ts';

const signals = ['SIGINT', 'SIGTERM'] as const;

// the reader of a pipe may go before this program does
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => process.exit(1));

process.exitCode = await runTestClient(process.argv.slice(2), {
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
