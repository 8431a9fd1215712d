// Plays a release in a scratch copy: every published package is named by a changeset, and
// `changeset version` gives each the next version and a CHANGELOG.md that reads well.
// `node scripts/check-release.mjs [ROOT]`
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('..', import.meta.url));
const root = process.argv[2] ?? here;
const read = (...path) => readFileSync(join(...path), 'utf8');
const said = [];
const who = { NAME: 'release', EMAIL: 'release@localhost' };
/** Nothing of the user's or an outer git: no hooks, no signing, no other work tree. */
const gitEnv = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'))),
  GIT_CONFIG_GLOBAL: devNull,
  GIT_CONFIG_NOSYSTEM: '1',
  ...Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((role) =>
      Object.entries(who).map(([what, value]) => [`GIT_${role}_${what}`, value]),
    ),
  ),
};

const homes = [
  ...['packages', 'apps']
    .filter((area) => existsSync(join(root, area)))
    .flatMap((area) => readdirSync(join(root, area)).map((name) => `${area}/${name}`)),
  'bench',
  'conformance',
  'e2e',
].filter((home) => existsSync(join(root, home, 'package.json')));
const manifests = homes.map((home) => ({ home, ...JSON.parse(read(root, home, 'package.json')) }));
const published = manifests.filter((manifest) => manifest.private !== true);

const changesets = readdirSync(join(root, '.changeset')).filter(
  (name) => name.endsWith('.md') && name !== 'README.md',
);
// between releases there may be none: then every package has a version and a changelog already
const released = published.every(
  ({ home, version }) => existsSync(join(root, home, 'CHANGELOG.md')) && version !== '0.0.0',
);
if (changesets.length === 0 && released) {
  console.log('release: no changeset waits');
  process.exit(0);
}

const named = new Set(changesets.flatMap((name) => bumpsOf(read(root, '.changeset', name), name)));
for (const { name } of published)
  if (!released && !named.has(name)) said.push(`${name} is published and named by no changeset`);
for (const name of named)
  if (!published.some((manifest) => manifest.name === name))
    said.push(`a changeset names ${name}, which is not published`);

const scratch = mkdtempSync(join(tmpdir(), 'release-'));
try {
  if (said.length === 0) playRelease();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
if (said.length > 0) {
  console.error(said.join('\n'));
  process.exit(1);
}
console.log(`release: ok, ${published.length} packages, ${changesets.length} changesets`);

/** The package names of a changeset's front matter. */
function bumpsOf(text, file) {
  const front = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(text);
  if (front === null || front[2].trim() === '') {
    said.push(`.changeset/${file} has no packages or says nothing`);
    return [];
  }
  return Array.from(
    front[1].matchAll(/^['"]?([^'":\s]+)['"]?: (?:major|minor|patch)$/gm),
    ([, name]) => name,
  );
}

function playRelease() {
  const files = ['package.json', 'pnpm-workspace.yaml', '.changeset'];
  files.push(...homes.map((home) => `${home}/package.json`));
  files.push(
    ...homes.map((home) => `${home}/CHANGELOG.md`).filter((file) => existsSync(join(root, file))),
  );
  for (const file of files) {
    mkdirSync(dirname(join(scratch, file)), { recursive: true });
    cpSync(join(root, file), join(scratch, file), { recursive: true });
  }
  symlinkSync(join(here, 'node_modules'), join(scratch, 'node_modules'), 'junction');
  const inScratch = (command, ...args) =>
    execFileSync(command, args, { cwd: scratch, env: gitEnv, stdio: ['ignore', 'pipe', 'pipe'] });
  inScratch('git', 'init', '--quiet', '--initial-branch=main');
  inScratch('git', 'add', '--all', '--', ...files);
  inScratch('git', 'commit', '--quiet', '--message', 'scratch');
  inScratch(process.execPath, join(here, 'node_modules/@changesets/cli/bin.js'), 'version');
  for (const manifest of manifests) judge(manifest);
}

/** What `changeset version` made of one package. */
function judge({ home, name, version: old, private: closed }) {
  const { version } = JSON.parse(read(scratch, home, 'package.json'));
  if (closed === true) {
    if (version !== old) said.push(`${name} is private and became ${version}`);
    return;
  }
  const first = old === '0.0.0';
  if (first ? version !== '0.1.0' : version === old)
    said.push(`${name} went from ${old} to ${version}`);
  const log = join(scratch, home, 'CHANGELOG.md');
  const text = existsSync(log) ? readFileSync(log, 'utf8') : '';
  const heading = `^# ${name}\\n\\n## ${version.replaceAll('.', '\\.')}\\n`;
  // a package that only goes along with the others has nothing to tell
  const entry = new RegExp(
    named.has(name) ? `${heading}\\n### \\w+ Changes\\n\\n- .{20,}` : heading,
  );
  if (!entry.test(text))
    said.push(`${home}/CHANGELOG.md does not read well:\n${text.slice(0, 400)}`);
}
