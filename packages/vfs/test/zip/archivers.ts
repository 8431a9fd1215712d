/** Archivers that are not ours, Info-ZIP and Python, and trees of files for them. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';

/** Bytes by their path. */
export type Tree = Readonly<Record<string, Uint8Array>>;
type Make = (target: string, root: string) => void;

const PYTHON = `
import os, sys, zipfile
target, root, method, level = sys.argv[1:]
class Pipe:
    def __init__(self, file): self.file = file
    def write(self, data): return self.file.write(data)
    def flush(self): self.file.flush()
with open(target, 'wb') as file:
    out = Pipe(file) if level == 'pipe' else file
    level = int(level) if level.isdigit() else None
    with zipfile.ZipFile(out, 'w', getattr(zipfile, method), compresslevel=level) as archive:
        for folder, _, names in os.walk(root):
            for name in names:
                path = os.path.join(folder, name)
                archive.write(path, os.path.relpath(path, root))
`;

function has(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const python =
  (method: string, level = ''): Make =>
  (target, root) => {
    execFileSync('python3', ['-c', PYTHON, target, root, method, level]);
  };
const infoZip =
  (...flags: string[]): Make =>
  (target, root) => {
    execFileSync('zip', ['-q', '-r', ...flags, target, '.'], {
      cwd: root,
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    });
  };
const hasZip = has('zip', '-v');
const hasPython = has('python3', '-c', 'import zipfile');

/** Each with whether it is here. */
export const archivers: readonly (readonly [name: string, there: boolean, make: Make])[] = [
  ['Info-ZIP, deflated', hasZip, infoZip()],
  ['Info-ZIP, names without UTF-8', hasZip, infoZip('-UN=n')],
  ['Info-ZIP, best', hasZip, infoZip('-9')],
  ['Info-ZIP, fast', hasZip, infoZip('-1')],
  ['Info-ZIP, stored', hasZip, infoZip('-0')],
  ['Info-ZIP, no extra fields', hasZip, infoZip('-X')],
  ['Info-ZIP, zip64', hasZip, infoZip('-fz')],
  ['Info-ZIP, sizes behind the data', hasZip, infoZip('-fd')],
  ['Python, deflated', hasPython, python('ZIP_DEFLATED')],
  ['Python, best', hasPython, python('ZIP_DEFLATED', '9')],
  ['Python, deflate without compression', hasPython, python('ZIP_DEFLATED', '0')],
  ['Python, stored', hasPython, python('ZIP_STORED')],
  ['Python, into a pipe', hasPython, python('ZIP_DEFLATED', 'pipe')],
];

const name = fc.stringMatching(/^[a-z0-9äé日_-]{1,12}$/).filter((one) => !one.startsWith('-'));
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => `${parts.join('/')}.f`);
const content = fc.oneof(
  fc.uint8Array({ maxLength: 3000 }),
  fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 40_000 }))
    .map(([piece, times]) => new Uint8Array(Buffer.alloc(piece.length * times, piece))),
);
/** Any tree. */
export const trees: fc.Arbitrary<Tree> = fc.dictionary(path, content, { minKeys: 1, maxKeys: 6 });

/** Lends the archive of a tree. */
export async function withArchive(
  make: Make,
  files: Tree,
  use: (zip: string) => Promise<void>,
): Promise<void> {
  const base = mkdtempSync(join(tmpdir(), 'lws-zip-tree-'));
  try {
    for (const [file, data] of Object.entries(files)) {
      mkdirSync(dirname(join(base, 'tree', file)), { recursive: true });
      writeFileSync(join(base, 'tree', file), data);
    }
    make(join(base, 'made.zip'), join(base, 'tree'));
    await use(join(base, 'made.zip'));
  } finally {
    rmSync(base, { recursive: true });
  }
}
