#!/usr/bin/env node
import { runProgram } from '@lws-ts/cli';
import { runTestClient } from './run-test-client.ts';

await runProgram(runTestClient);
