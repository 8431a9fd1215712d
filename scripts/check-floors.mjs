// Holds the packages against the floor table: `node scripts/check-floors.mjs [ROOT]`.
// Prints one line for each violation and exits 1 when there is one.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { floorTable, privateTable } from './floor-table.mjs';
import { blankNonCode, scanImports } from './import-scan.mjs';
import { timerUses } from './timer-scan.mjs';

const socketModules = new Set(['node:net', 'node:tls', 'node:dgram', 'node:stream']);
const httpModules = new Set(['node:http', 'node:https', 'node:http2']);
const kindsOfDependency = ['dependencies', 'peerDependencies', 'optionalDependencies'];

/** Everything of the repository at `root` that breaks the table, and how much was looked at. */
export function checkFloors(root) {
  const violations = [];
  const violation = (where, what) => violations.push(`${where}: ${what}`);
  const seen = { packages: 0, files: 0, imports: 0 };

  checkTable();
  const packages = readPackages();
  const names = new Set(packages.map(({ name }) => name));
  for (const pack of packages) {
    checkManifest(pack);
    checkReferences(pack);
    checkSources(pack);
  }
  checkTimers();
  checkPrivateGetters();
  return { violations, seen };

  /** The table itself goes only downwards. */
  function checkTable() {
    for (const [name, row] of Object.entries(floorTable))
      for (const used of [...row.uses, ...(row.peers ?? []), ...(row.alongside ?? [])])
        if (!(floorTable[used]?.floor < row.floor))
          violation('scripts/floor-table.mjs', `${name} may not use ${used}: not on a lower floor`);
  }

  function readPackages() {
    const found = [];
    for (const area of ['packages', 'apps'])
      for (const folder of list(join(root, area))) {
        const home = join(root, area, folder);
        if (!existsSync(join(home, 'package.json'))) continue;
        const manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
        const { name } = manifest;
        const open = manifest.private !== true;
        const row = open ? floorTable[name] : privateTable[name];
        const where = `${area}/${folder}/package.json`;
        if (row === undefined)
          violation(where, `${name} has no row in scripts/floor-table.mjs (published: ${open})`);
        else found.push({ name, area, folder, home, manifest, open, row, where });
      }
    seen.packages = found.length;
    return found;
  }

  /** What a package declares is what its row allows. */
  function checkManifest({ name, manifest, row, open, where }) {
    for (const kind of kindsOfDependency)
      for (const dependency of Object.keys(manifest[kind] ?? {})) {
        const fault = dependencyFault(row, dependency, kind);
        if (fault !== undefined) violation(where, `${name} ${kind}: ${dependency} ${fault}`);
        const optional = manifest.peerDependenciesMeta?.[dependency]?.optional === true;
        if (kind === 'peerDependencies' && !optional)
          violation(where, `${name}: peer ${dependency} is not marked optional`);
      }
    if (open && manifest.publishConfig?.access !== 'public')
      violation(where, `${name}: publishConfig.access is not "public"`);
  }

  function dependencyFault(row, dependency, kind) {
    if (dependency === 'lws-ts' || dependency.startsWith('@lws-ts/')) {
      if (row.uses.includes(dependency)) return undefined;
      const peers = [...(row.peers ?? []), ...(row.alongside ?? [])];
      if (kind === 'peerDependencies' && peers.includes(dependency)) return undefined;
      return `is not what it may use (${row.uses.join(', ') || 'nothing'})`;
    }
    const allowed = kind === 'peerDependencies' ? row.outsidePeers : row.outside;
    return allowed?.includes(dependency)
      ? undefined
      : `is not in its third-party column (${allowed?.join(', ') ?? 'none'})`;
  }

  /** TypeScript's project references say the same as the dependencies. */
  function checkReferences({ name, home, manifest, row, folder, area }) {
    const file = join(home, 'tsconfig.json');
    if (!existsSync(file)) return;
    const wanted = kindsOfDependency
      .flatMap((kind) => Object.keys(manifest[kind] ?? {}))
      .filter((dependency) => names.has(dependency) && !row.alongside?.includes(dependency))
      .map((dependency) => packages.find((other) => other.name === dependency).home);
    const { references = [] } = JSON.parse(readFileSync(file, 'utf8'));
    const given = references.map(({ path }) => resolve(home, path));
    const where = `${area}/${folder}/tsconfig.json`;
    for (const path of wanted)
      if (!given.includes(path))
        violation(where, `${name} does not reference ${relative(home, path)}`);
    for (const path of given)
      if (!wanted.includes(path))
        violation(where, `${name} references ${relative(home, path)}, which it does not depend on`);
  }

  function checkSources(pack) {
    const graph = new Map();
    for (const file of sourceFiles(join(pack.home, 'src'))) {
      seen.files += 1;
      const source = readFileSync(file, 'utf8');
      const edges = [];
      graph.set(file, edges);
      for (const { specifier, line } of scanImports(source)) {
        seen.imports += 1;
        const where = `${posix(relative(root, file))}:${line}`;
        if (specifier === undefined) violation(where, 'imports a name made at run time');
        else if (specifier.startsWith('.')) {
          const target = resolve(dirname(file), specifier);
          if (!target.startsWith(pack.home + sep))
            violation(where, `${specifier} leaves the package`);
          else if (!existsSync(target)) violation(where, `${specifier} does not exist`);
          else edges.push({ target, where });
        } else {
          const fault = importFault(pack, specifier);
          if (fault !== undefined) violation(where, fault);
        }
      }
      checkText(pack, file, source);
    }
    checkCircles(graph);
  }

  /** Why a file of `pack` may not import the package or builtin `specifier`. */
  function importFault({ name, open, row, manifest, area }, specifier) {
    if (isBuiltin(specifier)) {
      if (!specifier.startsWith('node:')) return `write node:${specifier}`;
      const module = specifier.split('/', 1)[0];
      if (name === '@lws-ts/interface') return `${name} imports nothing, not ${specifier}`;
      if (!open || area === 'apps') return undefined;
      if (httpModules.has(module)) return `${specifier} is never used in the product`;
      if (socketModules.has(module) && row.sockets !== true)
        return `${specifier}: only a Transport touches sockets and streams`;
      return undefined;
    }
    const target = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
    if (target === name) return `${specifier}: a file of ${name} imports its neighbours by path`;
    const ours = target === 'lws-ts' || target.startsWith('@lws-ts/');
    if (ours && floorTable[target] === undefined)
      return `${specifier} is not published; nothing of ${name}'s src may import it`;
    if (ours && !row.uses.includes(target) && !row.peers?.includes(target)) {
      const floors = open ? ` (floor ${row.floor} to floor ${floorTable[target].floor})` : '';
      return `${name} may not import ${target}${floors}`;
    }
    const kind = kindsOfDependency.find((one) => manifest[one]?.[target] !== undefined);
    if (kind === undefined) return `${specifier} is not among the dependencies of ${name}`;
    return undefined;
  }

  /** Rules on a file's text. */
  function checkText({ name, open, area }, file, source) {
    const where = posix(relative(root, file));
    if (name === '@lws-ts/http' && /websocket/i.test(source))
      violation(where, 'http does not know WebSocket: the word may not stand in its sources');
    if (open && area === 'packages' && where.endsWith('/src/index.ts')) {
      const rest = blankNonCode(source).replace(
        /(?:export|import)\b[^'"`;]*(?:['"]\s*){2};|export \{\};/g,
        '',
      );
      if (rest.trim() !== '')
        violation(where, `an index.ts is only exports, not ${rest.trim().split('\n')[0]}`);
    }
  }

  /** No file circles, of values or types. */
  function checkCircles(graph) {
    const state = new Map();
    const path = [];
    const visit = (file) => {
      state.set(file, 'open');
      path.push(file);
      for (const { target, where } of graph.get(file) ?? []) {
        if (state.get(target) === 'open') {
          const circle = [...path.slice(path.indexOf(target)), target];
          violation(
            where,
            `circle: ${circle.map((one) => posix(relative(root, one))).join(' -> ')}`,
          );
        } else if (state.get(target) === undefined) visit(target);
      }
      path.pop();
      state.set(file, 'done');
    };
    for (const file of graph.keys()) if (state.get(file) === undefined) visit(file);
  }

  /** Real timers stand in one file of core; everything else has the wheel. */
  function checkTimers() {
    const inCore = [];
    for (const { name, home, open } of packages) {
      if (!open) continue;
      for (const file of sourceFiles(join(home, 'src'))) {
        const source = readFileSync(file, 'utf8');
        const uses = timerUses(source);
        if (uses.length === 0) continue;
        const where = `${posix(relative(root, file))}:${uses[0]}`;
        if (name === '@lws-ts/core') inCore.push(where);
        else violation(where, 'setTimeout and setInterval stand in one file of core');
      }
    }
    if (inCore.length > 1)
      for (const where of inCore)
        violation(where, 'setTimeout and setInterval stand in more than one file');
  }

  /** V8 leaves compiled code for each use of one, some 40 ns; a private method is inlined. */
  function checkPrivateGetters() {
    for (const { home, open } of packages) {
      if (!open) continue;
      for (const file of sourceFiles(join(home, 'src'))) {
        const code = blankNonCode(readFileSync(file, 'utf8'));
        const at = code.search(/\b[gs]et #/);
        if (at < 0) continue;
        const line = code.slice(0, at).split('\n').length;
        violation(
          `${posix(relative(root, file))}:${line}`,
          'a private getter or setter: a method costs less',
        );
      }
    }
  }
}

function sourceFiles(folder) {
  return list(folder, { recursive: true })
    .map((name) => join(folder, name))
    .filter((file) => /\.[cm]?[jt]sx?$/.test(file))
    .sort();
}

function list(folder, options) {
  return existsSync(folder) ? readdirSync(folder, options).sort() : [];
}

function posix(path) {
  return path.split(sep).join('/');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = resolve(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)));
  const { violations, seen } = checkFloors(root);
  for (const line of violations) console.error(line);
  if (violations.length > 0) console.error(`floors: ${violations.length} violations`);
  else
    console.log(
      `floors: ok, ${seen.packages} packages, ${seen.files} files, ${seen.imports} imports`,
    );
  process.exitCode = violations.length > 0 ? 1 : 0;
}
