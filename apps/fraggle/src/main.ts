#!/usr/bin/env node
import { runProgram } from '@lws-ts/cli';
import { runFraggle } from './run-fraggle.ts';

await runProgram(runFraggle);
