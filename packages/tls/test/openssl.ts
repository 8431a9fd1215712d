import { spawnSync } from 'node:child_process';

/** The program `openssl` is on the path. */
export const hasOpenssl: boolean = spawnSync('openssl', ['version']).status === 0;
