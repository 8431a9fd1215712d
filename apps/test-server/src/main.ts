#!/usr/bin/env node
import { runProgram } from '@lws-ts/cli';
import { runTestServer } from './run-test-server.ts';

await runProgram(runTestServer);
