/** What the figures of a run depend on besides the code. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('..', import.meta.url));

export function describeMachine() {
  return {
    node: process.version,
    kernel: release(),
    cpuModel: cpus()[0]?.model ?? 'unknown CPU',
    cpus: cpus().length,
  };
}

/** The installed version of each package of bench/. */
export function versionsOf(packages) {
  return Object.fromEntries(
    packages.map((name) => {
      const manifest = readFileSync(`${folder}node_modules/${name}/package.json`, 'utf8');
      return [name, JSON.parse(manifest).version];
    }),
  );
}

/** The commit that is checked out, marked when files differ from it; `unknown` outside of a clone. */
export function describeCommit() {
  try {
    const args = ['describe', '--always', '--dirty', '--exclude=*'];
    return execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return 'unknown';
  }
}
